import { didYouMean, KasaneError } from "../../lib/mod.ts";
import {
  formatReference,
  hostPlatform,
  type Platform,
  parsePlatform,
  parseReference,
  withDefaultTag,
} from "../../oci/mod.ts";
import { type Flag, type ParsedFlags, usage } from "../flags.ts";
import { registryFlags } from "../registries/connect.ts";
import { type BuildProgressKind, progressKinds } from "./build-progress.ts";
import { foreignFlags } from "./foreign-flags.ts";
import { imageFlags } from "./image-flags.ts";
import { outputFlags } from "./output-flags.ts";
import { runFlags } from "./run-flags.ts";

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
    type: "strings",
    value: "FILE",
    help: "Dockerfile (default PATH/Dockerfile; - reads it from stdin); several are read as one",
  },
  {
    name: "cpp-flag",
    type: "strings",
    value: "FLAG",
    help: "Flag of the C preprocessor, which reads a FILE whose name ends in .in",
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
    value: "network.host|security.insecure|device[=NAME[,alias=NAME]]",
    help: "Let RUN --network=host, RUN --security=insecure, or RUN --device have what it asks for",
  },
  {
    name: "network",
    type: "string",
    value: "host|none|default",
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
  {
    name: "pull",
    type: "string",
    value: "always|missing|newer|never",
    bare: "always",
    help: "When base images are looked for in registries (default missing; --pull is always)",
  },
  { name: "pull-always", type: "boolean", help: "The same as --pull", hidden: true },
  { name: "pull-never", type: "boolean", help: "The same as --pull=never", hidden: true },
  {
    name: "platform",
    type: "strings",
    value: "OS/ARCH[,…]",
    help: "What to build for (default: this machine); several make an index",
  },
  {
    name: "all-platforms",
    type: "boolean",
    help: "Build for every platform that all base images are for",
  },
  { name: "os", type: "string", value: "OS", help: "As in --platform", hidden: true },
  { name: "arch", type: "string", value: "ARCH", help: "As in --platform", hidden: true },
  { name: "variant", type: "string", value: "VARIANT", help: "As in --platform", hidden: true },
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
    value: "build|check|outline|targets[,format=json]",
    help: "check is --check; outline says what the build can be given, targets which stages there are",
  },
  { name: "print", type: "string", value: "METHOD", help: "As --call", hidden: true },
  ...outputFlags,
  {
    name: "progress",
    type: "string",
    value: "KIND",
    oneOf: progressKinds,
    help: "auto (default), plain, tty, json, rawjson (as BuildKit has it) or quiet",
  },
  { name: "jobs", type: "number", value: "N", help: "Steps side by side (default: number of processors)" },
  { name: "logfile", type: "string", value: "FILE", help: "Where the log goes instead of standard error" },
  { name: "quiet", short: "q", type: "boolean", help: "Print only the image ID" },
  ...imageFlags,
  ...runFlags,
  ...registryFlags,
  ...foreignFlags,
];

export function canonicalTag(text: string): string {
  const reference = parseReference(text);
  if (reference.digest)
    throw usage(`invalid tag ${JSON.stringify(text)}: a tag cannot have a digest`, "build");
  return formatReference(withDefaultTag(reference));
}

/** `--platform a,b --platform c`. @throws KasaneError `usage` */
function platformList(texts: readonly string[]): Platform[] {
  return texts.flatMap((text) => text.split(",")).map((text) => parsePlatform(text.trim()));
}

/** `--platform`, or buildah's `--os`, `--arch` and `--variant`. @throws KasaneError `usage` */
export function wantedPlatforms(flags: ParsedFlags): Platform[] {
  const [os, arch, variant] = ["os", "arch", "variant"].map((name) => flags.string(name));
  const platforms = platformList(flags.strings("platform"));
  if (os === undefined && arch === undefined && variant === undefined) return platforms;
  if (platforms.length > 0) throw usage("--platform says the same as --os, --arch and --variant", "build");
  const host = hostPlatform();
  return [parsePlatform([os ?? host.os, arch ?? host.architecture, ...(variant ? [variant] : [])].join("/"))];
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

const callMethods = ["build", "check", "outline", "targets"] as const;

/** What is to be answered: `build` is built. */
export interface BuildCall {
  readonly method: (typeof callMethods)[number];
  readonly isJson: boolean;
  /** Warnings do not make the exit code 1. */
  readonly ignoresStatus: boolean;
}

/** `--check`, `--call METHOD[,format=json][,ignorestatus]`. @throws KasaneError `usage` */
export function buildCall(flags: ParsedFlags): BuildCall {
  const text = flags.string("call") ?? flags.string("print") ?? (flags.boolean("check") ? "check" : "build");
  const [word = "", ...fields] = text.split(",");
  const name = word === "lint" ? "check" : word;
  const method = callMethods.find((each) => each === name);
  const unknown = fields.find(
    (field) => !/^(format=(json|text)|ignorestatus(=(true|false|1|0))?)$/.test(field),
  );
  if (method === undefined || unknown !== undefined) {
    throw usage(`invalid --call: ${JSON.stringify(text)}`, "build", {
      hint:
        (method === undefined ? didYouMean(word, callMethods) : undefined) ??
        "one of build, check, outline and targets, with format=json or ignorestatus after a comma",
    });
  }
  const status = fields.find((field) => field.startsWith("ignorestatus"));
  return {
    method: flags.boolean("check") ? "check" : method,
    isJson: fields.includes("format=json"),
    ignoresStatus: status !== undefined && !/=(false|0)$/.test(status),
  };
}
