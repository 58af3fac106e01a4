import { isKasaneError, messageOf } from "../../lib/mod.ts";
import { say } from "../messages/say.ts";
import { grammar } from "../tools/tool.ts";
import { nextStep } from "./next-step.ts";

/** `kasane: what, where, why` and the next thing to do, in the user's language. `command` is the one that was called, where it is known. */
export function formatError(error: unknown, command?: string): string {
  const step = nextStep(error, command);
  const hint = step ? `\n${say("hint")}: ${say(step)}` : "";
  return `kasane: ${say(messageOf(error))}${hint}${process.env.KASANE_DEBUG ? details(error) : ""}\n`;
}

function details(error: unknown): string {
  if (!(error instanceof Error)) return "";
  return `\n${error.stack}${isKasaneError(error) ? `\ncause: ${Bun.inspect(error.cause)}` : ""}`;
}

/** Docker's exit codes: 125 for a wrong command line, what the error says where it says one, else 1. Podman and buildah have 125 for all, skopeo 1. */
export function exitCodeOf(error: unknown): number {
  const called = grammar();
  if (!isKasaneError(error)) return 1;
  if (typeof error.data.exitCode === "number") return error.data.exitCode;
  if (called === "podman" || called === "buildah") return 125;
  return error.code === "usage" && called !== "skopeo" ? 125 : 1;
}
