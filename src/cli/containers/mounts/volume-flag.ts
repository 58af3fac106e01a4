import { resolve } from "node:path";
import type { MountRequest } from "../../../container/mod.ts";
import { KasaneError } from "../../../lib/mod.ts";
import type { BindMount, Propagation } from "../../../sandbox/mod.ts";
import { mountTarget } from "./mount-target.ts";

/** Of the options behind the target, one of each of these. */
const groups: readonly (readonly string[])[] = [
  ["ro", "rw"],
  // Labels of SELinux, which is not used here.
  ["z", "Z"],
  ["private", "rprivate", "shared", "rshared", "slave", "rslave"],
  ["consistent", "cached", "delegated", "default"],
  ["nocopy", "copy"],
  ["U"],
  ["rbind", "bind"],
];

export interface VolumeFlagOptions {
  /** A relative source is one below it. */
  readonly directory: string;
  /** Missing sources are made, as docker does; podman refuses them. */
  readonly createSource: boolean;
}

/**
 * `-v [SOURCE:]TARGET[:OPTIONS]`: a directory or file of this machine, a volume by its name, or a new volume.
 * @throws KasaneError `usage` in docker's words
 */
export function parseVolumeFlag(text: string, { directory, createSource }: VolumeFlagOptions): MountRequest {
  const parts = text.split(":");
  if (parts.length > 3 || parts.some((part) => part === "")) throw invalidSpecification(text);
  if (parts.length === 1) {
    const target = mountTarget(text, "volume");
    return { kind: "volume", target, readOnly: false, asked: { by: "declaration" } };
  }
  const [source, path, mode = ""] = parts as [string, string, string?];
  if (!path.startsWith("/") && isMode(path)) throw invalidSpecification(text);
  const options = parseMode(mode);
  const isBind = /^(\.{0,2}\/|~\/)/.test(source) || source === "." || source === ".." || source.includes("/");
  const target = mountTarget(path, isBind ? "bind" : "volume");
  const readOnly = options.includes("ro");
  const propagation = propagationOf(options);
  const giveToUser = options.includes("U") && { giveToUser: true };
  if (!isBind) {
    if (propagation !== undefined) throw invalidField(text, "volume", "BindOptions");
    return {
      ...{ kind: "volume", name: source, target, readOnly, ...giveToUser },
      ...(options.includes("nocopy") && { noCopy: true }),
      asked: { by: "volume", text, mode },
    };
  }
  if (options.includes("nocopy") || options.includes("copy"))
    throw invalidField(text, "bind", "VolumeOptions");
  const absolute = resolve(directory, source);
  return {
    ...{ kind: "bind", source: absolute, target, readOnly, createSource, ...giveToUser },
    ...(propagation && propagation !== "private" && { propagation }),
    ...(options.includes("bind") && { nonRecursive: true }),
    asked: { by: "volume", text: [absolute, path, ...(mode ? [mode] : [])].join(":"), mode },
  };
}

/** A bind mount of `-v` alone, for commands without volumes. @throws KasaneError `usage`, `unsupported` for named volumes */
export function parseBind(text: string, directory: string): BindMount {
  const request = parseVolumeFlag(text, { directory, createSource: true });
  if (request.kind !== "bind") {
    throw new KasaneError(
      "unsupported",
      `cannot mount the volume ${text} here: only directories and files can be`,
      {
        hint: "write an absolute path, or ./NAME",
        data: { exitCode: 125 },
      },
    );
  }
  const { source, target, readOnly, propagation, nonRecursive } = request;
  return {
    ...{ kind: "bind", source, target, readOnly },
    ...(propagation && { propagation }),
    ...(nonRecursive && { nonRecursive }),
  };
}

function isMode(text: string): boolean {
  return text.split(",").every((option) => groups.some((group) => group.includes(option)));
}

function parseMode(mode: string): string[] {
  if (mode === "") return [];
  const options = mode.split(",");
  const isTwice = groups.some((group) => options.filter((option) => group.includes(option)).length > 1);
  if (!isMode(mode) || isTwice) {
    throw new KasaneError("usage", `invalid mode: ${mode}`, {
      hint: "options are ro, rw, nocopy, z, Z, U, and rprivate, rslave or rshared",
      data: { exitCode: 125 },
    });
  }
  return options;
}

function propagationOf(options: readonly string[]): Propagation | undefined {
  const found = options.find((option) => groups[2]!.includes(option));
  return found === undefined ? undefined : (found.replace(/^r/, "") as Propagation);
}

function invalidSpecification(text: string): KasaneError {
  return new KasaneError("usage", `invalid volume specification: '${text}'`, {
    hint: "write SOURCE:TARGET, SOURCE:TARGET:ro, or only /TARGET for a new volume",
    data: { exitCode: 125 },
  });
}

function invalidField(text: string, type: "bind" | "volume", field: string): KasaneError {
  return new KasaneError(
    "usage",
    `invalid volume specification: '${text}': invalid mount config for type "${type}": field ${field} must not be specified`,
    { hint: "nocopy is for volumes, propagation for directories of this machine", data: { exitCode: 125 } },
  );
}
