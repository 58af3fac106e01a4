import { lazily } from "../../lib/mod.ts";
import type { KeeperKind, Meta, Sharing, SpaceNode, SpaceRecord, SpaceSums } from "../../meta/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { FileSizes } from "./file-sizes.ts";
import type { ImageSpace, PlatformSpace, Space, SpaceReport } from "./space-report.ts";

/** What was measured of the local images, and which of it others have as well. */
export function spaceReport(meta: Pick<Meta, "space">, files: FileSizes): SpaceReport {
  const figures = lazily(async () => {
    const unpacked = files.allUnpacked();
    const nodes = [...unpacked.keys()].map((diffId): SpaceNode => `diff ${diffId}`);
    const [spaces, sharing] = [await meta.space.spaces(), await meta.space.sharing(nodes)];
    return countShares(spaces, sharing, unpacked);
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
  readonly spaces: readonly SpaceRecord[];
  /** By space: directories that its layers are unpacked in. */
  readonly unpacked: ReadonlyMap<number, number>;
  /** By space: what of it something else has as well. */
  readonly shared: ReadonlyMap<number, number>;
  readonly keptBy: ReadonlyMap<number, ReadonlySet<KeeperKind>>;
  /** The same two of all images together. */
  readonly unpackedBytes: number;
  readonly keptBytes: number;
}

/** Node by node: who has it. */
function countShares(
  spaces: readonly SpaceRecord[],
  { contents, kept, keepers }: Sharing,
  directories: ReadonlyMap<Digest, number>,
): Figures {
  const byId = new Map(spaces.map((space) => [space.id, space]));
  const unpacked = new Map<number, number>();
  const shared = new Map<number, number>();
  const keptBy = new Map<number, Set<KeeperKind>>();
  const add = (to: Map<number, number>, space: number, bytes: number) => {
    if (bytes > 0) to.set(space, (to.get(space) ?? 0) + bytes);
  };
  let [unpackedBytes, keptBytes] = [0, 0];
  for (let from = 0, to = 0; from < contents.length; from = to) {
    const { node, storedBytes } = contents[from]!;
    const isKept = kept.has(node);
    const kinds = keepers.get(node);
    let isOfSeveralImages = false;
    let isOfSeveralManifests = false;
    let image: Digest | undefined;
    let manifest: Digest | undefined;
    for (; to < contents.length && contents[to]!.node === node; to++) {
      const space = byId.get(contents[to]!.space);
      if (space === undefined) continue;
      image ??= space.target;
      isOfSeveralImages ||= image !== space.target;
      if (space.config === undefined) continue;
      manifest ??= space.manifest;
      isOfSeveralManifests ||= manifest !== space.manifest;
    }
    const directoryBytes =
      directories.size > 0 && node.startsWith("diff ")
        ? (directories.get(node.slice("diff ".length) as Digest) ?? 0)
        : 0;
    const sizeBytes = storedBytes + directoryBytes;
    unpackedBytes += directoryBytes;
    if (isKept) keptBytes += sizeBytes;
    for (let index = from; index < to; index++) {
      const space = byId.get(contents[index]!.space);
      if (space === undefined) continue;
      add(unpacked, space.id, directoryBytes);
      const isPart = space.manifest !== space.target;
      if (isKept || isOfSeveralImages || (isPart && isOfSeveralManifests)) add(shared, space.id, sizeBytes);
      if (kinds && !isPart)
        for (const kind of kinds) keptBy.set(space.id, (keptBy.get(space.id) ?? new Set()).add(kind));
    }
  }
  return { spaces, unpacked, shared, keptBy, unpackedBytes, keptBytes };
}

const kinds: readonly KeeperKind[] = ["repository", "container", "cache", "process"];

function imagesOf({ spaces, unpacked, shared, keptBy }: Figures): Map<Digest, ImageSpace> {
  const images = new Map<Digest, ImageSpace & { platforms: PlatformSpace[] }>();
  for (const record of spaces) {
    const { id, target, manifest, config, platform } = record;
    const space = spaceOf(record, unpacked.get(id) ?? 0, shared.get(id) ?? 0);
    const own = config && { manifest, id: config, ...(platform && { platform }), ...space };
    if (manifest === target) {
      const by = keptBy.get(id);
      images.set(target, {
        target,
        platforms: own ? [own] : [],
        keptBy: by ? kinds.filter((kind) => by.has(kind)) : [],
        ...space,
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
