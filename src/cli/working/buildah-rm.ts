import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { eachName } from "../each-name.ts";

export default {
  name: "buildah rm",
  summary: "Remove working containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description: "They are unmounted first. Prints the ID of each. Containers of 'run' and 'create' stay.",
  examples: [
    { call: "buildah rm debian-working-container", what: "one" },
    { call: "buildah rm --all", what: "all working containers" },
  ],
  flags: [{ name: "all", short: "a", type: "boolean", help: "All working containers" }],
  arguments: { min: 0 },
  wrongCallCode: 125,
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store }) {
    const { getWorkingContainer, isWorking, listContainers, removeContainer, sweepContainers } = await import(
      "../../container/mod.ts"
    );
    const all = flags.boolean("all");
    if (all === flags.arguments.length > 0) {
      throw new KasaneError("usage", all ? "--all takes no containers" : "no container is named", {
        hint: "name containers, or give --all",
      });
    }
    const local = await store();
    await sweepContainers(local);
    const names = all
      ? (await listContainers(local))
          .filter(isWorking)
          .reverse()
          .map(({ id }) => id)
      : flags.arguments;
    const isDone = await eachName(names, terminal, async (name) => {
      const container = await getWorkingContainer(local, name);
      await removeContainer(local, container);
      return container.id;
    });
    return isDone ? 0 : 125;
  },
} satisfies Command;
