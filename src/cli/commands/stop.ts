import type { Command } from "../command.ts";
import { eachContainer } from "../containers/each-container.ts";
import { parseSeconds } from "../containers/new-container.ts";

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
    {
      name: "time",
      short: "t",
      type: "string",
      value: "SECONDS",
      help: "How long to wait before it is killed (default 10, or as --stop-timeout said; -1 for ever)",
    },
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
    const time = flags.string("time") ?? flags.string("timeout");
    const signal = flags.string("signal");
    const options = {
      ...(time === undefined ? {} : { timeoutS: parseSeconds(time) }),
      ...(signal === undefined ? {} : { signal: parseSignal(signal) }),
    };
    return eachContainer(context, async (container) => {
      await stopContainer(await store(), container, options);
      return undefined;
    });
  },
} satisfies Command;
