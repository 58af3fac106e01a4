import type { Command } from "../command.ts";
import { pauseContainers } from "../containers/pause-containers.ts";

export default {
  name: "unpause",
  summary: "Let paused containers go on",
  usage: "CONTAINER [CONTAINER...]",
  examples: [
    { call: "unpause web", what: "it goes on where it stood" },
    { call: "unpause web db", what: "several at once" },
  ],
  flags: [],
  arguments: { min: 1 },
  run: (context) => pauseContainers(context, "unpause"),
} satisfies Command;
