import type { RowFormat } from "../format/row-format.ts";
import { humanSize } from "../text/units.ts";
import type { DiskUsage } from "./disk-usage.ts";

export interface DfRow {
  readonly type: string;
  readonly total: number;
  readonly active: number;
  readonly sizeBytes: number;
  readonly reclaimableBytes: number;
  /** Docker tells it of everything but the build cache. */
  readonly hasPercent: boolean;
}

/** The four lines of `system df`, counted as docker counts them; of the build cache what pruning it would really free. */
export function dfRows({
  imageCount,
  usedImages,
  containers,
  volumes,
  cache,
  cacheSpace,
  layersBytes,
}: DiskUsage): DfRow[] {
  const running = containers.filter(({ container }) => container.state.kind === "running");
  const usedVolumes = volumes.filter(({ links }) => links > 0);
  const files = cache.filter(({ kind }) => kind !== "regular");
  const fileBytes = sumOf(files);
  return [
    {
      type: "Images",
      total: imageCount,
      active: usedImages.size,
      sizeBytes: layersBytes,
      reclaimableBytes: [...usedImages.values()].reduce(
        (left, { sizeBytes, sharedBytes }) => left - (sizeBytes - sharedBytes),
        layersBytes,
      ),
      hasPercent: true,
    },
    {
      type: "Containers",
      total: containers.length,
      active: running.length,
      sizeBytes: sumOf(containers),
      reclaimableBytes: sumOf(containers) - sumOf(running),
      hasPercent: true,
    },
    {
      type: "Local Volumes",
      total: volumes.length,
      active: usedVolumes.length,
      sizeBytes: sumOf(volumes),
      reclaimableBytes: sumOf(volumes) - sumOf(usedVolumes),
      hasPercent: true,
    },
    {
      type: "Build Cache",
      total: cache.length,
      active: cache.filter(({ isInUse }) => isInUse).length,
      sizeBytes: cacheSpace.storedBytes + fileBytes,
      reclaimableBytes: cacheSpace.freedBytes + sumOf(files.filter(({ isInUse }) => !isInUse)),
      hasPercent: false,
    },
  ];
}

function sumOf(things: readonly { readonly sizeBytes: number }[]): number {
  return things.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

export const summaryFormat: RowFormat<DfRow> = {
  typeName: "*formatter.diskUsageImagesContext",
  table: "{{.Type}}\\t{{.TotalCount}}\\t{{.Active}}\\t{{.Size}}\\t{{.Reclaimable}}",
  raw: "type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n",
  fields: {
    Type: { header: "TYPE", value: ({ type }) => type },
    TotalCount: { header: "TOTAL", value: ({ total }) => String(total) },
    Active: { header: "ACTIVE", value: ({ active }) => String(active) },
    Size: { header: "SIZE", value: ({ sizeBytes }) => humanSize(sizeBytes) },
    Reclaimable: { header: "RECLAIMABLE", value: reclaimable },
  },
};

function reclaimable({ sizeBytes, reclaimableBytes, hasPercent }: DfRow): string {
  const shown = humanSize(reclaimableBytes);
  if (!hasPercent || sizeBytes === 0) return shown;
  return `${shown} (${Math.trunc((reclaimableBytes * 100) / sizeBytes)}%)`;
}
