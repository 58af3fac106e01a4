import type { ImageView, LayerFacts } from "../../look/mod.ts";
import { formatPlatform, type Platform, shortDigest } from "../../oci/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { jsonFlag, viewFlags, withImages } from "../images/image-viewing.ts";
import { ellipsis } from "../text/ellipsis.ts";
import { humanSize } from "../text/units.ts";
import { visible } from "../text/visible.ts";

interface PlatformTree {
  readonly image: ImageView;
  readonly layers: readonly LayerFacts[];
}

export default {
  name: "image tree",
  summary: "Show the layers of an image, and who shares them",
  usage: "[OPTIONS] IMAGE",
  description:
    "Sizes are what is transferred and, where it is known, what the files take. Of a multi-platform image every " +
    "platform that is there is shown.",
  examples: [
    { call: "image tree my-app", what: "layers with their instructions, base first" },
    {
      call: "image tree --no-trunc --platform linux/arm64 nginx:alpine",
      what: "one platform, with whole digests and instructions",
    },
  ],
  flags: [
    { name: "no-trunc", type: "boolean", help: "Whole digests and instructions" },
    jsonFlag,
    ...viewFlags,
  ],
  arguments: { min: 1, max: 1 },
  onlyReads: true,
  async run(context) {
    const { flags, terminal, store } = context;
    const { imageLayers } = await import("../../look/mod.ts");
    const name = flags.arguments[0]!;
    return withImages(context, { needsContents: false }, async (viewer) => {
      const platforms = flags.string("platform") === undefined ? await viewer.platforms(name) : [];
      const wanted: (Platform | undefined)[] = platforms.length > 0 ? platforms : [undefined];
      const trees: PlatformTree[] = [];
      for (const platform of wanted) {
        const image = await viewer.open(name, platform && { platform });
        trees.push({ image, layers: await imageLayers(image, await store()) });
      }
      if (flags.boolean("json")) terminal.out(`${JSON.stringify(trees.map(treeFacts))}\n`);
      else for (const tree of trees) writeTree(context, tree);
      return 0;
    });
  },
} satisfies Command;

function treeFacts({ image, layers }: PlatformTree) {
  return {
    name: image.name,
    place: image.place,
    platform: formatPlatform(image.platform),
    id: image.id,
    digest: image.raw.digest,
    sizeBytes: layers.reduce((sum, layer) => sum + layer.sizeBytes, 0),
    layers,
  };
}

function writeTree({ flags, terminal }: CommandContext, { image, layers }: PlatformTree): void {
  const isWhole = flags.boolean("no-trunc");
  const id = (digest: ImageView["id"]) => (isWhole ? digest : shortDigest(digest));
  const transferred = layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  const count = layers.length === 1 ? "1 layer" : `${layers.length} layers`;
  terminal.out(
    `${image.name}  ${formatPlatform(image.platform)}  ${id(image.id)}  ${humanSize(transferred, 3)} in ${count}\n`,
  );
  for (const [index, layer] of layers.entries()) {
    const isLast = index === layers.length - 1;
    const content = layer.contentBytes === undefined ? "" : ` (${humanSize(layer.contentBytes, 3)} of files)`;
    const instruction = visible(layer.instruction).replaceAll(/[\n\t]+/g, " ");
    terminal.out(
      `${isLast ? "└──" : "├──"} ${id(layer.digest)}  ${humanSize(layer.sizeBytes, 3)}${content}\n`,
    );
    const indent = isLast ? "    " : "│   ";
    if (instruction !== "") terminal.out(`${indent} ${isWhole ? instruction : ellipsis(instruction, 100)}\n`);
    if (layer.sharedWith.length > 0)
      terminal.out(`${indent} shared with ${sharedText(layer.sharedWith, isWhole)}\n`);
  }
}

function sharedText(names: readonly string[], isWhole: boolean): string {
  const shown = isWhole ? names : names.slice(0, 5);
  return names.length > shown.length
    ? `${shown.join(", ")} and ${names.length - shown.length} more`
    : shown.join(", ");
}
