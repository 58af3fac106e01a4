import type { Command } from "../command.ts";

const letters = { added: "A", changed: "C", deleted: "D" };

export default {
  name: "diff",
  summary: "List what a container has changed in its file system",
  usage: "CONTAINER",
  description: "A is added, C changed, D deleted. A directory is changed when something in it is.",
  examples: [
    { call: "diff my-container", what: "before a commit: what would become the new layer" },
    { call: "diff my-container | grep '^D'", what: "only what was deleted" },
  ],
  flags: [],
  arguments: { min: 1, max: 1 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store }) {
    const { containerChanges, getContainer } = await import("../../container/mod.ts");
    const local = await store();
    const changes = await containerChanges(local, await getContainer(local, flags.arguments[0]!));
    for (const { kind, path } of changes) terminal.out(`${letters[kind]} /${path}\n`);
    return 0;
  },
} satisfies Command;
