import type { Command } from "../command.ts";
import { eachContainer } from "../containers/each-container.ts";
import { stopTime, timeFlag } from "../containers/stop-time.ts";

export default {
  name: "stop",
  summary: "Stop one or more running containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description:
    "Sends the container's stop signal, waits, and kills what has not ended then. A program that has no handler for the signal is killed at once: as the first process of its container it would never get it.",
  examples: [
    { call: "stop web", what: "asks it to end, and kills it after 10 seconds" },
    { call: "stop -t 60 db", what: "gives it a minute" },
  ],
  flags: [
    timeFlag,
    { name: "timeout", type: "string", value: "SECONDS", help: "As --time", hidden: true },
    { name: "signal", short: "s", type: "string", value: "SIGNAL", help: "What to send in place of its own" },
  ],
  arguments: { min: 1 },
  async run(context) {
    const { flags, store } = context;
    const [{ parseSignal }, { stopContainer }] = await Promise.all([
      import("../../container/mod.ts"),
      import("../containers/stop-container.ts"),
    ]);
    const signal = flags.string("signal");
    const options = {
      ...stopTime(flags, "timeout"),
      ...stopTime(flags),
      ...(signal === undefined ? {} : { signal: parseSignal(signal) }),
    };
    return eachContainer(context, async (container) => {
      await stopContainer(await store(), container, options);
      return undefined;
    });
  },
} satisfies Command;
