import type { Command } from "../command.ts";

export default {
  name: "rename",
  summary: "Give a container another name",
  usage: "CONTAINER NEW_NAME",
  description: "Also while it runs: containers of its networks find it by the new name then.",
  examples: [
    { call: "rename stupefied_joliot web", what: "a name that says what it is" },
    { call: "rename web web-old", what: "makes room for another one of that name" },
  ],
  flags: [],
  arguments: { min: 2, max: 2 },
  async run({ flags, store }) {
    const { getContainer, newContainerName, renameMember } = await import("../../container/mod.ts");
    const [former, wanted] = flags.arguments as [string, string];
    const name = newContainerName(wanted, 1);
    const local = await store();
    const container = await getContainer(local, former);
    await local.meta.containers.rename(container.id, name);
    if (container.state.kind === "running") await renameMember(local, container, name);
    return 0;
  },
} satisfies Command;
