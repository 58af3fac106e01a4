import type { BuildOptions } from "../../build/mod.ts";
import type { CommandContext } from "../command.ts";
import { usage } from "../flags.ts";
import { tell } from "../messages/tell.ts";
import type { BuildProgress } from "./build-progress.ts";

/**
 * `--debug`: a shell in the step that failed, on this terminal.
 * @throws KasaneError `usage` where there is none
 */
export function debugShell(
  { terminal, leaveSignals }: CommandContext,
  progress: BuildProgress,
): Pick<BuildOptions, "onFailedStep" | "progress"> {
  if (!terminal.isInTty || !terminal.isErrTty) {
    throw usage("--debug needs a terminal: it opens a shell in the step that fails", "build");
  }
  let isOpen = false;
  return {
    progress: (event) => {
      // What the other steps say meanwhile would go into the shell.
      if (!isOpen) progress.listener(event);
    },
    async onFailedStep(step, error, openShell) {
      isOpen = true;
      progress.end();
      terminal.err(`\n#${step.number} ${error.message}\n`);
      tell(terminal, "this is a shell where the step failed; leave it to end the build");
      leaveSignals();
      await openShell();
    },
  };
}
