import { mkdir, open, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openFileSystemBlobs } from "../blob/mod.ts";
import { errnoOf, isKasaneError, KasaneError, messageOf } from "../lib/mod.ts";
import {
  type Annotations,
  type Descriptor,
  encodeManifest,
  type ImageIndex,
  manifestLimitBytes,
  mediaTypes,
} from "../oci/mod.ts";
import { contentSource } from "./content-source.ts";
import {
  checkLayoutVersion,
  findLayoutEntry,
  type LayoutEntry,
  layoutEntries,
  layoutVersion,
  parseLayoutIndex,
  refNameAnnotation,
} from "./layout-index.ts";
import type { ImageSink, ImageSource } from "./source.ts";
import { writeBlob } from "./write-blob.ts";

/** The images of an OCI image layout directory (image-spec image-layout.md). @throws KasaneError `not-found`, `invalid-archive` */
export async function listLayout(directory: string): Promise<LayoutEntry[]> {
  checkLayoutVersion(await readLayoutFile(directory, "oci-layout"));
  return layoutEntries(parseLayoutIndex(await readLayoutFile(directory, "index.json")));
}

/**
 * One image of a layout: `ref` is its `org.opencontainers.image.ref.name`, a full name, or `@` and its digest; it may be absent
 * where there is one image only.
 * @throws KasaneError `not-found`, `conflict`, `invalid-archive`
 */
export async function layoutSource(directory: string, ref?: string): Promise<ImageSource> {
  const { descriptor } = findLayoutEntry(await listLayout(directory), ref, `OCI layout ${directory}`);
  return contentSource(openFileSystemBlobs(directory), descriptor);
}

/**
 * Puts an image into a layout directory, which is made where it is not there. The image becomes visible under `ref` when
 * `index.json` is replaced, in one step, and an older image of that name loses it. Blobs of replaced images stay.
 * Two processes that write to one layout at the same time both keep their blobs, but the later index.json wins.
 */
export function layoutSink(
  directory: string,
  options: { readonly ref?: string; readonly annotations?: Annotations } = {},
): ImageSink {
  const blobs = openFileSystemBlobs(directory);
  const put = (descriptor: Descriptor, bytes: Uint8Array) =>
    writeBlob(blobs, descriptor, async () => new Blob([new Uint8Array(bytes)]).stream());
  return {
    putBlob: (descriptor, open, progress) => writeBlob(blobs, descriptor, open, progress),
    async putManifest(raw, { isRoot }) {
      const descriptor = { mediaType: raw.mediaType, digest: raw.digest, size: raw.bytes.length };
      await put(descriptor, raw.bytes);
      if (!isRoot) return;
      const { ref, annotations } = options;
      const entry = annotations ? { ...descriptor, annotations } : descriptor;
      await inTurn(resolve(directory), () => addToIndex(directory, entry, ref));
      // The blob store's own directory is no part of the layout; another writer may still need it.
      await rmdir(join(directory, "uploads")).catch(() => {});
    },
  };
}

const turns = new Map<string, Promise<void>>();

/** One change of a layout's index at a time, within this process. */
async function inTurn(key: string, work: () => Promise<void>): Promise<void> {
  const turn = (turns.get(key) ?? Promise.resolve()).then(work, work);
  turns.set(key, turn);
  try {
    await turn;
  } finally {
    if (turns.get(key) === turn) turns.delete(key);
  }
}

async function addToIndex(directory: string, added: Descriptor, ref: string | undefined): Promise<void> {
  const index = await readIndexIfThere(directory);
  const manifests = index.manifests.filter((entry) => {
    const name = entry.annotations?.[refNameAnnotation];
    return ref === undefined
      ? entry.digest !== added.digest
      : name !== ref && (name !== undefined || entry.digest !== added.digest);
  });
  const annotations = { ...added.annotations, [refNameAnnotation]: ref! };
  manifests.push(ref === undefined ? added : { ...added, annotations });
  const version = new TextEncoder().encode(JSON.stringify({ imageLayoutVersion: layoutVersion }));
  await replaceFile(directory, "oci-layout", version);
  await replaceFile(directory, "index.json", encodeManifest({ ...index, manifests }).bytes);
}

async function readIndexIfThere(directory: string): Promise<ImageIndex> {
  try {
    return parseLayoutIndex(await readLayoutFile(directory, "index.json"));
  } catch (error) {
    if (!isKasaneError(error, "not-found")) throw error;
    return { kind: "index", mediaType: mediaTypes.ociIndex, manifests: [] };
  }
}

async function readLayoutFile(directory: string, name: string): Promise<Uint8Array> {
  try {
    const path = join(directory, name);
    const { size } = await stat(path);
    if (size <= manifestLimitBytes) return await readFile(path);
    throw new KasaneError(
      "limit-exceeded",
      `${path} is larger than the limit of ${manifestLimitBytes} bytes`,
    );
  } catch (error) {
    if (isKasaneError(error)) throw error;
    const isAbsent = errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR";
    const reason = isAbsent ? `it has no ${name}` : `${name}: ${messageOf(error)}`;
    throw new KasaneError(
      isAbsent ? "not-found" : "io",
      `${directory} is not a readable OCI layout: ${reason}`,
      { hint: "name the directory that has oci-layout and index.json", cause: error },
    );
  }
}

/** Readers see the old bytes or the new ones. */
async function replaceFile(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true });
  const temporary = join(directory, `.${name}.${crypto.randomUUID()}`);
  try {
    const file = await open(temporary, "wx", 0o644);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(directory, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw new KasaneError("io", `cannot write ${join(directory, name)}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
