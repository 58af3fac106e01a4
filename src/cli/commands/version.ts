import packageJson from "../../../package.json" with { type: "json" };
import type { Command } from "../command.ts";
import { objectFormat, wantsJson } from "../format-flag.ts";

export default {
  name: "version",
  summary: "Show the version",
  usage: "[--format json]",
  examples: [
    { call: "version", what: "versions of Kasane and of its runtime" },
    { call: "version --format json", what: "the same for a program" },
  ],
  flags: [objectFormat],
  arguments: { min: 0, max: 0 },
  async run({ flags, terminal }) {
    const facts = {
      Version: packageJson.version,
      Bun: Bun.version,
      Os: process.platform,
      Arch: process.arch === "x64" ? "amd64" : process.arch,
    };
    if (wantsJson(flags, "version")) terminal.out(`${JSON.stringify(facts)}\n`);
    else terminal.out(`kasane ${facts.Version} (bun ${facts.Bun}, ${facts.Os}/${facts.Arch})\n`);
    return 0;
  },
} satisfies Command;
