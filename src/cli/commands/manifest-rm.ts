import type { Command } from "../command.ts";
import { formatError } from "../text/error-output.ts";

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
    let failed = false;
    for (const name of flags.arguments) {
      try {
        await removeManifestList(local, name);
      } catch (error) {
        terminal.err(formatError(error));
        failed = true;
      }
    }
    return failed ? 1 : 0;
  },
} satisfies Command;
