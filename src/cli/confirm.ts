import { say } from "./messages/say.ts";
import type { Terminal } from "./terminal.ts";

/** Asks as docker does; anything but y or yes, or no terminal to answer on, is no. */
export async function confirm(
  terminal: Terminal,
  warning: string,
  { isOneLine = false }: { isOneLine?: boolean } = {},
): Promise<boolean> {
  terminal.out(`${say(warning)}${isOneLine ? " " : "\n"}${say("Are you sure you want to continue? [y/N]")} `);
  for await (const line of console) return /^y(es)?$/i.test(line.trim());
  return false;
}
