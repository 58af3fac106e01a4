import { digestHex } from "../../oci/digest.ts";
import type { LocalImage, LocalStore } from "../../store/mod.ts";
import type { RowFormat } from "../format/row-format.ts";
import { ellipsis } from "../text/ellipsis.ts";
import { humanAgo, humanSize } from "../text/units.ts";

/** One entry of an image's history. */
export interface HistoryRow {
  /** The image's own ID for the newest one; the others are images that never existed here. */
  readonly id: LocalImage["id"] | "<missing>";
  readonly createdAtMs: number | undefined;
  readonly createdBy: string;
  readonly sizeBytes: number;
  readonly comment: string;
}

/** Newest first. An image without a history has a row for each of its layers. */
export async function historyRows(
  { meta }: { meta: Pick<LocalStore["meta"], "layers"> },
  image: LocalImage,
): Promise<HistoryRow[]> {
  const layers = [...image.manifest.layers];
  const { history, created: imageCreated } = image.config;
  const rows: HistoryRow[] = [];
  for (const entry of history ?? layers.map(() => ({ created: imageCreated }))) {
    const { created, created_by = "", comment = "", empty_layer } = entry as Partial<HistoryEntry>;
    const layer = empty_layer ? undefined : layers.shift();
    rows.push({
      id: "<missing>",
      createdAtMs: entryTime(created, image),
      createdBy: created_by,
      sizeBytes: (layer && (await meta.layers.byBlob(layer.digest))?.contentSizeBytes) ?? 0,
      comment,
    });
  }
  rows.reverse();
  if (rows[0]) rows[0] = { ...rows[0], id: image.id };
  return rows;
}

type HistoryEntry = NonNullable<LocalImage["config"]["history"]>[number];

/** A reproducible build has one time for all its steps; where it was made here, this says when that was. */
function entryTime(created: string | undefined, { record, config }: LocalImage): number | undefined {
  if (record.builtAtMs !== undefined && created === config.created) return record.builtAtMs;
  const time = Date.parse(created ?? "");
  return Number.isNaN(time) ? undefined : time;
}

/** Docker's columns. With `human: false` times are RFC 3339 and sizes bytes. */
export function historyFormat(options: { noTrunc: boolean; human: boolean }): RowFormat<HistoryRow> {
  const now = Date.now();
  const rfc3339 = (ms: number | undefined) =>
    (require("../text/go-time.ts") as typeof import("../text/go-time.ts")).rfc3339(ms);
  const created = options.human ? "{{.CreatedSince}}" : "{{.CreatedAt}}";
  return {
    typeName: "*image.historyContext",
    table: `{{.ID}}\\t${created}\\t{{.CreatedBy}}\\t{{.Size}}\\t{{.Comment}}`,
    quiet: "{{.ID}}",
    fields: {
      ID: {
        header: "IMAGE",
        value: ({ id }) => (options.noTrunc || id === "<missing>" ? id : digestHex(id).slice(0, 12)),
      },
      CreatedAt: { header: "CREATED AT", value: (row) => rfc3339(row.createdAtMs) },
      CreatedSince: {
        header: "CREATED",
        value: (row) => (options.human ? humanAgo(row.createdAtMs, now) : rfc3339(row.createdAtMs)),
      },
      CreatedBy: {
        header: "CREATED BY",
        value: ({ createdBy }) => {
          const text = createdBy.replaceAll("\t", " ");
          return options.noTrunc ? text : ellipsis(text, 45);
        },
      },
      Size: {
        header: "SIZE",
        value: ({ sizeBytes }) => (options.human ? humanSize(sizeBytes, 3) : String(sizeBytes)),
      },
      Comment: { header: "COMMENT", value: (row) => row.comment },
    },
  };
}
