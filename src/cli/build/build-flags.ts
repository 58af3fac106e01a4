import { KasaneError } from "../../lib/mod.ts";
import {
  formatReference,
  type Platform,
  parsePlatform,
  parseReference,
  withDefaultTag,
} from "../../oci/mod.ts";
import { type Flag, type ParsedFlags, usage } from "../flags.ts";
import { registryFlags } from "../registries/connect.ts";
import { type BuildProgressKind, progressKinds } from "./build-progress.ts";
import { outputFlags } from "./output-flags.ts";

/** Everything `kasane build` can be told; below, what the values mean. */
export const buildFlags: readonly Flag[] = [
  {
    name: "tag",
    short: "t",
    type: "strings",
    value: "NAME[:TAG]",
    help: "Name of the result; may be repeated",
  },
  {
    name: "file",
    short: "f",
    type: "string",
    value: "FILE",
    help: "Dockerfile (default PATH/Dockerfile; - reads it from stdin)",
  },
  {
    name: "build-arg",
    type: "strings",
    value: "NAME=VALUE",
    help: "Value of an ARG; without =VALUE, from the environment",
  },
  {
    name: "build-context",
    type: "strings",
    value: "NAME=DIRECTORY|docker-image://…|oci-layout://…|URL",
    help: "Where FROM, COPY --from and mounts find NAME, instead of a stage or an image of that name",
  },
  {
    name: "allow",
    type: "strings",
    value: "network.host|security.insecure",
    help: "Let RUN --network=host, or RUN --security=insecure, have what it asks for",
  },
  {
    name: "network",
    type: "string",
    value: "host|none|default",
    oneOf: ["host", "none", "default"],
    help: "Network of RUN that does not say; host allows RUN --network=host as well",
  },
  { name: "target", type: "string", value: "STAGE", help: "Stop at this stage" },
  { name: "no-cache", type: "boolean", help: "Run every step again" },
  {
    name: "no-cache-filter",
    type: "strings",
    value: "STAGE",
    help: "Run every step of this stage again; may be repeated, or several with commas",
  },
  {
    name: "cache-from",
    type: "strings",
    value: "IMAGE|type=TYPE,…",
    help: "Look for results there too: type=registry,ref=NAME, type=local,src=DIR, or an image with its own cache",
  },
  {
    name: "cache-to",
    type: "strings",
    value: "type=TYPE,…",
    help: "Export results: type=registry,ref=NAME, type=local,dest=DIR or type=inline; mode=min|max, ignore-error=true, mounts=true",
  },
  { name: "debug", type: "boolean", help: "Open a shell in the step that fails" },
  {
    name: "explain",
    type: "boolean",
    help: "Say of every step that runs what changed since the nearest one before it",
  },
  { name: "pull", type: "boolean", help: "Look for newer base images" },
  {
    name: "platform",
    type: "strings",
    value: "OS/ARCH[,…]",
    help: "What to build for (default: this machine); several make an index",
  },
  { name: "label", type: "strings", value: "NAME=VALUE", help: "Label of the result; may be repeated" },
  {
    name: "timestamp",
    type: "string",
    value: "SECONDS",
    help: "Time of the image and its files (default $SOURCE_DATE_EPOCH, else the base's)",
  },
  {
    name: "secret",
    type: "strings",
    value: "id=NAME,src=FILE|env=VAR",
    help: "For RUN --mount=type=secret; stays out of the image, its history, the cache and the log",
  },
  {
    name: "ssh",
    type: "strings",
    value: "default|ID[=SOCKET|KEY]",
    help: "SSH agent or keys for RUN --mount=type=ssh",
  },
  {
    name: "check",
    type: "boolean",
    help: "Only check the Dockerfile; exit code 1 when there are warnings",
  },
  {
    name: "call",
    type: "string",
    value: "build|check",
    oneOf: ["build", "check", "lint"],
    help: "check is the same as --check",
  },
  ...outputFlags,
  {
    name: "progress",
    type: "string",
    value: "KIND",
    oneOf: progressKinds,
    help: "auto (default), plain, tty, json, rawjson (as BuildKit has it) or quiet",
  },
  { name: "jobs", type: "number", value: "N", help: "Steps side by side (default: number of processors)" },
  { name: "quiet", short: "q", type: "boolean", help: "Print only the image ID" },
  ...registryFlags,
];

export function canonicalTag(text: string): string {
  const reference = parseReference(text);
  if (reference.digest)
    throw usage(`invalid tag ${JSON.stringify(text)}: a tag cannot have a digest`, "build");
  return formatReference(withDefaultTag(reference));
}

/** `NAME=VALUE`; a NAME alone takes its value from `env` and is left out where there is none, or gets `absent`. */
export function pairs(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  absent?: string,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const text of texts) {
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const value = equals < 0 ? (env[name] ?? absent) : text.slice(equals + 1);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/** `--platform a,b --platform c`. @throws KasaneError `usage` */
export function platformList(texts: readonly string[]): Platform[] {
  return texts.flatMap((text) => text.split(",")).map((text) => parsePlatform(text.trim()));
}

export function timestampOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new KasaneError(
    "usage",
    `invalid timestamp ${JSON.stringify(text)}: seconds since 1970 are expected`,
  );
}

export function progressKind(flags: ParsedFlags): BuildProgressKind {
  return (flags.string("progress") ?? "auto") as BuildProgressKind;
}

export function wantsCheck(flags: ParsedFlags): boolean {
  return flags.boolean("check") || (flags.string("call") ?? "build") !== "build";
}
