import type { BoundPort } from "../../container/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";

export default {
  name: "port",
  summary: "Show where the ports of a container are reached",
  usage: "CONTAINER [PORT[/PROTOCOL]]",
  examples: [
    { call: "port web", what: "all that are published" },
    { call: "port web 80", what: "one: its address on this machine" },
    { call: "port dns 53/udp", what: "of another protocol than tcp" },
  ],
  flags: [],
  arguments: { min: 1, max: 2 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const { getContainer, hostAddress, portKey } = await import("../../container/mod.ts");
    const [name, wanted] = flags.arguments as [string, string?];
    const { state } = await getContainer(await store(), name);
    const ports = state.kind === "running" ? (state.network?.ports ?? []) : [];
    if (wanted === undefined) {
      const lines = ports.map((port) => `${portKey(port)} -> ${hostAddress(port)}\n`);
      terminal.out(lines.sort().join(""));
      return 0;
    }
    const key = keyOf(wanted);
    const found = ports.filter((port: BoundPort) => portKey(port) === key);
    if (found.length === 0) {
      throw new KasaneError("not-found", `no public port '${wanted}' published for ${name}`, {
        hint: `'kasane port ${name}' lists those there are`,
        data: { exitCode: 1 },
      });
    }
    terminal.out(found.map((port) => `${hostAddress(port)}\n`).join(""));
    return 0;
  },
} satisfies Command;

function keyOf(text: string): string {
  if (/^\d{1,5}$/.test(text)) return `${text}/tcp`;
  if (/^\d{1,5}\/(tcp|udp|sctp)$/.test(text)) return text;
  throw new KasaneError("usage", `invalid port ${JSON.stringify(text)}`, {
    hint: "for example 80 or 53/udp",
    data: { exitCode: 1 },
  });
}
