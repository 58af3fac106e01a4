import { closeSync, constants, writeSync } from "node:fs";
import { cString, fileCalls, freeAside, O_CLOEXEC, ok, takeName } from "../lib/libc/mod.ts";
import { decodeName } from "../tar/mod.ts";
import { type AttributeOptions, setAttributes } from "./attributes.ts";
import { nameInDirectory } from "./directory-handles.ts";
import type { LayerEntry } from "./entry.ts";
import type { Place, UnpackRoot } from "./unpack-root.ts";

const createFlags =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | O_CLOEXEC;
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
const unnamedFlags = constants.O_WRONLY | O_TMPFILE | O_CLOEXEC;

/** A file of a layer on its way to its place. */
export interface NewFile {
  readonly root: UnpackRoot;
  readonly place: Place;
  readonly entry: LayerEntry;
  readonly content: AsyncIterable<Uint8Array>;
  readonly options: AttributeOptions;
}

/** Makes the file; what was in its place goes first. */
export async function unpackFile(file: NewFile): Promise<void> {
  const { root, place } = file;
  const name = nameInDirectory(place.name);
  const create = () => fileCalls().openat(root.open(place), name, createFlags, 0o600);
  const descriptor = ok(root.makeFresh(place, create), "openat", place.path);
  try {
    await fill(descriptor, file);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * unpackFile() without a name until the file is whole: whoever is killed in between leaves the old file as it was, and nothing beside it for long. Where
 * the file system knows no files without a name, it has another one meanwhile.
 */
export async function replaceFile(file: NewFile): Promise<void> {
  const { root, place } = file;
  const unnamed = fileCalls().openat(root.open(place), cString("."), unnamedFlags, 0o600);
  if (unnamed < 0) return replaceBySecondName(file);
  try {
    await fill(unnamed, file);
    takeName(unnamed, root.open(place), nameInDirectory(place.name), place.path);
  } finally {
    closeSync(unnamed);
  }
}

async function replaceBySecondName(file: NewFile): Promise<void> {
  const { root, place } = file;
  const calls = fileCalls();
  const from = freeAside();
  try {
    await unpackFile({ ...file, place: { ...place, name: decodeName(from.subarray(0, -1)) } });
    const handle = root.open(place);
    ok(calls.renameat(handle, from, handle, nameInDirectory(place.name)), "renameat", place.path);
  } catch (error) {
    calls.unlinkat(root.open(place), from, 0);
    throw error;
  }
}

async function fill(descriptor: number, { place, entry, content, options }: NewFile): Promise<void> {
  if (entry.sizeBytes > 0 || entry.type !== "file")
    for await (const chunk of content) writeAll(descriptor, chunk);
  setAttributes(descriptor, place.path, entry, options);
}

function writeAll(descriptor: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length; ) at += writeSync(descriptor, chunk, at);
}
