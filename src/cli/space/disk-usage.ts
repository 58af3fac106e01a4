import { type BuildCacheEntry, listBuildCache } from "../../build/build-cache.ts";
import { listContainers } from "../../container/find-container.ts";
import type { Container } from "../../container/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { LocalStore, SpaceReport } from "../../store/mod.ts";
import { listVolumes, volumeData } from "../../store/volumes/volume-files.ts";
import type { VolumeRow } from "../volumes/volume-format.ts";

/** What `system df` tells: docker's figures, and of the build cache what the store really has. */
export interface DiskUsage {
  readonly imageCount: number;
  /** Docker's size of all images: their unpacked layers, each once. */
  readonly layersBytes: number;
  /** Images that containers were made from, by id. */
  readonly usedImages: ReadonlyMap<Digest, ImageUse>;
  /** Newest first. */
  readonly containers: readonly ContainerUsage[];
  /** By name. */
  readonly volumes: readonly Required<VolumeRow>[];
  readonly cache: readonly BuildCacheEntry[];
  /** Of its layers. */
  readonly cacheSpace: Awaited<ReturnType<SpaceReport["cache"]>>;
  readonly space: SpaceReport;
}

export interface ImageUse {
  readonly containers: number;
  readonly sizeBytes: number;
  readonly sharedBytes: number;
}

export interface ContainerUsage {
  readonly container: Container;
  readonly sizeBytes: number;
}

export async function diskUsage(store: LocalStore): Promise<DiskUsage> {
  const space = await store.space();
  const ids = new Set(await store.imageIds());
  const containers = await containerUsage(store);
  return {
    imageCount: ids.size,
    layersBytes: await space.layersBytes(),
    usedImages: await imageUses(space, ids, containers),
    containers: containers.sort((a, b) => b.container.createdAtMs - a.container.createdAtMs),
    volumes: await volumeUsage(store, containers),
    cache: await listBuildCache(store, space),
    cacheSpace: await space.cache(),
    space,
  };
}

/** What containers and volumes are made of is loaded where there are any. */
async function containerUsage(store: LocalStore): Promise<ContainerUsage[]> {
  const containers = await listContainers(store);
  if (containers.length === 0) return [];
  const { containerSize } = await import("../../container/container-size.ts");
  return containers.map((container) => ({ container, sizeBytes: containerSize(store, container.id) }));
}

async function volumeUsage(
  store: LocalStore,
  containers: readonly ContainerUsage[],
): Promise<Required<VolumeRow>[]> {
  // What another directory holds is not counted, as docker has it.
  const volumes = listVolumes(store.root).filter(({ options = {} }) => Object.keys(options).length === 0);
  if (volumes.length === 0) return [];
  const [{ volumeNamesOf }, { treeBytes }] = await Promise.all([
    import("../../container/volumes/container-mount.ts"),
    import("../../store/space/file-sizes.ts"),
  ]);
  const links = new Map<string, number>();
  for (const { container } of containers)
    for (const name of volumeNamesOf(container.settings.mounts)) links.set(name, (links.get(name) ?? 0) + 1);
  return volumes.map((volume) => {
    const mountpoint = volumeData(store.root, volume.name);
    return {
      volume,
      mountpoint,
      links: links.get(volume.name) ?? 0,
      sizeBytes: treeBytes(mountpoint).sizeBytes,
    };
  });
}

async function imageUses(
  space: SpaceReport,
  ids: ReadonlySet<Digest>,
  containers: readonly ContainerUsage[],
): Promise<Map<Digest, ImageUse>> {
  const users = Map.groupBy(containers, ({ container }) => container.settings.imageId);
  const used = [...users.keys()].filter((id): id is Digest => id !== undefined && ids.has(id as Digest));
  if (used.length === 0) return new Map();
  const layers = await space.layersOf(used);
  return new Map(used.map((id) => [id, { containers: users.get(id)!.length, ...layers.get(id)! }]));
}
