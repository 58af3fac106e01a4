import { isKasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";

export default {
  name: "container exists",
  summary: "Ask whether there is a container",
  usage: "CONTAINER",
  description: "Ends with 0 where there is one, running or not, and with 1 where not.",
  examples: [
    { call: "container exists web", what: "exit code 0 or 1" },
    { call: "container exists db", what: "in a script, before it is created" },
  ],
  flags: [],
  arguments: { min: 1, max: 1 },
  onlyReads: true,
  async run({ flags, store }) {
    const { getContainer } = await import("../../container/mod.ts");
    try {
      await getContainer(await store(), flags.arguments[0]!);
      return 0;
    } catch (error) {
      if (isKasaneError(error, "not-found")) return 1;
      throw error;
    }
  },
} satisfies Command;
