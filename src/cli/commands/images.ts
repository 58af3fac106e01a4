import type { Command } from "../command.ts";
import { filterFlag, parseFilters } from "../filters.ts";
import { usage } from "../flags.ts";
import { rowFormatFlag, writeRows } from "../format/row-format.ts";
import { imageFormat, imageRows } from "../images/image-rows.ts";
import { imageFilters, selectImages } from "../images/select-images.ts";
import { configuredFormat } from "../registries/docker-config.ts";

export default {
  name: "images",
  summary: "List images",
  usage: "[OPTIONS] [REPOSITORY[:TAG]]",
  description: `Filters: dangling=true|false, label=KEY[=VALUE], label!=KEY[=VALUE], before=IMAGE, since=IMAGE,
until=TIME or how long ago, reference=PATTERN.`,
  examples: [
    { call: "images", what: "every image with a name, and what old builds left behind" },
    { call: "images nginx", what: "the tags of one repository" },
    { call: "images 'localhost:5000/*/*'", what: "what a pattern matches; * stops at slashes" },
    { call: "images --filter dangling=true -q", what: "the IDs of images that lost their name" },
    { call: "images --filter since=nginx:alpine", what: "what is newer than an image" },
    { call: "images --format '{{.Repository}}:{{.Tag}} {{.Size}}'", what: "columns of one's own" },
    { call: "images --tree", what: "platforms and sizes: moved, stored, unpacked, shared, freed" },
    { call: "images --format json", what: "one JSON object a line" },
  ],
  flags: [
    { name: "all", short: "a", type: "boolean", help: "All images (Kasane keeps no intermediate ones)" },
    { name: "quiet", short: "q", type: "boolean", help: "Only image IDs" },
    { name: "no-trunc", type: "boolean", help: "Whole IDs" },
    { name: "digests", type: "boolean", help: "Show digests" },
    filterFlag,
    rowFormatFlag,
    {
      name: "tree",
      type: "boolean",
      help: "Platforms of each image, with what they take, share, and would free",
    },
  ],
  arguments: { min: 0, max: 1 },
  onlyReads: true,
  async run({ flags, terminal, store, env }) {
    const isQuiet = flags.boolean("quiet");
    const hasDigests = flags.boolean("digests");
    const noTrunc = flags.boolean("no-trunc");
    const given = flags.string("format") || undefined;
    const wanted = flags.arguments[0] ? [`reference=${flags.arguments[0]}`] : [];
    const filters = parseFilters([...flags.strings("filter"), ...wanted], imageFilters, "images");
    if (flags.boolean("tree")) {
      if (isQuiet || hasDigests) {
        throw usage(`--${isQuiet ? "quiet" : "digests"} is not supported with --tree`, "images");
      }
      const { writeImagesTree } = await import("./images-tree.ts");
      const local = await store();
      const images = await selectImages(local, filters);
      await writeImagesTree(terminal, local, images, { isWhole: noTrunc, format: given });
      return 0;
    }
    const format = given ?? (isQuiet ? undefined : configuredFormat(env, "imagesFormat"));
    const withDigests = hasDigests || format?.includes("{{.Digest}}") === true;
    const rows = imageRows(await selectImages(await store(), filters), { withDigests });
    const kind = imageFormat({ noTrunc, withDigests, isQuiet });
    writeRows(terminal, rows, kind, { format: withColumn(format, hasDigests), isQuiet });
    return 0;
  },
} satisfies Command;

/** A table of one's own gets the digests it was asked for as its last column. */
function withColumn(format: string | undefined, hasDigests: boolean): string | undefined {
  const isTable = format?.startsWith("table ") === true;
  return isTable && hasDigests && !format.includes("{{.Digest}}") ? `${format}\\t{{.Digest}}` : format;
}
