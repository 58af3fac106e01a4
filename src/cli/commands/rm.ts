import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { stopContainer } from "../containers/stop-container.ts";
import { eachName } from "../each-name.ts";

export default {
  name: "rm",
  summary: "Remove one or more containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description:
    "What the container wrote goes with it; its image and its volumes stay. A working container is unmounted first.",
  examples: [
    { call: "rm my-container", what: "by name; an ID or the beginning of one works as well" },
    { call: "rm -f web db", what: "several, also where one runs or is not there" },
  ],
  flags: [
    {
      name: "force",
      short: "f",
      type: "boolean",
      help: "Kill those that run, and no error for those that are not there",
    },
    {
      name: "all",
      short: "a",
      type: "boolean",
      help: "All containers that do not run, working containers too",
    },
    {
      name: "volumes",
      short: "v",
      type: "boolean",
      help: "Also the volumes that were made for them and have no name of somebody's choice",
    },
  ],
  arguments: { min: 0 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store }) {
    const { clearLostRuns, getContainer, listContainers, removeContainer } = await import(
      "../../container/mod.ts"
    );
    const isAll = flags.boolean("all");
    if (isAll === flags.arguments.length > 0) {
      throw new KasaneError(
        "usage",
        isAll ? "--all takes no containers" : '"kasane rm" requires at least 1 argument',
        { hint: "name containers, or give --all", data: { exitCode: 1 } },
      );
    }
    const local = await store();
    const stopped = async () =>
      (await listContainers(local)).filter(({ state }) => state.kind !== "running").map(({ id }) => id);
    const names = isAll ? await stopped() : flags.arguments;
    const isForced = flags.boolean("force");
    const isDone = await eachName(names, terminal, async (name) => {
      try {
        if (isForced) await stopContainer(local, await getContainer(local, name), { timeoutS: 0 });
        await removeContainer(local, await getContainer(local, name), { volumes: flags.boolean("volumes") });
        return name;
      } catch (error) {
        if (isForced && isKasaneError(error, "not-found")) return undefined;
        throw error;
      }
    });
    await clearLostRuns(local);
    return isDone ? 0 : 1;
  },
} satisfies Command;
