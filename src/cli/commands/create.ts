import type { Command } from "../command.ts";
import { attachedStreams, attachFlags } from "../containers/attach-flags.ts";
import { containerFlags, containerOptions } from "../containers/new-container.ts";

export default {
  name: "create",
  summary: "Make a container without running it",
  usage: "[OPTIONS] IMAGE [COMMAND] [ARGUMENTS...]",
  description: "Prints its ID. Files can be copied into and out of it.",
  examples: [
    { call: "create --name files my-app:v1", what: "a container to look into" },
    { call: "create --name files my-app:v1 true", what: "of an image that names no command" },
  ],
  flags: [
    { name: "interactive", short: "i", type: "boolean", help: "Keep its standard input open" },
    { name: "tty", short: "t", type: "boolean", help: "Give it a terminal" },
    { name: "rm", type: "boolean", help: "Remove the container when it ends" },
    ...attachFlags.map((flag) => ({ ...flag, hidden: true })),
    ...containerFlags,
  ],
  arguments: { min: 1 },
  stopAtFirstArgument: true,
  needsPrivilege: "where-possible",
  async run(context) {
    attachedStreams(context.flags);
    const { createContainer } = await import("../../container/mod.ts");
    const store = await context.store();
    const { id } = await createContainer(store, {
      ...(await containerOptions(context, store)),
      removeWhenDone: context.flags.boolean("rm"),
    });
    context.terminal.out(`${id}\n`);
    return 0;
  },
} satisfies Command;
