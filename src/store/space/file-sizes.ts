import {
  type Dirent,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../lib/errors.ts";
import { type Digest, digestAlgorithm, digestHex } from "../../oci/digest.ts";
import { blobFile } from "../blob-file.ts";
import type { UnpackedLayer } from "../unpacked.ts";

/**
 * What the files of a store take, in bytes of their contents: as `du --apparent-size` counts without the directories themselves, and as
 * docker and podman count. What a file system adds by rounding each file up to its blocks is not among them.
 */
export class FileSizes {
  readonly #root: string;
  #unpacked: ReadonlyMap<Digest, readonly string[]> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** Undefined where it is not here: another platform's layer, a manifest that is only in the database. */
  blob(digest: Digest): number | undefined {
    return sizeOfFile(blobFile(this.#root, digest));
  }

  /** The layer's index. */
  index(diffId: Digest): number | undefined {
    return sizeOfFile(join(this.#root, "indexes", digestAlgorithm(diffId), digestHex(diffId)));
  }

  /** All directories the layer is unpacked in; 0 where it is not. */
  unpacked(diffId: Digest): number {
    let total = 0;
    for (const name of this.#names().get(diffId) ?? [])
      total += unpackedBytes(join(this.#root, "unpacked", name));
    return total;
  }

  /** By layer, every one that is unpacked. */
  allUnpacked(): [Digest, number][] {
    return [...this.#names().keys()].map((diffId) => [diffId, this.unpacked(diffId)]);
  }

  #names(): ReadonlyMap<Digest, readonly string[]> {
    this.#unpacked ??= unpackedLayers(this.#root);
    return this.#unpacked;
  }
}

/** The length of a file, or of a link's text; 0 for directories and for what is not there. */
export function fileBytes(path: string): number {
  return sizeOfFile(path) ?? 0;
}

function sizeOfFile(path: string): number | undefined {
  try {
    const status = lstatSync(path);
    return status.isDirectory() ? 0 : status.size;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
}

/**
 * A tree's files, each once however many names it has, and its links. `isWhole` is false where this process may not look into a part of it,
 * which then counts for nothing: files of other uids of a user namespace.
 */
export function treeBytes(directory: string): { sizeBytes: number; isWhole: boolean } {
  const seen = new Set<number>();
  let sizeBytes = 0;
  let isWhole = true;
  const pending = [directory];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const entries = entriesOf(path);
    if (entries === undefined) isWhole = false;
    for (const entry of entries ?? []) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) {
        pending.push(child);
        continue;
      }
      const status = lstatSync(child, { throwIfNoEntry: false });
      if (status === undefined || (status.nlink > 1 && seen.has(status.ino))) continue;
      seen.add(status.ino);
      sizeBytes += status.size;
    }
  }
  return { sizeBytes, isWhole };
}

/** None where there is no directory; undefined where it may not be read. */
function entriesOf(directory: string): Dirent[] | undefined {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    const errno = errnoOf(error) ?? "";
    if (["ENOENT", "ENOTDIR"].includes(errno)) return [];
    if (["EACCES", "EPERM"].includes(errno)) return undefined;
    throw error;
  }
}

/** The names below `ROOT/unpacked` by diffID. Half unpacked ones have none. */
function unpackedLayers(root: string): Map<Digest, string[]> {
  const layers = new Map<Digest, string[]>();
  for (const { name } of entriesOf(join(root, "unpacked")) ?? []) {
    const layer = name.includes(".") ? undefined : readLayer(join(root, "unpacked", name));
    if (layer === undefined) continue;
    const names = layers.get(layer.diffId);
    if (names) names.push(name);
    else layers.set(layer.diffId, [name]);
  }
  return layers;
}

/**
 * `ROOT/unpacked/<key>` with everything in it. Nothing changes an unpacked layer, so it is walked once and the result kept in its
 * `layer.json`.
 */
export function unpackedBytes(directory: string): number {
  const path = join(directory, "layer.json");
  const layer = readLayer(directory);
  if (layer === undefined) return treeBytes(directory).sizeBytes + fileBytes(directory);
  if (layer.filesSizeBytes !== undefined) return layer.filesSizeBytes + fileBytes(path);
  const { sizeBytes, isWhole } = treeBytes(join(directory, "fs"));
  if (!isWhole) return layer.contentSizeBytes + fileBytes(path);
  note(path, { ...layer, filesSizeBytes: sizeBytes });
  return sizeBytes + fileBytes(path);
}

/** In a store that may not be written, on a full disk, or of a layer that was just removed nothing is noted: it is walked again the next time. */
function note(path: string, layer: UnpackedLayer): void {
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    writeFileSync(temporary, JSON.stringify(layer), { flag: "wx" });
    renameSync(temporary, path);
  } catch {
    try {
      rmSync(temporary, { force: true });
    } catch {}
  }
}

function readLayer(directory: string): UnpackedLayer | undefined {
  try {
    const layer = JSON.parse(readFileSync(join(directory, "layer.json"), "utf8")) as Partial<UnpackedLayer>;
    return typeof layer.diffId === "string" ? (layer as UnpackedLayer) : undefined;
  } catch {
    return undefined;
  }
}
