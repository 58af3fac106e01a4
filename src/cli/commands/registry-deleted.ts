import type { Command } from "../command.ts";
import { listFormat, wantsJson } from "../format-flag.ts";
import { formatTable } from "../table.ts";
import { humanAgo, humanDuration } from "../units.ts";

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
  flags: [listFormat],
  arguments: { min: 0 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const { repositories } = (await store()).meta;
    const names = flags.arguments.length > 0 ? flags.arguments : [undefined];
    const found = (await Promise.all(names.map((name) => repositories.deletedTags(name)))).flat();
    if (wantsJson(flags, "registry deleted")) {
      for (const { deletedAtMs, expiresAtMs, ...tag } of found) {
        const times = { deletedAt: new Date(deletedAtMs), expiresAt: new Date(expiresAtMs) };
        terminal.out(`${JSON.stringify({ ...tag, ...times })}\n`);
      }
      return 0;
    }
    const nowMs = Date.now();
    const rows = found.map((tag) => [
      `${tag.repository}:${tag.tag}`,
      tag.digest.slice(0, 19),
      humanAgo(tag.deletedAtMs, nowMs),
      `in ${humanDuration(tag.expiresAtMs - nowMs)}`,
    ]);
    terminal.out(formatTable([["TAG", "DIGEST", "DELETED", "EXPIRES"], ...rows]));
    return 0;
  },
} satisfies Command;
