import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import {
  type CString,
  cString,
  type FileStatus,
  fileCalls,
  OPEN_DIRECTORY,
  ok,
  readDirectory,
  statusAt,
  xattrsAt,
} from "../../lib/libc/mod.ts";
import { type Copied, copyAttributes, copyFile } from "./copy-file.ts";

/** What one name of a merged directory is: the topmost that has it decides, and directories are merged with those below. */
interface Merged {
  readonly name: Uint8Array;
  readonly status: FileStatus;
  /** The directories that it stands in, top first: one, but for a directory. */
  readonly within: number[];
  /** What layers further down have there belongs to it. */
  isOpen: boolean;
}

const markPrefix = Buffer.from(".wh.");
const opaqueMark = ".wh..wh..opq";
const opaqueXattrs = ["trusted.overlay.opaque", "user.overlay.opaque"];

/**
 * Puts into the empty directory `target` what an overlay of these layers shows, top layer first. Reads the marks of overlays, and those that
 * fuse-overlayfs makes. Files are shared with the layers where the file system can do that; names of one file in one layer stay names of one file.
 */
export function copyLayers(layers: readonly string[], target: string): void {
  const sources = layers.map((path) => openSync(path, OPEN_DIRECTORY));
  const root = openSync(target, OPEN_DIRECTORY);
  try {
    new LayersCopy(root).copy(sources, root, "");
    if (sources[0] !== undefined) copyAttributes({ from: sources[0], to: root });
  } finally {
    for (const descriptor of [...sources, root]) closeSync(descriptor);
  }
}

class LayersCopy {
  readonly #root: number;
  /** Where the first name of a file with several of them has gone. */
  readonly #firstNames = new Map<string, string>();

  constructor(root: number) {
    this.#root = root;
  }

  copy(sources: readonly number[], target: number, path: string): void {
    for (const merged of merge(sources)) {
      const { name, status } = merged;
      const below = path === "" ? latin1(name) : `${path}/${latin1(name)}`;
      if (status.kind === "directory") this.#copyDirectory(merged, target, below);
      else this.#copyOther({ from: merged.within[0]!, to: target, name, status }, below);
    }
  }

  #copyDirectory({ name, within }: Merged, target: number, path: string): void {
    const calls = fileCalls();
    const called = cString(name);
    ok(calls.mkdirat(target, called, 0o700), "mkdirat", path);
    const sources: number[] = [];
    const own = ok(calls.openat(target, called, OPEN_DIRECTORY, 0), "openat", path);
    try {
      for (const parent of within) {
        const source = ok(calls.openat(parent, called, OPEN_DIRECTORY, 0), "openat", path);
        sources.push(source);
        if (isOpaque(source)) break;
      }
      this.copy(sources, own, path);
      copyAttributes({ from: sources[0]!, to: own });
    } finally {
      for (const descriptor of [...sources, own]) closeSync(descriptor);
    }
  }

  #copyOther(copied: Copied, path: string): void {
    const { identity, linkCount } = copied.status;
    const first = linkCount > 1 ? this.#firstNames.get(identity) : undefined;
    if (first !== undefined) {
      const linked = fileCalls().linkat(this.#root, cStringOf(first), copied.to, cString(copied.name), 0);
      // A file has no more names than its file system lets it have.
      if (linked !== -constants.errno.EMLINK) {
        ok(linked, "linkat", path);
        return;
      }
    }
    copyFile(copied);
    if (linkCount > 1) this.#firstNames.set(identity, path);
  }
}

function merge(sources: readonly number[]): Merged[] {
  const found = new Map<string, Merged | "gone">();
  for (const source of sources) {
    const marks: string[] = [];
    for (const name of readDirectory(source)) {
      const key = latin1(name);
      if (markPrefix.equals(name.subarray(0, markPrefix.length))) {
        marks.push(key.slice(markPrefix.length));
        continue;
      }
      const above = found.get(key);
      if (above !== undefined && (above === "gone" || !above.isOpen)) continue;
      const status = statusAt(source, cString(name));
      if (status === undefined) continue;
      const isDirectory = status.kind === "directory";
      if (above === undefined) {
        if (isWhiteout(status, source, name)) found.set(key, "gone");
        else found.set(key, { name, status, within: [source], isOpen: isDirectory });
      } else if (isDirectory) above.within.push(source);
      else above.isOpen = false;
    }
    // A mark beside what has come after it hides only what is further down.
    for (const key of marks) {
      const above = found.get(key);
      if (above === undefined) found.set(key, "gone");
      else if (above !== "gone") above.isOpen = false;
    }
  }
  return [...found.values()].filter((merged) => merged !== "gone");
}

function isWhiteout(status: FileStatus, source: number, name: Uint8Array): boolean {
  if (status.kind === "character-device") return status.deviceMajor === 0 && status.deviceMinor === 0;
  if (status.kind !== "file" || status.sizeBytes > 0) return false;
  const xattrs = xattrsAt(source, name);
  return xattrs.has("trusted.overlay.whiteout") || xattrs.has("user.overlay.whiteout");
}

function isOpaque(directory: number): boolean {
  const xattrs = xattrsAt(directory);
  if (opaqueXattrs.some((key) => xattrs.get(key)?.[0] === 0x79)) return true;
  return statusAt(directory, cString(opaqueMark)) !== undefined;
}

function latin1(name: Uint8Array): string {
  return Buffer.from(name).toString("latin1");
}

function cStringOf(path: string): CString {
  return cString(Buffer.from(path, "latin1"));
}
