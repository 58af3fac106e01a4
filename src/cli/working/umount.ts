import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { formatError } from "../text/error-output.ts";

export default {
  name: "umount",
  summary: "Unmount working containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description: "What was changed there stays in the container. Prints the ID of each that was mounted.",
  examples: [
    { call: "umount debian-working-container", what: "one" },
    { call: "umount --all", what: "all that are mounted" },
  ],
  flags: [{ name: "all", short: "a", type: "boolean", help: "All that are mounted" }],
  arguments: { min: 0 },
  wrongCallCode: 125,
  async run({ flags, terminal, store }) {
    const { getWorkingContainer, isWorking, listContainers, unmountRoot } = await import(
      "../../container/mod.ts"
    );
    const all = flags.boolean("all");
    if (all === flags.arguments.length > 0) {
      throw new KasaneError("usage", all ? "--all takes no containers" : "no container is named", {
        hint: "name containers, or give --all",
      });
    }
    const local = await store();
    if (all) {
      for (const { id } of (await listContainers(local)).filter(isWorking).reverse()) {
        if (unmountRoot(local, id)) terminal.out(`${id}\n`);
      }
      return 0;
    }
    let failed = false;
    for (const name of flags.arguments) {
      try {
        const { id } = await getWorkingContainer(local, name);
        if (unmountRoot(local, id)) terminal.out(`${id}\n`);
      } catch (error) {
        if (!isKasaneError(error)) throw error;
        terminal.err(formatError(error));
        failed = true;
      }
    }
    return failed ? 125 : 0;
  },
} satisfies Command;
