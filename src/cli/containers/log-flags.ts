import type { CreateOptions } from "../../container/mod.ts";
import { KasaneError, parseSize } from "../../lib/mod.ts";
import type { Flag, ParsedFlags } from "../flags.ts";

/** How much of what a container writes is kept. */
export const logFlags: readonly Flag[] = [
  {
    name: "log-driver",
    type: "string",
    value: "DRIVER",
    help: "json-file (default), local, or none: nothing of its output is kept",
  },
  {
    name: "log-opt",
    type: "strings",
    value: "NAME=VALUE",
    help: "max-size (default 10m) of one file, and max-file (default 3)",
  },
];

/** podman's k8s-file keeps the same. */
const drivers: Readonly<Record<string, "json-file" | "local" | "none">> = {
  "json-file": "json-file",
  "k8s-file": "json-file",
  local: "local",
  none: "none",
};
/** For programs that gather logs, which nobody here does. */
const withoutEffect = [
  "mode",
  "max-buffer-size",
  "labels",
  "labels-regex",
  "env",
  "env-regex",
  "tag",
  "compress",
];

/** @throws KasaneError `usage`, `unsupported` */
export function logOptions(
  flags: ParsedFlags,
  onWarning: (message: string) => void,
): Pick<CreateOptions, "log"> {
  const [name, given] = [flags.string("log-driver"), flags.strings("log-opt")];
  if (name === undefined && given.length === 0) return {};
  const driver = drivers[name ?? "json-file"];
  if (driver === undefined) {
    throw new KasaneError("unsupported", `there is no log driver ${JSON.stringify(name)} here`, {
      hint: "json-file, local and none are there; what is kept is passed on with 'kasane logs -f CONTAINER | PROGRAM'",
      data: { exitCode: 125 },
    });
  }
  const options = Object.fromEntries(given.map(splitOption));
  for (const option of Object.keys(options)) {
    if (withoutEffect.includes(option)) onWarning(`--log-opt ${option} has no effect here`);
    else if (driver === "none" || !["max-size", "max-file"].includes(option))
      throw wrong(`unknown log opt '${option}' for ${driver} log driver`, "max-size and max-file are there");
  }
  const [size, files] = [options["max-size"], options["max-file"]];
  return {
    log: {
      driver,
      options,
      ...(size !== undefined && { maxBytes: bytesOf(size) }),
      ...(files !== undefined && { maxFiles: filesOf(files) }),
    },
  };
}

function splitOption(text: string): [name: string, value: string] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
}

function bytesOf(text: string): number {
  const bytes = parseSize(text);
  if (bytes > 0) return bytes;
  throw wrong("max-size must be more than 0", "for example --log-opt max-size=10m");
}

function filesOf(text: string): number {
  const files = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (files >= 1) return files;
  throw wrong("max-file cannot be less than 1", "for example --log-opt max-file=3");
}

function wrong(message: string, hint: string): KasaneError {
  return new KasaneError("usage", message, { hint, data: { exitCode: 125 } });
}
