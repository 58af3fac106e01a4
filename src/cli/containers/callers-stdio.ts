import { KasaneError } from "../../lib/mod.ts";
import type { Stdio, StepOutput } from "../../sandbox/mod.ts";
import type { ParsedFlags } from "../flags.ts";

/** What -i and -t make of this process's own input and output. @throws KasaneError `usage` */
export function callersStdio(
  flags: Pick<ParsedFlags, "boolean">,
  isInTty: boolean,
): (tee?: StepOutput) => Stdio {
  const stdin = flags.boolean("interactive");
  const kind = flags.boolean("tty") ? "terminal" : "inherit";
  if (kind === "terminal" && stdin && !isInTty) {
    throw new KasaneError("usage", "the input device is not a TTY", {
      hint: "leave -t away",
      data: { exitCode: 1 },
    });
  }
  return (tee) => ({ kind, stdin, ...(tee ? { tee } : {}) });
}
