import type { Network } from "../../container/mod.ts";
import type { Command } from "../command.ts";
import { filterFlag, matchesLabels, parseFilters } from "../filters.ts";
import { type RowFormat, rowFormatFlag, writeRows } from "../format/row-format.ts";
import { goTime } from "../text/go-time.ts";

const filterNames = ["driver", "id", "label", "label!", "name", "scope", "type"];

export default {
  name: "network ls",
  summary: "List networks",
  usage: "[OPTIONS]",
  examples: [
    { call: "network ls", what: "those there are" },
    { call: "network ls -q --filter label=team=web", what: "IDs of some" },
  ],
  flags: [
    { name: "quiet", short: "q", type: "boolean", help: "Only IDs" },
    { name: "no-trunc", type: "boolean", help: "Whole IDs" },
    { ...filterFlag, help: "Only what matches, for example name=app or type=custom" },
    rowFormatFlag,
  ],
  arguments: { min: 0, max: 0 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const { builtInNetworks, driverOf, listNetworks } = await import("../../container/mod.ts");
    const filters = parseFilters(flags.strings("filter"), filterNames, "network ls");
    const isOne = (name: string, matches: (value: string) => boolean) =>
      filters.get(name)?.some(matches) ?? true;
    const custom = listNetworks(await store());
    const networks = [...builtInNetworks(), ...custom]
      .filter(
        (network) =>
          isOne("name", (value) => network.name.includes(value)) &&
          isOne("id", (value) => network.id.startsWith(value)) &&
          isOne("driver", (value) => driverOf(network) === value) &&
          isOne("scope", (value) => value === "local") &&
          isOne("type", (value) => value === (custom.includes(network) ? "custom" : "builtin")) &&
          matchesLabels(filters, network.labels),
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const rows = networkFormat(flags.boolean("no-trunc"), driverOf);
    writeRows(terminal, networks, rows, { format: flags.string("format"), isQuiet: flags.boolean("quiet") });
    return 0;
  },
} satisfies Command;

function networkFormat(isWhole: boolean, driverOf: (network: Network) => string): RowFormat<Network> {
  return {
    typeName: "*network.networkContext",
    table: "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
    quiet: "{{.ID}}",
    fields: {
      ID: { header: "NETWORK ID", value: ({ id }) => (isWhole ? id : id.slice(0, 12)) },
      Name: { header: "NAME", value: ({ name }) => name },
      Driver: { header: "DRIVER", value: driverOf },
      Scope: { header: "SCOPE", value: () => "local" },
      IPv6: { header: "IPV6", value: () => "false" },
      Internal: { header: "INTERNAL", value: ({ isInternal }) => String(isInternal) },
      CreatedAt: { header: "CREATED AT", value: ({ createdAtMs }) => goTime(createdAtMs) },
      Labels: {
        header: "LABELS",
        value: ({ labels }) =>
          Object.entries(labels)
            .map(([name, value]) => `${name}=${value}`)
            .join(","),
      },
      Label: {
        takesArgument: true,
        value: ({ labels }, name) => (Object.hasOwn(labels, name!) ? labels[name!] : ""),
      },
    },
  };
}
