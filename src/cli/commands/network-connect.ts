import type { Command } from "../command.ts";

export default {
  name: "network connect",
  summary: "Make a container a member of a network",
  usage: "[OPTIONS] NETWORK CONTAINER",
  description: "At once where it runs, else from its next start on.",
  examples: [
    { call: "network connect app web", what: "web and those in app find each other by name" },
    { call: "network connect --alias db app postgres", what: "it is called db there, too" },
  ],
  flags: [
    { name: "alias", type: "strings", value: "NAME", help: "What it is called there beside its name" },
    { name: "ip", type: "string", value: "ADDRESS", help: "Its address there (default: a free one)" },
  ],
  arguments: { min: 2, max: 2 },
  async run({ flags, store }) {
    const { connectContainer, getContainer } = await import("../../container/mod.ts");
    const [network, name] = flags.arguments as [string, string];
    const local = await store();
    const address = flags.string("ip");
    await connectContainer(local, await getContainer(local, name), {
      ...{ network, aliases: flags.strings("alias") },
      ...(address !== undefined && { address }),
    });
    return 0;
  },
} satisfies Command;
