import { KasaneError } from "../../lib/mod.ts";
import type { Stdio, StepOutput } from "../../sandbox/mod.ts";
import type { ParsedFlags } from "../flags.ts";
import type { AttachedStream } from "./attach-flags.ts";

/** What -i and -t make of this process's own input and output. @throws KasaneError `usage` */
export function callersStdio(
  flags: Pick<ParsedFlags, "boolean">,
  isInTty: boolean,
  attached?: ReadonlySet<AttachedStream>,
): (tee?: StepOutput) => Stdio {
  const stdin = flags.boolean("interactive") && (attached?.has("stdin") ?? true);
  const kind = flags.boolean("tty") ? "terminal" : "inherit";
  if (kind === "terminal" && stdin && !isInTty) {
    throw new KasaneError("usage", "the input device is not a TTY", {
      hint: "leave -t away",
      data: { exitCode: 1 },
    });
  }
  const isWhole = attached === undefined || (attached.has("stdout") && attached.has("stderr"));
  if (!isWhole && kind === "inherit") {
    return (tee) => ({
      kind: "pipe",
      output: async (stream, chunk) => {
        const { writeWhole } = await import("../../sandbox/mod.ts");
        if (attached.has(stream)) await writeWhole(stream === "stdout" ? 1 : 2, chunk);
        await tee?.(stream, chunk);
      },
      ...(stdin && { stdin: Bun.stdin.stream() }),
    });
  }
  return (tee) => ({ kind, stdin, ...(tee ? { tee } : {}) });
}
