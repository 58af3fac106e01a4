import { KasaneError } from "../../lib/mod.ts";
import type { CommandContext } from "../command.ts";
import { eachContainer } from "./each-container.ts";

/** `pause` and `unpause`. @returns the exit code */
export async function pauseContainers(context: CommandContext, word: "pause" | "unpause"): Promise<number> {
  const { callSupervisor, containerDirectory, runningState } = await import("../../container/mod.ts");
  const store = await context.store();
  return eachContainer(context, async (container) => {
    const { isPaused = false } = runningState(container);
    if (isPaused === (word === "pause")) {
      const message = isPaused
        ? `container ${container.name} is already paused`
        : `container ${container.name} is not paused`;
      throw new KasaneError("conflict", message, {
        hint: "'kasane ps' shows which containers are paused",
        data: { exitCode: 1 },
      });
    }
    await (await callSupervisor(containerDirectory(store, container.id), { do: word })).answered;
    return undefined;
  });
}
