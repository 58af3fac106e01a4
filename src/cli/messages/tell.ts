import type { Terminal } from "../terminal.ts";
import { say } from "./say.ts";

/** A line on standard error, in the user's language. */
export function tell(terminal: Pick<Terminal, "err">, text: string): void {
  terminal.err(`${say(text)}\n`);
}

export function warn(terminal: Pick<Terminal, "err">, text: string): void {
  terminal.err(`${say("warning")}: ${say(text)}\n`);
}
