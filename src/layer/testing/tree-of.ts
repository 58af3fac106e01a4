import { closeSync, openSync, readlinkSync, readSync } from "node:fs";
import {
  cString,
  type FileStatus,
  fileCalls,
  O_CLOEXEC,
  OPEN_DIRECTORY,
  ok,
  readDirectory,
  statusAt,
  xattrsAt,
} from "../../lib/libc/mod.ts";
import { compareNames, decodeName } from "../../tar/mod.ts";

export interface TreeOptions {
  /** Adds modification times, cut to whole seconds or exact. Off by default. */
  readonly times?: "seconds" | "nanoseconds";
  /** False for xattrs that are not to be compared. Default: all but the marks of overlay mounts and security modules. */
  readonly xattr?: (key: string) => boolean;
  /** False for clean paths to leave out, with what is below them. */
  readonly path?: (path: string) => boolean;
  /** Whether hard links are told from equal files. Default: true. */
  readonly links?: boolean;
}

/**
 * Everything about the tree under `directory` that an image must keep, one line for each path, sorted by bytes, to be compared with
 * another tree's: `path type mode uid:gid [size sha256 | → target | device] [=first name of the same file] [time] [key=hex …]`.
 */
export function treeOf(directory: string, options: TreeOptions = {}): string[] {
  const root = openSync(directory, OPEN_DIRECTORY);
  const entries: TreeEntry[] = [];
  try {
    visit(root, "", options, entries);
  } finally {
    closeSync(root);
  }
  entries.sort((a, b) => compareNames(a.path, b.path));
  const firstNames = new Map<string, string>();
  return entries.map((entry) => {
    const { identity, linkCount, kind } = entry.status;
    const first = firstNames.get(identity);
    if (first === undefined) firstNames.set(identity, entry.path);
    const shared = options.links !== false && kind !== "directory" && linkCount > 1 && first !== undefined;
    return [JSON.stringify(`/${entry.path}`), entry.text, shared ? `=/${first}` : "", entry.tail]
      .filter(Boolean)
      .join(" ");
  });
}

interface TreeEntry {
  readonly path: string;
  readonly status: FileStatus;
  readonly text: string;
  readonly tail: string;
}

function visit(directory: number, path: string, options: TreeOptions, entries: TreeEntry[]): void {
  entries.push(describe(directory, undefined, path, statusAt(directory)!, options));
  for (const name of readDirectory(directory, path)) {
    const childPath = path === "" ? decodeName(name) : `${path}/${decodeName(name)}`;
    if (options.path?.(childPath) === false) continue;
    const status = statusAt(directory, cString(name), childPath)!;
    if (status.kind !== "directory") {
      entries.push(describe(directory, name, childPath, status, options));
      continue;
    }
    const child = ok(fileCalls().openat(directory, cString(name), OPEN_DIRECTORY, 0), "openat", childPath);
    try {
      visit(child, childPath, options, entries);
    } finally {
      closeSync(child);
    }
  }
}

function describe(
  directory: number,
  name: Uint8Array | undefined,
  path: string,
  status: FileStatus,
  options: TreeOptions,
): TreeEntry {
  // The mode of a symlink means nothing, and file systems differ in it.
  const mode = status.kind === "symlink" ? "" : status.mode.toString(8).padStart(4, "0");
  const text = [status.kind, mode, `${status.uid}:${status.gid}`, contentOf(directory, name, status)];
  const keep = options.xattr ?? isImageXattr;
  const xattrs = [...xattrsAt(directory, name, path)]
    .filter(([key]) => keep(key))
    .map(([key, value]) => `${key}=${Buffer.from(value).toString("hex")}`);
  return {
    path,
    status,
    text: text.filter(Boolean).join(" "),
    tail: [timeOf(status, options), ...xattrs].filter(Boolean).join(" "),
  };
}

/** Not the marks of overlay mounts, of security modules, and of Kasane itself. */
export function isImageXattr(key: string): boolean {
  return !/^(trusted\.overlay\.|user\.overlay\.|user\.kasane\.|security\.(selinux|apparmor|SMACK64))/.test(
    key,
  );
}

function timeOf(status: FileStatus, options: TreeOptions): string {
  if (options.times === undefined) return "";
  const { seconds, nanoseconds } = status.modified;
  return options.times === "seconds" ? `@${seconds}` : `@${seconds}.${nanoseconds}`;
}

function contentOf(directory: number, name: Uint8Array | undefined, status: FileStatus): string {
  switch (status.kind) {
    case "file":
      return `${status.sizeBytes} ${sha256Of(directory, name!)}`;
    case "symlink": {
      const path = Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name!]);
      return `→ ${JSON.stringify(decodeName(readlinkSync(path, { encoding: "buffer" })))}`;
    }
    case "character-device":
    case "block-device":
      return `${status.deviceMajor}:${status.deviceMinor}`;
    default:
      return "";
  }
}

function sha256Of(directory: number, name: Uint8Array): string {
  const file = ok(fileCalls().openat(directory, cString(name), O_CLOEXEC, 0), "openat", decodeName(name));
  const hasher = new Bun.CryptoHasher("sha256");
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (;;) {
      const size = readSync(file, buffer);
      if (size === 0) return hasher.digest("hex");
      hasher.update(buffer.subarray(0, size));
    }
  } finally {
    closeSync(file);
  }
}

/** The lines that only one of two trees has, marked `-` (left) and `+` (right), in the order of the paths. Empty for equal trees. */
export function treeDifference(left: readonly string[], right: readonly string[]): string[] {
  const inLeft = new Set(left);
  const inRight = new Set(right);
  const marked = [
    ...left.filter((line) => !inRight.has(line)).map((line) => `- ${line}`),
    ...right.filter((line) => !inLeft.has(line)).map((line) => `+ ${line}`),
  ];
  return marked.sort((a, b) => compareNames(a.slice(2), b.slice(2)));
}
