import type { Command } from "../command.ts";
import { objectFormatFlag } from "../format/object-format-flag.ts";
import { inspectObjects } from "../images/inspect-objects.ts";
import { platformFlag, platformOption } from "../platform-flag.ts";

export default {
  name: "image inspect",
  summary: "Show everything about images as JSON",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  examples: [
    { call: "image inspect nginx:alpine", what: "an image, also where a container has the same name" },
    { call: "image inspect --platform linux/arm64 my-app", what: "one platform of a multi-platform image" },
  ],
  flags: [objectFormatFlag, platformFlag],
  arguments: { min: 1 },
  onlyReads: true,
  run: (context) => inspectObjects(context, { type: "image", ...platformOption(context.flags) }),
} satisfies Command;
