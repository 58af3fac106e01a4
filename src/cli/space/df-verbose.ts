import type { BuildCacheEntry } from "../../build/mod.ts";
import { type Digest, familiarName, familiarReference, parseReference } from "../../oci/mod.ts";
import type { ImageSpace, LocalStore, Space } from "../../store/mod.ts";
import { containerRow, localVolumes, mountNames } from "../commands/ps.ts";
import { withShownImages } from "../containers/shown-image.ts";
import { formatObject } from "../format/object-format.ts";
import { type RowFormat, writeRows } from "../format/row-format.ts";
import { type ImageSummary, imageSummaries } from "../images/image-summaries.ts";
import type { Terminal } from "../terminal.ts";
import { goTime } from "../text/go-time.ts";
import { humanAgo, humanSize } from "../text/units.ts";
import { type VolumeRow, volumeFormat } from "../volumes/volume-format.ts";
import type { ContainerUsage, DiskUsage, ImageUse } from "./disk-usage.ts";
import { knownPlatform, shortId, shownPlatform, spaceFields, spaceObject } from "./space-rows.ts";

/** `system df -v`: docker's four tables, and a fifth of what is really stored. */
export async function writeVerbose(
  terminal: Pick<Terminal, "out">,
  store: LocalStore,
  { containers: asTheyAre, volumes, cache, ...summary }: DiskUsage,
  format: string | undefined,
): Promise<void> {
  const shown = await withShownImages(
    store,
    asTheyAre.map(({ container }) => container),
  );
  const containers = asTheyAre.map((usage, index) => ({ ...usage, container: shown[index]! }));
  const usage = { containers, volumes, cache, ...(await imagesOf(store, summary)) };
  const { images } = usage;
  if (format === "raw") {
    writeRows(terminal, images, imageFormat(false), { format });
    writeRows(terminal, containers, containerFormat(false), { format });
    writeRows(terminal, volumes, volumesFormat, { format });
    writeRows(terminal, cache, cacheFormat(false), { format });
    return;
  }
  if (format !== undefined && format !== "table") {
    // Docker ends nothing but JSON with a new line.
    const end = format === "json" ? "\n" : "";
    terminal.out(formatObject(format, verboseObject(usage), "*formatter.diskUsageContext") + end);
    return;
  }
  const files = cache.filter(({ kind }) => kind !== "regular");
  const cacheBytes =
    summary.cacheSpace.storedBytes + files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  terminal.out("Images space usage:\n\n");
  writeRows(terminal, images, imageFormat(true), {});
  terminal.out("\nContainers space usage:\n\n");
  writeRows(terminal, containers, containerFormat(true), {});
  terminal.out("\nLocal Volumes space usage:\n\n");
  writeRows(terminal, volumes, volumesFormat, {});
  terminal.out(`\nBuild cache usage: ${humanSize(cacheBytes)}\n\n`);
  writeRows(terminal, cache, cacheFormat(true), {});
  terminal.out("\nStored by image and platform:\n\n");
  writeRows(terminal, storedRows(usage), storedFormat, {});
}

/** Each thing by itself. */
interface VerboseUsage extends Pick<DiskUsage, "containers" | "volumes" | "cache"> {
  /** Newest first, each id once: docker knows no image twice. */
  readonly images: readonly (ImageUse & { readonly summary: ImageSummary })[];
  /** Every local image, newest first, with what it really takes. */
  readonly stored: readonly { readonly summary: ImageSummary; readonly space: ImageSpace }[];
  readonly total: Space;
}

async function imagesOf(
  store: LocalStore,
  { space, usedImages }: Pick<DiskUsage, "space" | "usedImages">,
): Promise<Pick<VerboseUsage, "images" | "stored" | "total">> {
  const summaries = (await imageSummaries(store)).sort(newestFirst);
  const byId = new Map<Digest, ImageSummary>();
  for (const summary of summaries) if (!byId.has(summary.id)) byId.set(summary.id, summary);
  const layers = await space.layersOf([...byId.keys()]);
  const spaces = await space.images();
  return {
    images: [...byId].map(([id, summary]) => ({
      summary,
      containers: usedImages.get(id)?.containers ?? 0,
      ...layers.get(id)!,
    })),
    // One that came meanwhile is left out.
    stored: summaries.flatMap((summary) => {
      const space = spaces.get(summary.record.target);
      return space ? [{ summary, space }] : [];
    }),
    total: await space.total(),
  };
}

function newestFirst(a: ImageSummary, b: ImageSummary): number {
  return (b.createdAtMs ?? 0) - (a.createdAtMs ?? 0) || (a.record.target < b.record.target ? -1 : 1);
}

function verboseObject({ images, containers, volumes, cache, stored, total }: VerboseUsage) {
  const spaces = new Map(
    stored.map(({ summary, space }) => [summary.id, spaceObject(summary, space, namesOf(summary))]),
  );
  const table = <Row>(rows: readonly Row[], kind: RowFormat<Row>) =>
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(kind.fields)
          .filter(([, { takesArgument }]) => !takesArgument)
          .map(([name, field]) => [name, field.value(row)]),
      ),
    );
  return {
    Images: table(images, imageFormat(false)).map((each, index) => ({
      ...each,
      Space: spaces.get(images[index]!.summary.id),
    })),
    Containers: table(containers, containerFormat(false)),
    Volumes: table(volumes, volumesFormat),
    BuildCache: table(cache, cacheFormat(false)),
    Total: spaceFields(total),
  };
}

function namesOf({ record }: ImageSummary): string[] {
  return record.names.map((name) => familiarReference(parseReference(name)));
}

function imageFormat(isShort: boolean): RowFormat<VerboseUsage["images"][number]> {
  const nowMs = Date.now();
  const first = ({ summary }: VerboseUsage["images"][number]) => {
    const name = summary.record.names[0];
    return name === undefined ? undefined : parseReference(name);
  };
  const none = "<none>";
  return {
    typeName: "*formatter.imageContext",
    table:
      "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.VirtualSize}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
    raw: "type: Image\nrepository: {{.Repository}}\ntag: {{.Tag}}\ndigest: {{.Digest}}\nimage_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n",
    fields: {
      Repository: {
        header: "REPOSITORY",
        value: (row) => {
          const name = first(row);
          return name ? familiarName(name) : none;
        },
      },
      Tag: { header: "TAG", value: (row) => first(row)?.tag ?? none },
      ID: { header: "IMAGE ID", value: ({ summary: { id } }) => (isShort ? shortId(id) : id) },
      Digest: { header: "DIGEST", value: () => "" },
      CreatedSince: { header: "CREATED", value: ({ summary }) => humanAgo(summary.createdAtMs, nowMs) },
      CreatedAt: { header: "CREATED AT", value: ({ summary }) => goTime(summary.createdAtMs) },
      Size: { header: "SIZE", value: ({ sizeBytes }) => humanSize(sizeBytes, 3) },
      VirtualSize: { header: "SIZE", value: ({ sizeBytes }) => humanSize(sizeBytes) },
      SharedSize: { header: "SHARED SIZE", value: ({ sharedBytes }) => humanSize(sharedBytes) },
      UniqueSize: {
        header: "UNIQUE SIZE",
        value: ({ sizeBytes, sharedBytes }) => humanSize(sizeBytes - sharedBytes),
      },
      Containers: { header: "CONTAINERS", value: ({ containers }) => String(containers) },
    },
  };
}

function containerFormat(isShort: boolean): RowFormat<ContainerUsage> {
  const row = ({ container }: ContainerUsage) => containerRow(container, !isShort);
  return {
    typeName: "*formatter.ContainerContext",
    table:
      "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
    raw: "type: Container\ncontainer_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\nstate: {{.State}}\nstatus: {{.Status}}\nnames: {{.Names}}\nlabels: {{.Labels}}\nports:\nsize: {{.Size}}\n",
    fields: {
      ID: { header: "CONTAINER ID", value: (usage) => row(usage).ID },
      Image: { header: "IMAGE", value: (usage) => row(usage).Image },
      Command: { header: "COMMAND", value: (usage) => row(usage).Command },
      CreatedAt: { header: "CREATED AT", value: ({ container }) => goTime(container.createdAtMs) },
      Labels: { header: "LABELS", value: ({ container }) => labelsOf(container) },
      Mounts: { header: "MOUNTS", value: ({ container }) => mountNames(container, !isShort) },
      Networks: { header: "NETWORKS", value: ({ container }) => container.settings.network },
      Ports: { header: "PORTS", value: () => "" },
      LocalVolumes: { header: "LOCAL VOLUMES", value: ({ container }) => String(localVolumes(container)) },
      Size: { header: "SIZE", value: ({ sizeBytes }) => humanSize(sizeBytes, 3) },
      RunningFor: { header: "CREATED", value: (usage) => row(usage).RunningFor },
      State: { header: "STATE", value: ({ container }) => container.state.kind },
      Status: { header: "STATUS", value: (usage) => row(usage).Status },
      Names: { header: "NAMES", value: (usage) => row(usage).Names },
    },
  };
}

function labelsOf({ settings }: ContainerUsage["container"]): string {
  return Object.entries(settings.config.Labels ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}

const volumesFormat: RowFormat<VolumeRow> = { ...volumeFormat, table: "{{.Name}}\t{{.Links}}\t{{.Size}}" };

function cacheFormat(isShort: boolean): RowFormat<BuildCacheEntry> {
  const nowMs = Date.now();
  return {
    typeName: "*formatter.buildCacheContext",
    table:
      "{{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}",
    raw: "type: Build Cache\nid: {{.ID}}\ntype: {{.CacheType}}\ndescription: {{.Description}}\ncreated_at: {{.CreatedAt}}\nsize: {{.Size}}\nshared: {{.Shared}}\n",
    fields: {
      ID: {
        header: "CACHE ID",
        value: ({ id, isInUse }) => `${isShort ? id.slice(0, 12) : id}${isInUse ? "*" : ""}`,
      },
      CacheType: { header: "CACHE TYPE", value: ({ kind }) => kind },
      Description: { header: "DESCRIPTION", value: ({ description }) => description },
      Size: { header: "SIZE", value: ({ sizeBytes }) => humanSize(sizeBytes) },
      CreatedSince: { header: "CREATED", value: ({ createdAtMs }) => humanAgo(createdAtMs, nowMs) },
      CreatedAt: { header: "CREATED AT", value: ({ createdAtMs }) => goTime(createdAtMs) },
      LastUsedSince: { header: "LAST USED", value: ({ usedAtMs }) => humanAgo(usedAtMs, nowMs) },
      LastUsedAt: { header: "LAST USED AT", value: ({ usedAtMs }) => goTime(usedAtMs) },
      UsageCount: { header: "USAGE", value: ({ uses }) => (uses === undefined ? "N/A" : String(uses)) },
      InUse: { header: "IN USE", value: ({ isInUse }) => String(isInUse) },
      Shared: { header: "SHARED", value: ({ isShared }) => String(isShared) },
    },
  };
}

interface StoredRow {
  readonly image: string;
  readonly platform: string;
  readonly id: string;
  readonly space: Space;
  readonly keptBy: string;
}

/** A line for each image, for each platform of those that have several, and for all together. */
function storedRows({ stored, total }: VerboseUsage): StoredRow[] {
  const rows = stored.flatMap(({ summary, space: image }): StoredRow[] => {
    const platforms = image.platforms.map((each) => ({
      each,
      platform: shownPlatform(knownPlatform(summary, each)),
    }));
    const isAlone = platforms.length === 1;
    const top: StoredRow = {
      image: namesOf(summary)[0] ?? "<none>",
      platform: isAlone ? platforms[0]!.platform : "",
      id: shortId(summary.id),
      space: image,
      keptBy: image.keptBy.join(", "),
    };
    if (isAlone) return [top];
    const children = platforms.map(({ each, platform }) => {
      return { image: "", platform, id: shortId(each.id), space: each, keptBy: "" };
    });
    return [top, ...children];
  });
  return [...rows, { image: "Total", platform: "", id: "", space: total, keptBy: "" }];
}

const storedFormat: RowFormat<StoredRow> = {
  typeName: "*formatter.storedContext",
  table:
    "{{.Image}}\t{{.Platform}}\t{{.ID}}\t{{.Transferred}}\t{{.Stored}}\t{{.Unpacked}}\t{{.Shared}}\t{{.Freed}}\t{{.KeptBy}}",
  fields: {
    Image: { header: "IMAGE", value: ({ image }) => image },
    Platform: { header: "PLATFORM", value: ({ platform }) => platform },
    ID: { header: "IMAGE ID", value: ({ id }) => id },
    Transferred: { header: "TRANSFERRED", value: ({ space }) => humanSize(space.transferredBytes) },
    Stored: { header: "STORED", value: ({ space }) => humanSize(space.storedBytes) },
    Unpacked: { header: "UNPACKED", value: ({ space }) => humanSize(space.unpackedBytes) },
    Shared: { header: "SHARED", value: ({ space }) => humanSize(space.sharedBytes) },
    Freed: { header: "FREED", value: ({ space }) => humanSize(space.freedBytes) },
    KeptBy: { header: "KEPT BY", value: ({ keptBy }) => keptBy },
  },
};
