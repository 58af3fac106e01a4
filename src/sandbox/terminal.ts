import type { Stdio } from "./sandbox.ts";
import { plainStdio, type StepStdio } from "./stdio.ts";

export function terminalStdio(stdio: Extract<Stdio, { kind: "terminal" }>): StepStdio {
  return plainStdio({ kind: "inherit", stdin: stdio.stdin });
}
