import { isKasaneError, messageOf } from "../lib/mod.ts";
import { say } from "./messages/say.ts";

/** `kasane: what, where, why` and, where there is one, the next thing to try; in the user's language. */
export function formatError(error: unknown): string {
  if (!isKasaneError(error)) {
    const stack = process.env.KASANE_DEBUG && error instanceof Error ? `\n${error.stack}` : "";
    return `kasane: ${say(messageOf(error))}${stack}\n`;
  }
  const hint = error.hint ? `\n${say("hint")}: ${say(error.hint)}` : "";
  const causes = process.env.KASANE_DEBUG ? `\n${error.stack}\ncause: ${Bun.inspect(error.cause)}` : "";
  return `kasane: ${say(error.message)}${hint}${causes}\n`;
}

/** Docker's exit codes: 125 for a wrong command line, what the error says where it says one, else 1. */
export function exitCodeOf(error: unknown): number {
  if (!isKasaneError(error)) return 1;
  if (typeof error.data.exitCode === "number") return error.data.exitCode;
  return error.code === "usage" ? 125 : 1;
}
