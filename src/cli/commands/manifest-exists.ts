import type { Command } from "../command.ts";

export default {
  name: "manifest exists",
  summary: "Ask whether there is a manifest list",
  usage: "LIST",
  examples: [
    { call: "manifest exists app:v1", what: "exit code 0 or 1" },
    { call: "manifest exists app:v1 && kasane manifest push app:v1", what: "push it where there is one" },
  ],
  flags: [],
  arguments: { min: 1, max: 1 },
  onlyReads: true,
  async run({ flags, store }) {
    const { findManifestList } = await import("../../sync/mod.ts");
    return (await findManifestList(await store(), flags.arguments[0]!)) ? 0 : 1;
  },
} satisfies Command;
