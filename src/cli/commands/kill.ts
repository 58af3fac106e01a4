import type { Command } from "../command.ts";
import { eachContainer } from "../containers/each-container.ts";

export default {
  name: "kill",
  summary: "Send a signal to running containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description:
    "SIGKILL ends everything in the container at once; any other signal goes to its first process.",
  examples: [
    { call: "kill web", what: "ends it at once" },
    { call: "kill -s HUP web", what: "asks many servers to read their configuration again" },
  ],
  flags: [
    { name: "signal", short: "s", type: "string", value: "SIGNAL", help: "What to send (default SIGKILL)" },
  ],
  arguments: { min: 1 },
  async run(context) {
    const { flags, store } = context;
    const { callSupervisor, containerDirectory, parseSignal, runningState } = await import(
      "../../container/mod.ts"
    );
    const signal = parseSignal(flags.string("signal") ?? "SIGKILL");
    return eachContainer(context, async (container) => {
      runningState(container);
      const directory = containerDirectory(await store(), container.id);
      await (await callSupervisor(directory, { do: "signal", signal })).answered;
      if (signal === "SIGKILL") await hasEnded(directory);
      return undefined;
    });
  },
} satisfies Command;

/** What was killed is gone when the command says so. */
async function hasEnded(directory: string): Promise<void> {
  const { callSupervisor } = await import("../../container/mod.ts");
  try {
    await (await callSupervisor(directory, { do: "wait" })).answered;
  } catch {
    // It has ended already.
  }
}
