import { join } from "node:path";
import { mapConcurrent } from "../lib/mod.ts";
import { type Digest, isDigest } from "../oci/mod.ts";
import { isOfCommand } from "./begin-upload.ts";
import { removeIndex } from "./collect-garbage.ts";
import { manifestsOf } from "./find.ts";
import type { PruneReport } from "./local-store.ts";
import { namesIn } from "./names-in.ts";
import { removeDirectory } from "./remove-directory.ts";
import { keepReserve, withReserve } from "./reserve.ts";
import { fileBytes, treeBytes } from "./space/file-sizes.ts";
import type { StoreParts } from "./store-parts.ts";
import { removeGarbage, removeStrayBlobs } from "./sweep.ts";
import { isLeftForLater, removeUnpacked } from "./unpacked.ts";
import { removeAside } from "./work-directory.ts";

/** An interrupted pull can be resumed for this long, ms. */
const uploadPatienceMs = 24 * 60 * 60 * 1000;

export interface PruneOptions {
  readonly dangling?: boolean;
  readonly all?: boolean;
  readonly uploadsOlderThanMs?: number;
}

/** Removes images as asked, and then everything nothing refers to. What a live lease holds stays, in whichever process it is. */
export async function pruneStore(parts: StoreParts, options: PruneOptions = {}): Promise<PruneReport> {
  const untagged = options.all || options.dangling ? await removeUnusedImages(parts, options) : [];
  const known = await withReserve(parts.root, () => removeGarbage(parts));
  const strays = await removeStrayBlobs(parts);
  const leftovers = [
    await removeStrayIndexes(parts),
    await removeUnpacked(parts),
    await removeUploads(parts, options.uploadsOlderThanMs ?? uploadPatienceMs),
    await removeTemporary(parts),
    await removeStrayContainers(parts),
  ];
  if (await parts.layout.isStale()) await parts.layout.refresh();
  keepReserve(parts.root);
  return {
    untagged,
    deleted: [...known.deleted, ...strays.deleted],
    freedBytes: leftovers.reduce((sum, bytes) => sum + bytes, known.freedBytes + strays.freedBytes),
  };
}

async function removeUnusedImages(parts: StoreParts, options: PruneOptions): Promise<string[]> {
  const used = new Set((await parts.meta.containers.list()).map((container) => container.image));
  const untagged: string[] = [];
  for (const { target, names, repoDigests } of await parts.meta.images.list()) {
    // A digest alone is no name: Docker prunes such images as dangling ones.
    if (!options.all && names.length > 0) continue;
    const contents = used.size > 0 ? await manifestsOf(parts, target) : [];
    const digests = [target, ...contents.flatMap(({ manifest, config }) => [manifest, config])];
    if (digests.some((digest) => used.has(digest))) continue;
    const image = { target, names: [...names, ...repoDigests], deleteUnnamed: true };
    const removed = await withReserve(parts.root, () => parts.meta.images.remove(image));
    untagged.push(...removed.untagged);
  }
  return untagged;
}

/** Indexes of layers that no row knows, and what was being written by somebody who died. */
async function removeStrayIndexes(parts: StoreParts): Promise<number> {
  let freedBytes = 0;
  for (const algorithm of ["sha256", "sha512"]) {
    const directory = join(parts.root, "indexes", algorithm);
    await mapConcurrent(await namesIn(directory), 8, async (name) => {
      const diffId = `${algorithm}:${name}` as Digest;
      if (!isDigest(diffId)) {
        const path = join(directory, name);
        freedBytes += fileBytes(path);
        await removeDirectory(path);
      } else if ((await parts.meta.layers.byDiffId(diffId)).length === 0) {
        const sizeBytes = await removeIndex(parts.root, diffId);
        freedBytes += sizeBytes;
      }
    });
  }
  return freedBytes;
}

async function removeUploads(parts: StoreParts, patienceMs: number): Promise<number> {
  let freedBytes = 0;
  for await (const { id, updatedAtMs, sizeBytes } of parts.blobs.listUploads()) {
    // Nobody can go on with what a command wrote here before it was killed: only its lease keeps it.
    if (!isOfCommand(id) && updatedAtMs > Date.now() - patienceMs) continue;
    const claimed = await parts.meta.garbage.claim([`upload:${id}`]);
    try {
      if (claimed.length === 0) continue;
      const upload = await parts.blobs.resume(id);
      await upload?.abort();
      await parts.meta.uploads.delete(id);
      freedBytes += sizeBytes;
    } finally {
      await parts.meta.garbage.settle(claimed);
    }
  }
  return freedBytes;
}

async function removeTemporary(parts: StoreParts): Promise<number> {
  let freedBytes = 0;
  const directory = join(parts.root, "tmp");
  const claimed = await parts.meta.garbage.claim((await namesIn(directory)).map((name) => `tmp:${name}`));
  try {
    await mapConcurrent(claimed, 2, async (key) => {
      try {
        const path = join(directory, key.slice("tmp:".length));
        const sizeBytes = fileBytes(path) + treeBytes(path).sizeBytes;
        await removeDirectory(path);
        freedBytes += sizeBytes;
      } catch (error) {
        if (!isLeftForLater(error)) throw error;
      }
    });
  } finally {
    await parts.meta.garbage.settle(claimed);
  }
  return freedBytes;
}

/** Directories of containers that have no row (any more). Who makes one holds `container:<id>` first. */
async function removeStrayContainers(parts: StoreParts): Promise<number> {
  let freedBytes = 0;
  const directory = join(parts.root, "containers");
  for (const id of await namesIn(directory)) {
    const claimed = await parts.meta.garbage.claim([`container:${id}`]);
    try {
      if (claimed.length === 0) continue;
      const isKnown = (await parts.meta.containers.list()).some((container) => container.id === id);
      if (isKnown) continue;
      const path = join(directory, id);
      const { sizeBytes } = treeBytes(path);
      if (await removeAside(parts.root, parts.lease, path)) freedBytes += sizeBytes;
    } catch (error) {
      if (!isLeftForLater(error)) throw error;
    } finally {
      await parts.meta.garbage.settle(claimed);
    }
  }
  return freedBytes;
}
