import type { CommandContext } from "../command.ts";
import type { Flag } from "../flags.ts";

export const addHistoryFlag: Flag = {
  name: "add-history",
  type: "boolean",
  help: "An entry in the image's history, too (default: what BUILDAH_HISTORY says)",
};

/** The time of the history entry that a command adds; undefined where it adds none. */
export function historyTime({ flags, env }: Pick<CommandContext, "flags" | "env">): string | undefined {
  const isWanted = flags.maybeBoolean("add-history") ?? /^(true|t|1)$/i.test(env.BUILDAH_HISTORY ?? "");
  return isWanted ? new Date().toISOString() : undefined;
}
