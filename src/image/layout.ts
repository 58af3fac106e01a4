import { readFile, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
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
import { splitReferrers } from "./archive-referrers.ts";
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
  return layoutEntries(await readLayoutIndex(directory));
}

async function readLayoutIndex(directory: string): Promise<ImageIndex> {
  checkLayoutVersion(await readLayoutFile(directory, "oci-layout"));
  return parseLayoutIndex(await readLayoutFile(directory, "index.json"));
}

/**
 * One image of a layout: `ref` is its `org.opencontainers.image.ref.name`, a full name, or `@` and its digest; it may be absent
 * where there is one image only; what is attached to that one does not count.
 * @throws KasaneError `not-found`, `conflict`, `invalid-archive`
 */
export async function layoutSource(directory: string, ref?: string): Promise<ImageSource> {
  const blobs = openFileSystemBlobs(directory);
  const sourceOf = (descriptor: Descriptor) => contentSource(blobs, descriptor);
  const index = await readLayoutIndex(directory);
  let entries = layoutEntries(index);
  if (ref === undefined && entries.length > 1) {
    const sources = entries.map((entry) => ({ ...entry, source: sourceOf(entry.descriptor) }));
    const { images } = await splitReferrers(sources, index, sourceOf);
    if (images.length > 0) entries = images;
  }
  return sourceOf(findLayoutEntry(entries, ref, `OCI layout ${directory}`).descriptor);
}

/**
 * Puts an image into a layout directory, which is made where it is not there. The image becomes visible under `ref` when
 * `index.json` is replaced, in one step, and an older image of that name loses it. Blobs of replaced images stay.
 * Any number of processes may write to one layout at the same time.
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
      await addToIndex(directory, entry, ref);
      // The blob store's own directory is no part of the layout; another writer may still need it.
      await rmdir(join(directory, "uploads")).catch(() => {});
    },
  };
}

async function addToIndex(directory: string, added: Descriptor, ref: string | undefined): Promise<void> {
  const { lockDirectory } = await import("../lib/libc/mod.ts");
  const unlock = await lockDirectory(directory);
  try {
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
  } finally {
    unlock();
  }
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
  const { writeWholeFile } = await import("../lib/libc/mod.ts");
  try {
    await writeWholeFile(join(directory, name), [bytes], { mode: 0o644 });
  } catch (error) {
    const isFull = errnoOf(error) === "ENOSPC" || errnoOf(error) === "EDQUOT";
    const reason = isFull ? "no space left on the device" : messageOf(error);
    throw new KasaneError(isFull ? "no-space" : "io", `cannot write ${join(directory, name)}: ${reason}`, {
      hint: isFull ? `free some space where ${directory} is` : `look at who may write to ${directory}`,
      cause: error,
    });
  }
}
