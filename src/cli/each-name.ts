import type { Terminal } from "./terminal.ts";
import { formatError } from "./text/error-output.ts";

/**
 * Does `work` on one name after the other, and prints the line that it returns; what cannot be dealt with is told of and does not keep the
 * others.
 * @returns true when nothing was told of
 */
export async function eachName(
  names: readonly string[],
  terminal: Pick<Terminal, "out" | "err">,
  work: (name: string) => Promise<string | undefined>,
): Promise<boolean> {
  let isDone = true;
  for (const name of names) {
    try {
      const line = await work(name);
      if (line !== undefined) terminal.out(`${line}\n`);
    } catch (error) {
      terminal.err(formatError(error));
      isDone = false;
    }
  }
  return isDone;
}
