import type { Command } from "../command.ts";
import { newImageName } from "../new-image-name.ts";

export default {
  name: "commit",
  summary: "Make an image from a container's changes",
  usage: "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
  examples: [
    { call: "commit my-container my-app:snapshot", what: "what the container changed becomes a layer" },
    {
      call: "commit -c 'CMD [\"server\"]' -m 'with tools' my-container my-app",
      what: "with another command and a comment",
    },
  ],
  flags: [
    { name: "author", short: "a", type: "string", value: "NAME", help: "Author of the image" },
    {
      name: "change",
      short: "c",
      type: "strings",
      value: "INSTRUCTION",
      help: "A Dockerfile instruction for its configuration",
    },
    { name: "message", short: "m", type: "string", value: "TEXT", help: "Comment in the history" },
    { name: "pause", short: "p", type: "boolean", help: "Stop the container meanwhile (default true)" },
    { name: "iidfile", type: "string", value: "FILE", help: "Write the image ID to a file" },
    { name: "quiet", short: "q", type: "boolean", help: "As podman; nothing but the ID is said anyway" },
    { name: "no-pause", type: "boolean", help: "Let it go on meanwhile" },
  ],
  arguments: { min: 1, max: 2 },
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store }) {
    const [{ commitContainer, getContainer }, { applyChanges }] = await Promise.all([
      import("../../container/mod.ts"),
      import("../../build/mod.ts"),
    ]);
    const local = await store();
    const [name, target] = flags.arguments as [string, string | undefined];
    const names = target === undefined ? [] : [newImageName(target)];
    const container = await getContainer(local, name);
    const message = flags.string("message");
    const author = flags.string("author");
    const id = await commitContainer(local, container, {
      names,
      change: (config) => applyChanges(config, flags.strings("change")),
      pause: flags.boolean("no-pause") ? false : (flags.maybeBoolean("pause") ?? true),
      ...(message !== undefined && { message }),
      ...(author !== undefined && { author }),
    });
    const idFile = flags.string("iidfile");
    if (idFile !== undefined) await Bun.write(idFile, id);
    terminal.out(`${id}\n`);
    return 0;
  },
} satisfies Command;
