import type { Command } from "../command.ts";
import { registryFlags } from "../registries/connect.ts";
import { bringBase } from "./bring-base.ts";

export default {
  name: "from",
  summary: "Make a working container from an image, or from nothing",
  usage: "[OPTIONS] IMAGE|scratch",
  description:
    "Prints its name. It is changed command by command (mount, copy, add, run, config) and made an image by commit. IMAGE may also be docker://NAME, docker-archive:FILE, oci-archive:FILE, oci:DIR or dir:DIR.",
  examples: [
    { call: "from debian:bookworm-slim", what: "called debian-working-container" },
    { call: "from --name build scratch", what: "from nothing, under a name of one's own" },
    { call: "from --pull=always alpine:3.20", what: "with the image as its registry has it now" },
  ],
  flags: [
    { name: "name", type: "string", value: "NAME", help: "Name of the container" },
    {
      name: "pull",
      type: "string",
      bare: "true",
      value: "WHEN",
      help: "missing (default), true (what is newer, if the registry can be reached), always or never",
    },
    { name: "pull-always", type: "boolean", help: "As --pull=always", hidden: true },
    { name: "pull-never", type: "boolean", help: "As --pull=never", hidden: true },
    { name: "platform", type: "string", value: "OS/ARCH", help: "Platform of a multi-platform image" },
    { name: "arch", type: "string", value: "ARCH", help: "Its architecture alone" },
    { name: "os", type: "string", value: "OS", help: "Its operating system alone" },
    { name: "variant", type: "string", value: "VARIANT", help: "Its variant alone" },
    { name: "cidfile", type: "string", value: "FILE", help: "Write the container's ID to a file" },
    {
      name: "format",
      short: "f",
      type: "string",
      value: "FORMAT",
      oneOf: ["oci", "docker", "oci-archive", "docker-archive", "v2s2"],
      help: "No effect: the format is for commit to say",
      hidden: true,
    },
    { name: "isolation", type: "string", value: "KIND", help: "No effect, for buildah's sake", hidden: true },
    { name: "quiet", short: "q", type: "boolean", help: "No progress of a pull" },
    ...registryFlags,
  ],
  arguments: { min: 1, max: 1 },
  wrongCallCode: 125,
  needsPrivilege: "where-possible",
  async run(context) {
    const { flags, terminal } = context;
    const { createWorkingContainer } = await import("../../container/mod.ts");
    const store = await context.store();
    const base = await bringBase(context, store, flags.arguments[0]!);
    const name = flags.string("name") || undefined;
    const container = await createWorkingContainer(store, { ...base, ...(name !== undefined && { name }) });
    const file = flags.string("cidfile");
    if (file !== undefined) await Bun.write(file, container.id);
    terminal.out(`${container.name}\n`);
    return 0;
  },
} satisfies Command;
