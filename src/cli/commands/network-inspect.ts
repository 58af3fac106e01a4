import type { Command } from "../command.ts";
import { checkObjectFormat, formatObject } from "../format/object-format.ts";
import { objectFormatFlag } from "../format/object-format-flag.ts";
import { formatError } from "../text/error-output.ts";
import { goJson } from "../text/go-json.ts";

export default {
  name: "network inspect",
  summary: "Show everything about networks as JSON",
  usage: "[OPTIONS] NETWORK [NETWORK...]",
  examples: [
    { call: "network inspect app", what: "its addresses, and the containers that run in it" },
    { call: "network inspect -f '{{range .Containers}}{{.Name}} {{end}}' app", what: "only their names" },
  ],
  flags: [
    objectFormatFlag,
    { name: "verbose", short: "v", type: "boolean", help: "For docker's sake; no effect", hidden: true },
  ],
  arguments: { min: 1 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const { builtInNetworks, getNetwork, inspectNetwork } = await import("../../container/mod.ts");
    const format = flags.string("format") || undefined;
    checkObjectFormat(format);
    const local = await store();
    const found: Record<string, unknown>[] = [];
    const errors: unknown[] = [];
    for (const name of flags.arguments) {
      try {
        const builtIn = builtInNetworks().find((one) => one.name === name);
        found.push(inspectNetwork(local, builtIn ?? getNetwork(local, name)));
      } catch (error) {
        errors.push(error);
      }
    }
    if (format === undefined) terminal.out(found.length > 0 ? `${goJson(found, 4)}\n` : "[]\n");
    else for (const one of found) terminal.out(`${formatObject(format, one, "types.NetworkResource")}\n`);
    for (const error of errors) terminal.err(formatError(error));
    return errors.length > 0 ? 1 : 0;
  },
} satisfies Command;
