import { version } from "../../../package.json" with { type: "json" };
import type { Command } from "../command.ts";
import { objectFormatFlag } from "../format/object-format-flag.ts";

export default {
  name: "version",
  summary: "Show the version",
  usage: "[OPTIONS]",
  description:
    "In docker's layout. There is no server: every command does its own work, so .Server is nothing, as docker has it where no daemon answers.",
  examples: [
    { call: "version", what: "versions of Kasane and of its runtime" },
    { call: "version --format '{{.Client.Version}}'", what: "the number only" },
  ],
  flags: [
    objectFormatFlag,
    { name: "short", type: "boolean", help: "One line, as --version prints", hidden: true },
  ],
  arguments: { min: 0, max: 0 },
  async run({ flags, terminal }) {
    const client = clientVersion();
    const format = flags.string("format");
    if (flags.boolean("short")) {
      await terminal.print(`kasane ${client.Version} (bun ${Bun.version}, ${client.Os}/${client.Arch})\n`);
    } else if (format !== undefined) {
      const { formatObject } = await import("../format/object-format.ts");
      await terminal.print(
        `${formatObject(format, { Client: client, Server: null }, "system.versionInfo")}\n`,
      );
    } else {
      await terminal.print(
        [
          "Client: Kasane",
          ` Version:           ${client.Version}`,
          ` Runtime:           ${client.Runtime}`,
          ` OS/Arch:           ${client.Os}/${client.Arch}`,
          "",
          "Server: none, no daemon is needed",
          "",
        ].join("\n"),
      );
    }
    return 0;
  },
} satisfies Command;

/** What docker tells of its client, with the runtime that this one has. */
export function clientVersion() {
  return {
    Platform: { Name: "Kasane" },
    Version: version,
    Runtime: `Bun ${Bun.version}`,
    Os: process.platform === "win32" ? "windows" : process.platform,
    Arch: process.arch === "x64" ? "amd64" : process.arch,
  };
}
