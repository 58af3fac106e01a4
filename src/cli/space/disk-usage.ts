import { type BuildCacheEntry, listBuildCache } from "../../build/build-cache.ts";
import { containerSize } from "../../container/container-size.ts";
import { listContainers } from "../../container/find-container.ts";
import type { Container } from "../../container/mod.ts";
import { volumeNamesOf } from "../../container/volumes/container-mount.ts";
import type { Digest } from "../../oci/mod.ts";
import type { LocalStore, SpaceReport } from "../../store/mod.ts";
import { chainSizes } from "../../store/space/chain-sizes.ts";
import { treeBytes } from "../../store/space/file-sizes.ts";
import { listVolumes, volumeData } from "../../store/volumes/volume-files.ts";
import { type ImageSummary, imageSummaries } from "../images/image-summaries.ts";
import type { VolumeRow } from "../volumes/volume-format.ts";

/** What `system df` tells: docker's figures, and beside them what the store really has. */
export interface DiskUsage {
  /** Newest first, each id once: docker knows no image twice. */
  readonly images: readonly ImageUsage[];
  readonly containers: readonly ContainerUsage[];
  /** By name. */
  readonly volumes: readonly Required<VolumeRow>[];
  readonly cache: readonly BuildCacheEntry[];
  /** Docker's size of all images: their unpacked layers, each once. */
  readonly layersBytes: number;
  readonly space: SpaceReport;
  /** Every local image, newest first. */
  readonly summaries: readonly ImageSummary[];
}

export interface ImageUsage {
  readonly summary: ImageSummary;
  readonly sizeBytes: number;
  readonly sharedBytes: number;
  readonly containers: number;
}

export interface ContainerUsage {
  readonly container: Container;
  readonly sizeBytes: number;
}

export async function diskUsage(store: LocalStore): Promise<DiskUsage> {
  const space = await store.space();
  const summaries = (await imageSummaries(store)).sort(newestFirst);
  const containers = (await listContainers(store)).map((container) => ({
    container,
    sizeBytes: containerSize(store, container.id),
  }));
  return {
    ...dockerImages(summaries, space, containers),
    containers: containers.sort((a, b) => b.container.createdAtMs - a.container.createdAtMs),
    volumes: volumeUsage(store, containers),
    cache: await listBuildCache(store, space),
    space,
    summaries,
  };
}

function volumeUsage(store: LocalStore, containers: readonly ContainerUsage[]): Required<VolumeRow>[] {
  const volumes = listVolumes(store.root);
  const links = new Map<string, number>();
  for (const { container } of volumes.length > 0 ? containers : [])
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

function newestFirst(a: ImageSummary, b: ImageSummary): number {
  return (b.createdAtMs ?? 0) - (a.createdAtMs ?? 0) || (a.record.target < b.record.target ? -1 : 1);
}

function dockerImages(
  summaries: readonly ImageSummary[],
  space: SpaceReport,
  containers: readonly ContainerUsage[],
): Pick<DiskUsage, "images" | "layersBytes"> {
  const byId = new Map<Digest, ImageSummary>();
  for (const summary of summaries) if (!byId.has(summary.id)) byId.set(summary.id, summary);
  const all = summaries.flatMap(({ record }) => space.platformsOf(record.target));
  const platforms = new Map(all.map((platform) => [platform.id, platform]));
  // What stands for an image is one platform of it; the others have layers as well.
  const others = [...platforms.keys()].filter((id) => !byId.has(id));
  const ids = [...byId.keys()];
  const sizes = chainSizes([...ids, ...others].map((id) => platforms.get(id)?.layers ?? []));
  const users = Map.groupBy(containers, ({ container }) => container.settings.imageId);
  return {
    layersBytes: sizes.totalBytes,
    images: ids.map((id, index) => ({
      summary: byId.get(id)!,
      ...sizes.images[index]!,
      containers: users.get(id)?.length ?? 0,
    })),
  };
}
