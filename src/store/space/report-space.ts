import { lazily } from "../../lib/lazily.ts";
import type { KeeperKind, Meta, Sharing, SpaceNode, SpaceRecord, SpaceSums } from "../../meta/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { FileSizes } from "./file-sizes.ts";
import type { ImageSpace, PlatformSpace, Space, SpaceReport } from "./space-report.ts";

/** What was measured of the local images, and which of it others have as well. */
export function spaceReport(meta: Pick<Meta, "space">, files: FileSizes): SpaceReport {
  const figures = lazily(async () => {
    const directories = new Map(
      files.allUnpacked().map(([diffId, bytes]): [SpaceNode, number] => [`diff ${diffId}`, bytes]),
    );
    const sharing = await meta.space.sharing([...directories.keys()]);
    return countShares(await meta.space.spaces(), sharing, directories);
  });
  return {
    images: lazily(async () => imagesOf(await figures())),
    async total() {
      const { keptBytes, unpackedBytes } = await figures();
      const sums = await meta.space.sums();
      return spaceOf(sums, unpackedBytes, keptBytes);
    },
    async imageBlobs() {
      return new Set(await meta.space.blobs());
    },
    async cache() {
      let [storedBytes, freedBytes] = [0, 0];
      for (const { node, isAlone } of await meta.space.cached()) {
        const sizeBytes = sizeOf(files, node);
        storedBytes += sizeBytes;
        if (isAlone) freedBytes += sizeBytes;
      }
      return { storedBytes, freedBytes };
    },
    layersBytes: () => meta.space.chainBytes(),
    async layersOf(ids) {
      const chains = await meta.space.chains(ids);
      const sum = (id: Digest, isCounted: (isShared: boolean) => boolean) =>
        (chains.get(id) ?? []).reduce(
          (total, { sizeBytes, isShared }) => total + (isCounted(isShared) ? sizeBytes : 0),
          0,
        );
      return new Map(
        ids.map((id) => [
          id,
          { sizeBytes: sum(id, () => true), sharedBytes: sum(id, (isShared) => isShared) },
        ]),
      );
    },
  };
}

interface Figures {
  readonly spaces: Iterable<Counted>;
  /** Of all images together: directories that layers are unpacked in, and what something else keeps. */
  readonly unpackedBytes: number;
  readonly keptBytes: number;
}

interface Counted {
  readonly record: SpaceRecord;
  /** Directories that its layers are unpacked in. */
  unpackedBytes: number;
  /** What of it something else has as well. */
  sharedBytes: number;
  keptBy?: Set<KeeperKind>;
}

/** Node by node: who has it. There are as many pairs of a node and who has it as all images have layers: nothing is made for them here. */
function countShares(
  records: readonly SpaceRecord[],
  { nodes, kept, keepers }: Sharing,
  directories: ReadonlyMap<SpaceNode, number>,
): Figures {
  const spaces = new Map<number, Counted>();
  for (const record of records) spaces.set(record.id, { record, unpackedBytes: 0, sharedBytes: 0 });
  let [unpackedBytes, keptBytes] = [0, 0];
  for (const { node, storedBytes, spaces: ids } of nodes) {
    const having: Counted[] = [];
    let image: Digest | undefined;
    let manifest: Digest | undefined;
    let isOfSeveralImages = false;
    let isOfSeveralManifests = false;
    for (const id of ids) {
      const space = spaces.get(id);
      if (space === undefined) continue;
      having.push(space);
      const { record } = space;
      image ??= record.target;
      if (image !== record.target) isOfSeveralImages = true;
      if (record.config === undefined) continue;
      manifest ??= record.manifest;
      if (manifest !== record.manifest) isOfSeveralManifests = true;
    }
    const directoryBytes = directories.get(node) ?? 0;
    const sizeBytes = storedBytes + directoryBytes;
    const isShared = kept.has(node) || isOfSeveralImages;
    const by = keepers.get(node);
    unpackedBytes += directoryBytes;
    if (kept.has(node)) keptBytes += sizeBytes;
    for (const space of having) {
      const isWhole = space.record.manifest === space.record.target;
      space.unpackedBytes += directoryBytes;
      if (isShared || (isOfSeveralManifests && !isWhole)) space.sharedBytes += sizeBytes;
      if (by && isWhole) space.keptBy = new Set([...(space.keptBy ?? []), ...by]);
    }
  }
  return { spaces: spaces.values(), unpackedBytes, keptBytes };
}

const kinds: readonly KeeperKind[] = ["repository", "container", "cache", "process"];

function imagesOf({ spaces }: Figures): Map<Digest, ImageSpace> {
  const images = new Map<Digest, ImageSpace & { platforms: PlatformSpace[] }>();
  for (const { record, unpackedBytes, sharedBytes, keptBy } of spaces) {
    const { target, manifest, config, platform } = record;
    const space = spaceOf(record, unpackedBytes, sharedBytes);
    const own = config && { ...space, manifest, id: config, ...(platform && { platform }) };
    if (manifest === target) {
      images.set(target, {
        ...space,
        target,
        platforms: own ? [own] : [],
        keptBy: keptBy ? kinds.filter((kind) => keptBy.has(kind)) : [],
      });
    } else if (own) images.get(target)?.platforms.push(own);
  }
  return images;
}

function spaceOf(sums: SpaceSums, directoryBytes: number, sharedBytes: number): Space {
  const storedBytes = sums.storedBytes + directoryBytes;
  return {
    transferredBytes: sums.transferredBytes,
    storedBytes,
    unpackedBytes: sums.unpackedBytes,
    sharedBytes,
    freedBytes: storedBytes - sharedBytes,
  };
}

function sizeOf(files: FileSizes, node: SpaceNode): number {
  if (!node.startsWith("diff ")) return files.blob(node as Digest) ?? 0;
  const diffId = node.slice("diff ".length) as Digest;
  return (files.index(diffId) ?? 0) + files.unpacked(diffId);
}
