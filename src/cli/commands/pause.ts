import type { Command } from "../command.ts";
import { pauseContainers } from "../containers/pause-containers.ts";

export default {
  name: "pause",
  summary: "Stop every process of a container, for a while",
  usage: "CONTAINER [CONTAINER...]",
  description: "They are given no processor until 'unpause', and know nothing of it.",
  examples: [
    { call: "pause web", what: "it stands still" },
    { call: "pause web db", what: "several at once" },
  ],
  flags: [],
  arguments: { min: 1 },
  run: (context) => pauseContainers(context, "pause"),
} satisfies Command;
