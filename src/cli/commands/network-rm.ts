import { isKasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { eachName } from "../each-name.ts";

export default {
  name: "network rm",
  summary: "Remove one or more networks",
  usage: "[OPTIONS] NETWORK [NETWORK...]",
  description: "Not while containers run in it.",
  examples: [
    { call: "network rm app", what: "by name; an ID or the beginning of one works as well" },
    { call: "network rm -f app old", what: "also where one is not there" },
  ],
  flags: [{ name: "force", short: "f", type: "boolean", help: "No error for those that are not there" }],
  arguments: { min: 1 },
  async run({ flags, terminal, store }) {
    const { getNetwork, removeNetwork } = await import("../../container/mod.ts");
    const local = await store();
    const isDone = await eachName(flags.arguments, terminal, async (name) => {
      try {
        removeNetwork(local, getNetwork(local, name));
        return name;
      } catch (error) {
        if (flags.boolean("force") && isKasaneError(error, "not-found")) return undefined;
        throw error;
      }
    });
    return isDone ? 0 : 1;
  },
} satisfies Command;
