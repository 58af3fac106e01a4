import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { eachName } from "../each-name.ts";

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
    const isDone = await eachName(flags.arguments, terminal, async (name) => {
      const { id } = await getWorkingContainer(local, name);
      return unmountRoot(local, id) ? id : undefined;
    });
    return isDone ? 0 : 125;
  },
} satisfies Command;
