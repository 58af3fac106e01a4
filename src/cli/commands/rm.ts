import { isKasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { stopContainer } from "../containers/stop-container.ts";
import { formatError } from "../error-output.ts";

export default {
  name: "rm",
  summary: "Remove one or more containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description: "What the container wrote goes with it; its image stays.",
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
    { name: "volumes", short: "v", type: "boolean", help: "No effect yet, for docker's sake", hidden: true },
  ],
  arguments: { min: 1 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store }) {
    const { getContainer, removeContainer } = await import("../../container/mod.ts");
    const local = await store();
    let failed = false;
    for (const name of flags.arguments) {
      try {
        if (flags.boolean("force"))
          await stopContainer(local, await getContainer(local, name), { timeoutS: 0 });
        await removeContainer(local, await getContainer(local, name));
        terminal.out(`${name}\n`);
      } catch (error) {
        if (flags.boolean("force") && isKasaneError(error, "not-found")) continue;
        terminal.err(formatError(error));
        failed = true;
      }
    }
    return failed ? 1 : 0;
  },
} satisfies Command;
