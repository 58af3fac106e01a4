import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";

export default {
  name: "network create",
  summary: "Make a network in which containers find each other by name",
  usage: "[OPTIONS] NETWORK",
  description:
    "Prints its ID. It needs neither root nor a daemon: a network is its members, and takes nothing while none of them runs.",
  examples: [
    { call: "network create app", what: "then: run --network app --name db …" },
    {
      call: "network create --internal --subnet 10.99.0.0/24 inner",
      what: "whose containers reach only each other",
    },
  ],
  flags: [
    { name: "subnet", type: "string", value: "ADDRESSES", help: "Its IPv4 addresses (default: free ones)" },
    {
      name: "gateway",
      type: "string",
      value: "ADDRESS",
      help: "The address that no container gets (default: the first)",
    },
    { name: "internal", type: "boolean", help: "Nothing outside is reached" },
    { name: "label", type: "strings", value: "NAME=VALUE", help: "Label of the network" },
    { name: "driver", short: "d", type: "string", value: "DRIVER", help: "bridge: there is no other" },
    {
      name: "opt",
      short: "o",
      type: "strings",
      value: "NAME=VALUE",
      help: "Kept for those who ask; no effect",
    },
    { name: "attachable", type: "boolean", help: "For docker's sake; no effect", hidden: true },
    { name: "ignore", type: "boolean", help: "No error where it is there already" },
  ],
  arguments: { min: 1, max: 1 },
  async run({ flags, terminal, store }) {
    const { createNetwork, findNetwork } = await import("../../container/mod.ts");
    const local = await store();
    const [name] = flags.arguments as [string];
    const driver = flags.string("driver") ?? "bridge";
    if (driver !== "bridge") {
      throw new KasaneError("unsupported", `could not find network driver ${JSON.stringify(driver)}`, {
        hint: "leave --driver away: bridge is the only one",
        data: { exitCode: 1 },
      });
    }
    const present = flags.boolean("ignore") ? findNetwork(local, name) : undefined;
    const { id } =
      present ??
      createNetwork(local, {
        name,
        subnet: flags.string("subnet"),
        gateway: flags.string("gateway"),
        isInternal: flags.boolean("internal"),
        labels: pairs(flags.strings("label")),
        options: pairs(flags.strings("opt")),
      });
    terminal.out(`${id}\n`);
    return 0;
  },
} satisfies Command;

function pairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf("=");
      return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}
