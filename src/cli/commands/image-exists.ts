import { isKasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";

export default {
  name: "image exists",
  summary: "Ask whether there is an image",
  usage: "IMAGE",
  description: "Ends with 0 where it is in the store, by name or ID, and with 1 where not.",
  examples: [
    { call: "image exists my-app:v1", what: "exit code 0 or 1" },
    { call: "image exists debian:bookworm-slim", what: "in a script, before it is pulled" },
  ],
  flags: [],
  arguments: { min: 1, max: 1 },
  onlyReads: true,
  async run({ flags, store }) {
    try {
      await (await store()).find(flags.arguments[0]!);
      return 0;
    } catch (error) {
      if (isKasaneError(error, "not-found")) return 1;
      throw error;
    }
  },
} satisfies Command;
