import type { CommandContext } from "./command.ts";
import { say } from "./messages/say.ts";
import { standardInput } from "./standard-input.ts";

/** Longest answer, bytes. */
const limit = 64 * 1024;

/** Asks as docker does; anything but y or yes, or no terminal to answer on, is no. @throws what an interrupt gives as its reason */
export async function confirm(
  { terminal, signal }: Pick<CommandContext, "terminal" | "signal">,
  warning: string,
  { isOneLine = false }: { isOneLine?: boolean } = {},
): Promise<boolean> {
  terminal.out(`${say(warning)}${isOneLine ? " " : "\n"}${say("Are you sure you want to continue? [y/N]")} `);
  try {
    return /^y(es)?$/i.test((await firstLine(standardInput(signal))).trim());
  } catch (error) {
    terminal.out("\n");
    throw error;
  }
}

async function firstLine(input: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of input) {
    text += Buffer.from(chunk).toString("latin1");
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
    if (text.length > limit) break;
  }
  return text;
}
