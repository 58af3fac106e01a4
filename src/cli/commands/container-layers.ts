import type { Command } from "../command.ts";
import { type RowFormat, rowFormatFlag, writeRows } from "../format/row-format.ts";
import { humanSize } from "../text/units.ts";
import { visible } from "../text/visible.ts";

interface Row {
  /** Overlay's name for it. */
  readonly kind: "merged" | "upper" | "work" | "lower";
  readonly directory?: string;
  readonly digest?: string;
  /** Bytes of files. */
  readonly size?: number;
  readonly instruction?: string;
}

const rowFormat: RowFormat<Row> = {
  typeName: "*formatter.layerContext",
  table: "{{.Kind}}\t{{.Size}}\t{{.Instruction}}\t{{.Directory}}",
  fields: {
    Kind: { header: "KIND", value: ({ kind }) => kind },
    Digest: { header: "DIGEST", value: ({ digest }) => digest ?? "" },
    Size: { header: "SIZE", value: ({ size }) => (size === undefined ? "" : humanSize(size, 3)) },
    Instruction: {
      header: "INSTRUCTION",
      value: ({ instruction = "" }) => visible(instruction).replaceAll(/[\n\t]+/g, " "),
    },
    Directory: { header: "DIRECTORY", value: ({ directory }) => directory ?? "" },
  },
};

export default {
  name: "container layers",
  summary: "Show the layers that a container's files come from",
  usage: "[OPTIONS] CONTAINER",
  description:
    "Top first, by the names that overlayfs gives them: merged is what the container sees, upper what it has written itself, work is overlayfs's own, and lower are the layers of the image. Those are unpacked once for all images and containers that have them; one without a directory has not been needed yet. All of them can be looked at with ls; files in lower are not to be changed.",
  examples: [
    { call: "container layers web", what: "where its files are" },
    {
      call: "container layers --format '{{if eq .Kind \"upper\"}}{{.Directory}}{{end}}' web",
      what: "only the directory with what it has written",
    },
  ],
  flags: [rowFormatFlag],
  arguments: { min: 1, max: 1 },
  onlyReads: true,
  async run({ flags, store: opened, terminal }) {
    const store = await opened();
    const { containerImage, containerLayers, containerSize, getContainer } = await import(
      "../../container/mod.ts"
    );
    const { layerInstructions } = await import("../../look/mod.ts");
    const container = await getContainer(store, flags.arguments[0]!);
    const layers = await containerLayers(store, container);
    const instructions = layerInstructions((await containerImage(store, container)).config);
    const rows: Row[] = [
      ...(layers.merged === undefined ? [] : [{ kind: "merged" as const, directory: layers.merged }]),
      { kind: "upper", directory: layers.upper, size: containerSize(store, container.id) },
      ...(layers.work === undefined ? [] : [{ kind: "work" as const, directory: layers.work }]),
    ];
    for (const { digest, position, directory } of layers.lower) {
      const size = (await store.meta.layers.byBlob(digest))?.contentSizeBytes;
      rows.push({
        kind: "lower",
        digest,
        instruction: instructions[position] ?? "",
        ...(size !== undefined && { size }),
        ...(directory !== undefined && { directory }),
      });
    }
    writeRows(terminal, rows, rowFormat, { format: flags.string("format") || undefined });
    return 0;
  },
} satisfies Command;
