import { didYouMean } from "../lib/mod.ts";
import { ArgumentError } from "./arguments.ts";
import { parseByteSize } from "./byte-size.ts";
import { splitCsv } from "./csv.ts";

export type RunMountType = "bind" | "cache" | "tmpfs" | "secret" | "ssh";
export type CacheSharing = "shared" | "private" | "locked";

/** One `RUN --mount`. */
export interface RunMount {
  readonly type: RunMountType;
  /** bind, cache: a stage or an image the content comes from; the build context where absent. */
  readonly from?: string;
  /** Path inside `from` or the context; secret: a file name. */
  readonly source?: string;
  readonly target?: string;
  readonly readOnly: boolean;
  /** tmpfs. */
  readonly sizeBytes?: number;
  /** cache, secret, ssh. */
  readonly id?: string;
  /** cache; `shared` unless said otherwise. */
  readonly sharing?: CacheSharing;
  /** secret, ssh: fail where it is not given. */
  readonly required: boolean;
  /** secret: the environment variable that gets the value; empty = named after the id. */
  readonly env?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

const types: readonly RunMountType[] = ["bind", "cache", "tmpfs", "secret", "ssh"];
const sharings: readonly CacheSharing[] = ["shared", "private", "locked"];
const keys: Readonly<Record<string, string>> = {
  type: "type",
  from: "from",
  source: "source",
  src: "source",
  target: "target",
  dst: "target",
  destination: "target",
  readonly: "readonly",
  ro: "readonly",
  readwrite: "readwrite",
  rw: "readwrite",
  id: "id",
  sharing: "sharing",
  required: "required",
  size: "size",
  mode: "mode",
  uid: "uid",
  gid: "gid",
  env: "env",
};
const flagKeys = new Set(["readonly", "readwrite", "required"]);

/**
 * Reads the value of `--mount`, variables expanded.
 * @throws ArgumentError
 */
export function parseRunMount(text: string): RunMount {
  const values = new Map<string, string>();
  for (const field of splitCsv(text)) {
    const equals = field.indexOf("=");
    const written = (equals < 0 ? field : field.slice(0, equals)).trim().toLowerCase();
    const key = Object.hasOwn(keys, written) ? keys[written]! : undefined;
    if (key === undefined) {
      throw new ArgumentError(`unknown key ${JSON.stringify(written)} in --mount`, {
        hint: didYouMean(written, Object.keys(keys)),
        mark: written,
      });
    }
    if (equals < 0 && !flagKeys.has(key)) {
      throw new ArgumentError(`${JSON.stringify(field)} in --mount must be of the form key=value`, {
        mark: field,
      });
    }
    values.set(key, equals < 0 ? "true" : field.slice(equals + 1));
  }
  return checked(values);
}

function checked(values: ReadonlyMap<string, string>): RunMount {
  const type = oneOf("type", values.get("type") ?? "bind", types);
  const only = (key: string, allowed: readonly RunMountType[]): string | undefined => {
    const value = values.get(key);
    if (value !== undefined && !allowed.includes(type)) {
      throw new ArgumentError(`--mount=type=${type} takes no ${key}`, { mark: key });
    }
    return value;
  };
  const withOwner: readonly RunMountType[] = ["secret", "ssh", "cache"];
  const size = only("size", ["tmpfs"]);
  const sizeBytes = size === undefined ? undefined : parseByteSize(size);
  if (size !== undefined && sizeBytes === undefined) throw invalid("size", size);
  const sharing = only("sharing", ["cache"]);
  const id = values.get("id");
  const source = values.get("source");
  const target = values.get("target");
  const from = only("from", ["bind", "cache"]);
  if (type === "secret") {
    if (source === undefined && target === undefined && id === undefined) {
      throw new ArgumentError("--mount=type=secret needs an id or a target");
    }
    if (source !== undefined && id !== undefined) {
      throw new ArgumentError("--mount=type=secret takes source or id, not both");
    }
  }
  const readOnly = values.get("readonly");
  const readWrite = values.get("readwrite");
  return {
    type,
    readOnly:
      readOnly !== undefined
        ? boolean("readonly", readOnly)
        : readWrite !== undefined
          ? !boolean("readwrite", readWrite)
          : type !== "cache" && type !== "tmpfs",
    required: boolean("required", only("required", ["secret", "ssh"]) ?? "false"),
    ...(from === undefined ? {} : { from }),
    ...(source === undefined ? {} : { source }),
    ...(target === undefined ? {} : { target }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(id === undefined ? {} : { id }),
    ...(sharing === undefined ? {} : { sharing: oneOf("sharing", sharing, sharings) }),
    ...optionalNumber("mode", only("mode", withOwner), 8),
    ...optionalNumber("uid", only("uid", withOwner), 10),
    ...optionalNumber("gid", only("gid", withOwner), 10),
    ...optionalText("env", only("env", ["secret"])),
  };
}

function invalid(key: string, value: string): ArgumentError {
  return new ArgumentError(`invalid ${key} ${JSON.stringify(value)} in --mount`, { mark: value });
}

function oneOf<T extends string>(key: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value.toLowerCase());
  if (found !== undefined) return found;
  throw new ArgumentError(`unknown ${key} ${JSON.stringify(value)} in --mount`, {
    hint: didYouMean(value, allowed) ?? `${key} is one of ${allowed.join(", ")}`,
    mark: value,
  });
}

function boolean(key: string, value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw invalid(key, value);
}

function optionalNumber<K extends string>(
  key: K,
  value: string | undefined,
  base: 8 | 10,
): { [P in K]?: number } {
  if (value === undefined) return {};
  const number = (base === 8 ? /^[0-7]+$/ : /^\d+$/).test(value) ? Number.parseInt(value, base) : Number.NaN;
  if (!(number <= 0xffff_ffff)) throw invalid(key, value);
  return { [key]: number } as { [P in K]?: number };
}

function optionalText<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: string });
}
