import type { Command } from "../command.ts";

export default {
  name: "network disconnect",
  summary: "End a container's membership in a network",
  usage: "[OPTIONS] NETWORK CONTAINER",
  examples: [
    { call: "network disconnect app web", what: "at once, where it runs" },
    { call: "network disconnect old web", what: "also from a network that is gone" },
  ],
  flags: [{ name: "force", short: "f", type: "boolean", help: "For docker's sake; no effect", hidden: true }],
  arguments: { min: 2, max: 2 },
  async run({ flags, store }) {
    const { disconnectContainer, findNetwork, getContainer } = await import("../../container/mod.ts");
    const [network, name] = flags.arguments as [string, string];
    const local = await store();
    // Also from one that has been removed.
    const known = findNetwork(local, network)?.name ?? network;
    await disconnectContainer(local, await getContainer(local, name), known);
    return 0;
  },
} satisfies Command;
