import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, KasaneError } from "../../lib/errors.ts";

/** Files that live longer than the containers that use them. */
export interface Volume {
  readonly name: string;
  readonly createdAtMs: number;
  /** Absent where nobody was asked: a container needed the volume. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the driver: `type`, `o`, `device`. */
  readonly options?: Readonly<Record<string, string>>;
  /** Made because a container needed one, and nobody gave it a name. */
  readonly isAnonymous: boolean;
}

/** `ROOT/volumes/<name>/`: `volume.json`, and the files in `_data`. The directory is all there is of a volume: it is made and removed by one rename. */
export function volumeDirectory(root: string, name: string): string {
  return join(root, "volumes", name);
}

export function volumeData(root: string, name: string): string {
  return join(volumeDirectory(root, name), "_data");
}

export const volumeFile = "volume.json";

const version = 1;

export function encodeVolume({ createdAtMs, labels, options, isAnonymous }: Omit<Volume, "name">): string {
  return `${JSON.stringify({ version, createdAt: createdAtMs, labels, options, anonymous: isAnonymous })}\n`;
}

/** @throws KasaneError `unsupported` for one of another version, `io` for what is none */
function decodeVolume(name: string, text: string): Volume {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
    if (value === null || typeof value !== "object") throw new Error("not an object");
  } catch (cause) {
    throw new KasaneError("io", `the volume ${name} cannot be read: its ${volumeFile} is damaged`, {
      hint: "'kasane fsck --repair' makes it again; its labels are lost, its files are not",
      cause,
    });
  }
  if (value.version !== version) {
    throw new KasaneError("unsupported", `the volume ${name} was made by another version of kasane`, {
      hint: "use that version",
    });
  }
  return {
    name,
    createdAtMs: typeof value.createdAt === "number" ? value.createdAt : 0,
    ...(value.labels ? { labels: stringsOf(value.labels) } : {}),
    ...(value.options ? { options: stringsOf(value.options) } : {}),
    isAnonymous: value.anonymous === true,
  };
}

function stringsOf(value: object): Record<string, string> {
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}

/** Undefined where there is none. @throws as decodeVolume() */
export function readVolume(root: string, name: string): Volume | undefined {
  if (!isVolumeName(name)) return undefined;
  try {
    return decodeVolume(name, readFileSync(join(volumeDirectory(root, name), volumeFile), "utf8"));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOTDIR" || (errno === "ENOENT" && !isDirectory(volumeDirectory(root, name))))
      return undefined;
    // Its files are what counts.
    if (errno === "ENOENT") return decodeVolume(name, "");
    const { storeError } = require("../store-error.ts") as typeof import("../store-error.ts");
    throw errno === undefined ? error : storeError(`read the volume ${name}`, error);
  }
}

/** By name. One that cannot be read is left out: fsck tells of it. */
export function listVolumes(root: string): Volume[] {
  return volumeNames(root).flatMap((name) => {
    try {
      return readVolume(root, name) ?? [];
    } catch (error) {
      if (error instanceof KasaneError) return [];
      throw error;
    }
  });
}

export function volumeNames(root: string): string[] {
  try {
    return readdirSync(join(root, "volumes")).filter(isVolumeName).sort();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    const { storeError } = require("../store-error.ts") as typeof import("../store-error.ts");
    throw storeError("list volumes", error);
  }
}

export function isVolumeName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(text) && text.length <= 255;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Held while a volume is given to a container, claimed while it is removed. */
export function volumeKey(name: string): string {
  return `volume:${name}`;
}
