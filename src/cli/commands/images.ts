import { familiarName, parseReference } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Command } from "../command.ts";
import { type ParsedFlags, usage } from "../flags.ts";
import { listFormat, wantsJson } from "../format-flag.ts";
import { type ImageRow, imageRows } from "../image-rows.ts";
import { imageSummaries } from "../image-summaries.ts";
import { formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { humanAgo, humanSize } from "../units.ts";

export default {
  name: "images",
  summary: "List images",
  usage: "[OPTIONS] [REPOSITORY[:TAG]]",
  examples: [
    { call: "images", what: "every image with a name, and what old builds left behind" },
    { call: "images nginx", what: "the tags of one repository" },
    { call: "images -q --no-trunc", what: "whole image IDs for a script" },
    { call: "images --tree", what: "platforms and sizes: moved, stored, unpacked, shared, freed" },
    { call: "images --format json", what: "one JSON object a line" },
  ],
  flags: [
    { name: "all", short: "a", type: "boolean", help: "All images (Kasane keeps no intermediate ones)" },
    { name: "quiet", short: "q", type: "boolean", help: "Only image IDs" },
    { name: "no-trunc", type: "boolean", help: "Whole IDs" },
    { name: "digests", type: "boolean", help: "Show digests" },
    listFormat,
    {
      name: "tree",
      type: "boolean",
      help: "Platforms of each image, with what they take, share, and would free",
    },
  ],
  arguments: { min: 0, max: 1 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    if (flags.boolean("tree")) return tree(await store(), flags, terminal);
    let rows = await imageRows(await store(), { truncateIds: !flags.boolean("no-trunc") });
    const wanted = flags.arguments[0];
    if (wanted !== undefined) {
      const reference = parseReference(wanted);
      rows = rows.filter(
        (row) =>
          row.repository === familiarName(reference) &&
          (reference.tag === undefined || row.tag === reference.tag),
      );
    }
    if (flags.boolean("quiet")) {
      for (const id of new Set(rows.map((row) => row.id))) terminal.out(`${id}\n`);
    } else if (wantsJson(flags, "images")) {
      for (const row of rows) terminal.out(`${JSON.stringify(jsonRow(row))}\n`);
    } else {
      terminal.out(table(rows, flags.boolean("digests")));
    }
    return 0;
  },
} satisfies Command;

function table(rows: readonly ImageRow[], withDigests: boolean): string {
  const now = Date.now();
  const digest = (text: string) => (withDigests ? [text] : []);
  return formatTable([
    ["REPOSITORY", "TAG", ...digest("DIGEST"), "IMAGE ID", "CREATED", "SIZE"],
    ...rows.map((row) => [
      row.repository,
      row.tag,
      ...digest(row.digest),
      row.id,
      humanAgo(row.createdAtMs, now),
      humanSize(row.sizeBytes, 3),
    ]),
  ]);
}

function jsonRow(row: ImageRow): Record<string, string> {
  return {
    Repository: row.repository,
    Tag: row.tag,
    ID: row.id,
    Digest: row.digest,
    CreatedAt: row.createdAtMs === undefined ? "N/A" : new Date(row.createdAtMs).toISOString(),
    CreatedSince: humanAgo(row.createdAtMs, Date.now()),
    Size: humanSize(row.sizeBytes, 3),
  };
}

async function tree(store: LocalStore, flags: ParsedFlags, terminal: Terminal): Promise<number> {
  for (const name of ["quiet", "digests"]) {
    if (flags.boolean(name)) throw usage(`--${name} is not supported with --tree`, "images");
  }
  const wanted = flags.arguments[0];
  const reference = wanted === undefined ? undefined : parseReference(wanted);
  const isWanted = (name: string) => {
    const { tag, ...repository } = parseReference(name);
    return (
      familiarName(repository) === familiarName(reference!) &&
      (reference!.tag === undefined || reference!.tag === tag)
    );
  };
  const images = (await imageSummaries(store)).filter(
    ({ record }) => reference === undefined || record.names.some(isWanted),
  );
  const { writeImagesTree } = await import("./images-tree.ts");
  await writeImagesTree(terminal, store, images, {
    isWhole: flags.boolean("no-trunc"),
    format: flags.string("format"),
  });
  return 0;
}
