import type { Command } from "../command.ts";

export default {
  name: "registry rotate-key",
  summary: "Sign the registry's tokens with a new key",
  usage: "",
  description:
    "Running servers use the new key within a minute. Tokens signed with the last two keys are good until they end; do it three times, and nothing signed before is taken any more: everybody logs in again.",
  examples: [
    { call: "registry rotate-key", what: "a new key" },
    { call: "--root /var/lib/registry registry rotate-key", what: "for the server of another store" },
  ],
  flags: [],
  arguments: { min: 0, max: 0 },
  async run({ store }) {
    const { rotateSigningKey } = await import("../../access/mod.ts");
    await rotateSigningKey((await store()).meta.settings);
    return 0;
  },
} satisfies Command;
