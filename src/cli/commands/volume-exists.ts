import type { Command } from "../command.ts";

export default {
  name: "volume exists",
  summary: "Ask whether there is a volume",
  usage: "VOLUME",
  description: "Ends with 0 where there is one, and with 1 where not.",
  examples: [
    { call: "volume exists data", what: "exit code 0 or 1" },
    { call: "volume exists cache", what: "in a script, before it is created" },
  ],
  flags: [],
  arguments: { min: 1, max: 1 },
  onlyReads: true,
  async run({ flags, store }) {
    const { readVolume } = await import("../../store/mod.ts");
    return readVolume((await store()).root, flags.arguments[0]!) === undefined ? 1 : 0;
  },
} satisfies Command;
