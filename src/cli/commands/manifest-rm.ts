import type { Command } from "../command.ts";
import { eachName } from "../each-name.ts";

export default {
  name: "manifest rm",
  summary: "Remove manifest lists from this store",
  usage: "LIST [LIST...]",
  description: "The images stay; what is in a registry stays there.",
  examples: [
    { call: "manifest rm app:v1", what: "the list only" },
    { call: "manifest rm app:v1 app:v2", what: "several lists" },
  ],
  flags: [],
  arguments: { min: 1 },
  async run({ flags, terminal, store }) {
    const { removeManifestList } = await import("../../sync/mod.ts");
    const local = await store();
    const isDone = await eachName(flags.arguments, terminal, async (name) => {
      await removeManifestList(local, name);
      return undefined;
    });
    return isDone ? 0 : 1;
  },
} satisfies Command;
