import { isKasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { eachContainer } from "../containers/each-container.ts";

export default {
  name: "wait",
  summary: "Wait until containers end, and print their exit codes",
  usage: "CONTAINER [CONTAINER...]",
  description: "Of one that has ended already, the code it ended with.",
  examples: [
    { call: "wait job", what: "prints 0 where the job went well" },
    { call: "wait build test", what: "several, in this order" },
  ],
  flags: [],
  arguments: { min: 1 },
  async run(context) {
    const { callSupervisor, containerDirectory, findContainer } = await import("../../container/mod.ts");
    return eachContainer(context, async ({ id, state }) => {
      const local = await context.store();
      if (state.kind === "running") {
        try {
          const call = await callSupervisor(containerDirectory(local, id), { do: "wait" });
          return String((await call.answered).exitCode ?? 255);
        } catch (error) {
          // It ended between the two looks.
          if (!isKasaneError(error, "not-found")) throw error;
        }
      }
      const now = (await findContainer(local, id))?.state ?? state;
      return String(now.kind === "exited" ? (now.exitCode ?? 255) : 0);
    });
  },
} satisfies Command;
