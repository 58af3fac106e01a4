import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { failureToRun } from "../containers/failure-to-run.ts";

export default {
  name: "healthcheck run",
  summary: "Check a container's health now",
  usage: "CONTAINER",
  description:
    "By its own check (--health-cmd, or the image's HEALTHCHECK). Ends with 0 where that went well; else says unhealthy, and ends with 1. Counts as any other check.",
  examples: [
    { call: "healthcheck run web", what: "exit code 0 or 1" },
    { call: "healthcheck run db", what: "in a script that waits for a database" },
  ],
  flags: [],
  arguments: { min: 1, max: 1 },
  wrongCallCode: 125,
  async run({ flags, terminal, store }) {
    const { callSupervisor, checkCommand, containerDirectory, getContainer, runningState } = await import(
      "../../container/mod.ts"
    );
    const local = await store();
    const container = await getContainer(local, flags.arguments[0]!).catch((error: unknown) => {
      throw failureToRun(error);
    });
    if (checkCommand(container.settings.config) === undefined) {
      throw new KasaneError("conflict", `container ${container.name} has no defined healthcheck`, {
        hint: "give it one when it is made: --health-cmd, or HEALTHCHECK in its image",
        data: { exitCode: 125 },
      });
    }
    runningState(container);
    const call = await callSupervisor(containerDirectory(local, container.id), { do: "check" });
    const { exitCode } = await call.answered;
    if (exitCode === 0) return 0;
    terminal.out("unhealthy\n");
    return 1;
  },
} satisfies Command;
