import type { Command } from "../command.ts";
import { objectFormatFlag } from "../format/object-format-flag.ts";
import { inspectObjects } from "../images/inspect-objects.ts";
import { platformFlag, platformOption } from "../platform-flag.ts";

export default {
  name: "inspect",
  summary: "Show everything about images, containers, networks and volumes as JSON",
  usage: "[OPTIONS] NAME|ID [NAME|ID...]",
  examples: [
    { call: "inspect nginx:alpine", what: "configuration, layers, size" },
    { call: "inspect --format '{{.Config.Env}}' nginx:alpine", what: "one part of it" },
    { call: "inspect --type container web", what: "a container, also where an image has the same name" },
    { call: "inspect --platform linux/arm64 my-app", what: "one platform of a multi-platform image" },
  ],
  flags: [
    objectFormatFlag,
    platformFlag,
    { name: "size", short: "s", type: "boolean", help: "Also the sizes of a container's files" },
    { name: "type", type: "string", value: "TYPE", help: "container, image, network or volume" },
  ],
  arguments: { min: 1 },
  onlyReads: true,
  run(context) {
    const { flags } = context;
    return inspectObjects(context, {
      type: flags.string("type") || undefined,
      withSize: flags.boolean("size"),
      ...platformOption(flags),
    });
  },
} satisfies Command;
