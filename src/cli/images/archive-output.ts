import { KasaneError } from "../../lib/mod.ts";
import type { CommandContext } from "../command.ts";
import type { Flag } from "../flags.ts";
import { writeFileAtomically } from "../write-file.ts";

export const outputFlag: Flag = {
  name: "output",
  short: "o",
  type: "string",
  value: "FILE",
  help: "Write to a file instead of standard output",
};

/**
 * Where a command's archive goes: `--output`, which is there whole or not at all, or standard output.
 * @throws KasaneError `usage` before anything is done, when that is a terminal
 */
export function archiveOutput({
  flags,
  terminal,
  signal,
}: CommandContext): (archive: AsyncIterable<Uint8Array>) => Promise<void> {
  const path = flags.string(outputFlag.name) || undefined;
  if (path !== undefined) return (archive) => writeFileAtomically(path, archive, signal);
  if (terminal.isOutTty) {
    throw new KasaneError("usage", "refusing to write an archive to a terminal", {
      hint: "use -o FILE or redirect the output",
      data: { exitCode: 1 },
    });
  }
  return async (archive) => {
    for await (const chunk of archive) {
      signal.throwIfAborted();
      await terminal.outBytes(chunk);
    }
  };
}
