import type { DeletedTag } from "../../meta/mod.ts";
import type { Command } from "../command.ts";
import { type RowFormat, rowFormatFlag, writeRows } from "../format/row-format.ts";
import { humanAgo, humanDuration } from "../text/units.ts";

export default {
  name: "registry deleted",
  summary: "List deleted tags that can be brought back",
  usage: "[OPTIONS] [REPOSITORY...]",
  description:
    "Tags of hosted repositories that were deleted, or moved to another image, within the undo window.",
  examples: [
    { call: "registry deleted team/app", what: "of one repository" },
    { call: "registry restore team/app:v1", what: "bring one back" },
  ],
  flags: [rowFormatFlag],
  arguments: { min: 0 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const { repositories } = (await store()).meta;
    const names = flags.arguments.length > 0 ? flags.arguments : [undefined];
    const found = (await Promise.all(names.map((name) => repositories.deletedTags(name)))).flat();
    writeRows(terminal, found, deletedTagFormat(Date.now()), { format: flags.string("format") });
    return 0;
  },
} satisfies Command;

function deletedTagFormat(nowMs: number): RowFormat<DeletedTag> {
  return {
    typeName: "*registry.deletedTag",
    table: "{{.Name}}\t{{.ShortDigest}}\t{{.Deleted}}\t{{.Expires}}",
    fields: {
      repository: { value: ({ repository }) => repository },
      tag: { value: ({ tag }) => tag },
      digest: { value: ({ digest }) => digest },
      deletedAt: { value: ({ deletedAtMs }) => new Date(deletedAtMs).toISOString() },
      expiresAt: { value: ({ expiresAtMs }) => new Date(expiresAtMs).toISOString() },
      Name: { header: "TAG", isForTables: true, value: ({ repository, tag }) => `${repository}:${tag}` },
      ShortDigest: { header: "DIGEST", isForTables: true, value: ({ digest }) => digest.slice(0, 19) },
      Deleted: {
        header: "DELETED",
        isForTables: true,
        value: ({ deletedAtMs }) => humanAgo(deletedAtMs, nowMs),
      },
      Expires: {
        header: "EXPIRES",
        isForTables: true,
        value: ({ expiresAtMs }) => `in ${humanDuration(expiresAtMs - nowMs)}`,
      },
    },
  };
}
