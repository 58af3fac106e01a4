import { shortDigest } from "../../oci/mod.ts";
import type { LocalImage, LocalStore } from "../../store/mod.ts";
import type { Command } from "../command.ts";
import { listFormat, wantsJson } from "../format-flag.ts";
import { createdAtMs, layerSize } from "../image-rows.ts";
import { ellipsis, formatTable } from "../table.ts";
import { humanAgo, humanSize } from "../units.ts";

interface HistoryRow {
  readonly id: string;
  readonly createdAtMs: number | undefined;
  readonly createdBy: string;
  readonly sizeBytes: number;
  readonly comment: string;
}

export default {
  name: "history",
  summary: "Show the layers and instructions of an image",
  usage: "[OPTIONS] IMAGE",
  examples: [
    { call: "history nginx:alpine", what: "what made each layer, and its size" },
    { call: "history --no-trunc my-app", what: "with the whole instructions" },
  ],
  flags: [
    { name: "human", short: "H", type: "boolean", help: "Sizes and times for people (default true)" },
    { name: "no-trunc", type: "boolean", help: "Whole IDs and instructions" },
    { name: "quiet", short: "q", type: "boolean", help: "Only image IDs" },
    listFormat,
  ],
  arguments: { min: 1, max: 1 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const local = await store();
    const image = await local.find(flags.arguments[0]!);
    const whole = flags.boolean("no-trunc");
    const rows = await historyRows(local, image);
    const id = (row: HistoryRow) => (whole || row.id === "<missing>" ? row.id : shortDigest(image.id));
    if (flags.boolean("quiet")) {
      for (const row of rows) terminal.out(`${id(row)}\n`);
      return 0;
    }
    const human = flags.maybeBoolean("human") ?? true;
    const created = (row: HistoryRow) =>
      human ? humanAgo(row.createdAtMs, Date.now()) : new Date(row.createdAtMs ?? 0).toISOString();
    const size = (row: HistoryRow) => (human ? humanSize(row.sizeBytes, 3) : String(row.sizeBytes));
    if (wantsJson(flags, "history")) {
      for (const row of rows) {
        terminal.out(
          `${JSON.stringify({ ID: id(row), CreatedSince: created(row), CreatedBy: row.createdBy, Size: size(row), Comment: row.comment })}\n`,
        );
      }
      return 0;
    }
    terminal.out(
      formatTable([
        ["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"],
        ...rows.map((row) => [
          id(row),
          created(row),
          whole ? row.createdBy : ellipsis(row.createdBy, 45),
          size(row),
          row.comment,
        ]),
      ]),
    );
    return 0;
  },
} satisfies Command;

/** Newest first; the first row carries the image's ID, the others are images that never existed here. */
async function historyRows(store: LocalStore, image: LocalImage): Promise<HistoryRow[]> {
  const layers = [...image.manifest.layers];
  const history = image.config.history ?? layers.map(() => ({ created_by: "", empty_layer: false }));
  const rows: HistoryRow[] = [];
  const builtAtMs = image.record.builtAtMs;
  const imageCreated = image.config.created;
  for (const entry of history) {
    const layer = entry.empty_layer ? undefined : layers.shift();
    const created = "created" in entry ? entry.created : imageCreated;
    rows.push({
      id: "<missing>",
      // A reproducible build has one time for all its steps; where it was made here, say when that was.
      createdAtMs:
        builtAtMs !== undefined && created === imageCreated
          ? createdAtMs(image)
          : created
            ? Date.parse(created)
            : undefined,
      createdBy: (entry.created_by ?? "").replaceAll(/\s+/g, " "),
      sizeBytes: layer ? await layerSize(store, layer.digest) : 0,
      comment: ("comment" in entry ? entry.comment : undefined) ?? "",
    });
  }
  rows.reverse();
  if (rows[0]) rows[0] = { ...rows[0], id: image.id };
  return rows;
}
