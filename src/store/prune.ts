import { join } from "node:path";
import { mapConcurrent, namesIn } from "../lib/mod.ts";
import type { ImageRemoval, RemovedNames } from "../meta/mod.ts";
import { whileClaimed } from "../meta/while-claimed.ts";
import { chainIds, type Digest, isDigest } from "../oci/mod.ts";
import { isOfCommand } from "./begin-upload.ts";
import { removeIndex } from "./collect-garbage.ts";
import { manifestsOf } from "./find.ts";
import type { PruneReport } from "./local-store.ts";
import { removeDirectory } from "./remove-directory.ts";
import { isLeftForLater, removeUnclaimed } from "./remove-unclaimed.ts";
import { keepReserve, withReserve } from "./reserve.ts";
import type { DryRun } from "./space/dry-run.ts";
import { fileBytes, treeBytes } from "./space/file-sizes.ts";
import { garbageNow } from "./space/foresee.ts";
import type { StoreParts } from "./store-parts.ts";
import { removeGarbage, removeStrayBlobs } from "./sweep.ts";
import { removeUnpacked } from "./unpacked.ts";

/** An interrupted pull can be resumed for this long, ms. */
const uploadPatienceMs = 24 * 60 * 60 * 1000;

export interface PruneOptions {
  readonly dangling?: boolean;
  readonly all?: boolean;
  /** Of those, only images with these targets. */
  readonly only?: ReadonlySet<Digest>;
  readonly uploadsOlderThanMs?: number;
  /** Tells what would be, and changes nothing. What interrupted commands left behind is not counted then. */
  readonly dryRun?: DryRun;
}

/** Removes images as asked, and then everything nothing refers to. What a live lease holds stays, in whichever process it is. */
export async function pruneStore(parts: StoreParts, options: PruneOptions = {}): Promise<PruneReport> {
  const removals = options.all || options.dangling ? await unusedImages(parts, options) : [];
  if (options.dryRun) return foreseenPrune(parts, removals, options.dryRun);
  const images: Going[] = [];
  for (const removal of removals) images.push(await takeImage(parts, removal));
  const known = await sweepImages(parts, images);
  const strays = await removeStrayBlobs(parts);
  const leftovers = [
    await removeStrayIndexes(parts),
    await removeUnpacked(parts, { hostedOnly: true }),
    await removeUploads(parts, options.uploadsOlderThanMs ?? uploadPatienceMs),
    await removeTemporary(parts),
    await removeStrayContainers(parts),
  ];
  if (await parts.layout.isStale()) await parts.layout.refresh();
  keepReserve(parts.root);
  return {
    ...known,
    deleted: [...known.deleted, ...strays.deleted],
    freedBytes: leftovers.reduce((sum, bytes) => sum + bytes, known.freedBytes + strays.freedBytes),
  };
}

/** One removal of many, of which sweepImages() tells. */
export async function takeImage(parts: StoreParts, removal: ImageRemoval): Promise<Going> {
  const layers = await layersOf(parts, removal.target);
  return { ...(await withReserve(parts.root, () => parts.meta.images.remove(removal))), layers };
}

/** Removes what nothing refers to after these, once for all of them. */
export async function sweepImages(parts: StoreParts, images: readonly Going[]): Promise<PruneReport> {
  const { deleted, freedBytes } = await withReserve(parts.root, () => removeGarbage(parts));
  return {
    untagged: images.flatMap(({ untagged }) => untagged),
    deleted,
    images: reportOf(images, new Set(deleted)),
    freedBytes,
  };
}

async function foreseenPrune(
  parts: StoreParts,
  removals: readonly ImageRemoval[],
  dryRun: DryRun,
): Promise<PruneReport> {
  const already = await garbageNow(parts);
  const outcomes = await dryRun.add(parts, removals);
  const images: Going[] = [];
  for (const [index, { untagged, isDeleted }] of outcomes.entries()) {
    images.push({ untagged, isDeleted, layers: await layersOf(parts, removals[index]!.target) });
  }
  const blobs = outcomes.flatMap((outcome) => outcome.blobs);
  return {
    untagged: images.flatMap(({ untagged }) => untagged),
    deleted: [...already.blobs, ...blobs],
    images: reportOf(images, new Set(blobs)),
    freedBytes: outcomes.reduce(
      (sum, { freedBytes }) => sum + freedBytes,
      already.freedBytes + (await dryRun.unpackedForNobody(parts)),
    ),
  };
}

/** Images that no container uses; without `all` only those without a name. */
async function unusedImages(parts: StoreParts, options: PruneOptions): Promise<ImageRemoval[]> {
  const used = new Set((await parts.meta.containers.list()).map((container) => container.image));
  const removals: ImageRemoval[] = [];
  for (const { target, names, repoDigests } of await parts.meta.images.list()) {
    // A digest alone is no name: Docker prunes such images as dangling ones.
    if (!options.all && names.length > 0) continue;
    if (options.only && !options.only.has(target)) continue;
    const contents = used.size > 0 ? await manifestsOf(parts, target) : [];
    const digests = [target, ...contents.flatMap(({ manifest, config }) => [manifest, config])];
    if (digests.some((digest) => used.has(digest))) continue;
    removals.push({ target, names: [...names, ...repoDigests], deleteUnnamed: true });
  }
  return removals;
}

export interface Going extends RemovedNames {
  readonly layers: readonly ImageLayers[];
}

/** What an image manifest's parts are called, while that can still be read. */
interface ImageLayers {
  readonly config: Digest;
  /** Base first. */
  readonly layers: readonly { readonly blob: Digest; readonly chainId: Digest }[];
}

async function layersOf(parts: StoreParts, target: Digest): Promise<ImageLayers[]> {
  const contents = await manifestsOf(parts, target);
  return Promise.all(
    contents.map(async ({ config, layers }) => {
      const known = await Promise.all(layers.map((blob) => parts.meta.layers.byBlob(blob)));
      const chain = chainIds(known.map((layer, index) => layer?.diffId ?? layers[index]!));
      return { config, layers: layers.map((blob, index) => ({ blob, chainId: chain[index]! })) };
    }),
  );
}

/** Docker's lines: ids of images that are gone, and of their layers that went along, from the top down. Each once. */
function reportOf(images: readonly Going[], gone: ReadonlySet<Digest>): PruneReport["images"] {
  const told = new Set<Digest>();
  const tell = (digest: Digest) => !told.has(digest) && told.add(digest) !== undefined;
  return images.map(({ untagged, isDeleted, layers }) => ({
    untagged,
    deleted: layers.flatMap((image) => [
      ...(isDeleted && tell(image.config) ? [image.config] : []),
      ...image.layers
        .filter(({ blob, chainId }) => gone.has(blob) && tell(chainId))
        .map(({ chainId }) => chainId)
        .toReversed(),
    ]),
  }));
}

/** Indexes of layers that no row knows, and what was being written by somebody who died. */
async function removeStrayIndexes(parts: StoreParts): Promise<number> {
  let freedBytes = 0;
  for (const algorithm of ["sha256", "sha512"]) {
    const directory = join(parts.root, "indexes", algorithm);
    await mapConcurrent(namesIn(directory), 8, async (name) => {
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
    await whileClaimed(parts.meta, [`upload:${id}`], async (claimed) => {
      if (claimed.length === 0) return;
      const upload = await parts.blobs.resume(id);
      await upload?.abort();
      await parts.meta.uploads.delete(id);
      freedBytes += sizeBytes;
    });
  }
  return freedBytes;
}

async function removeTemporary(parts: StoreParts): Promise<number> {
  let freedBytes = 0;
  const directory = join(parts.root, "tmp");
  const keys = namesIn(directory).map((name) => `tmp:${name}`);
  await whileClaimed(parts.meta, keys, (claimed) =>
    mapConcurrent(claimed, 2, async (key) => {
      try {
        const path = join(directory, key.slice("tmp:".length));
        const sizeBytes = fileBytes(path) + treeBytes(path).sizeBytes;
        await removeDirectory(path);
        freedBytes += sizeBytes;
      } catch (error) {
        if (!isLeftForLater(error)) throw error;
      }
    }),
  );
  return freedBytes;
}

/** Directories of containers that have no row (any more). Who makes one holds `container:<id>` first. */
async function removeStrayContainers(parts: StoreParts): Promise<number> {
  let freedBytes = 0;
  const directory = join(parts.root, "containers");
  for (const id of namesIn(directory)) {
    freedBytes += await removeUnclaimed(parts, {
      ...{ key: `container:${id}`, path: join(directory, id) },
      isKept: async () => (await parts.meta.containers.get(id))?.id === id,
      sizeOf: (path) => treeBytes(path).sizeBytes,
    });
  }
  return freedBytes;
}
