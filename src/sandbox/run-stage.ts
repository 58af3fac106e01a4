import { errnoName } from "../lib/libc/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { connecting } from "./connect-network.ts";
import type { MountCommand, WaitingStage } from "./launch.ts";
import { tellStart } from "./running-program.ts";
import type { SandboxStep, Stdio } from "./sandbox.ts";
import { forwardSignals } from "./signals.ts";
import { notExecutable } from "./stage/execute.ts";
import type { StageEvent, StagePlan } from "./stage/plan.ts";
import { startStage } from "./start-stage.ts";
import { plainStdio, type StepStdio } from "./stdio.ts";
import { handedTerminal, terminalStdio } from "./terminal.ts";

export function stepStdio(stdio: Stdio): StepStdio {
  if (stdio.kind === "terminal") return terminalStdio(stdio);
  return stdio.kind === "pty" ? handedTerminal(stdio) : plainStdio(stdio);
}

export interface StageResult {
  readonly events: readonly StageEvent[];
  readonly complaints: string;
  readonly code: number;
}

/** What the caller of a stage still has to do with it while it runs. */
export interface StageCall {
  readonly step: Pick<SandboxStep, "stdio" | "signal" | "onStarted" | "network">;
  readonly stdio: StepStdio;
}

/** Starts a stage, or takes one that waits, and waits for the end of the program it becomes. */
export async function runStage(
  { step, stdio }: StageCall,
  plan: StagePlan,
  { mount, waiting }: { readonly mount?: MountCommand; readonly waiting?: WaitingStage | undefined } = {},
): Promise<StageResult> {
  const network = connecting(step);
  const launched = waiting ?? startStage(plan, mount);
  const isCallers = step.stdio.kind === "inherit" || step.stdio.kind === "terminal";
  // Before anything can begin: from then on they are the program's.
  const signals = isCallers ? forwardSignals(launched) : undefined;
  const kill = () => launched.kill();
  let watch: ReturnType<typeof tellStart> | undefined;
  step.signal?.addEventListener("abort", kill);
  try {
    if (network !== undefined) {
      network.begin(launched);
      // What carries its packets is started before this process is busy with the root.
      await new Promise(setImmediate);
    }
    launched.begin(plan, { stdio: stdio.descriptors, network });
    if (step.signal?.aborted) kill();
    const { runtime, namespaces } = plan.confinement;
    watch =
      step.onStarted &&
      tellStart(launched, step.onStarted, runtime && { hasOwnPids: namespaces.pid === "private" });
    const ended = await launched.exited;
    await network?.failed();
    const code = signals?.code() ?? ended;
    return { events: launched.events(), complaints: launched.complaints(), code };
  } finally {
    step.signal?.removeEventListener("abort", kill);
    signals?.stop();
    watch?.stop();
    network?.end();
    launched.dispose();
  }
}

/** What kept the program from starting when everything was in place. */
function unstarted(
  events: readonly StageEvent[],
  errno: number,
): (StageEvent & { event: "failed" }) | undefined {
  if (!events.some(({ event }) => event === "unstarted")) return undefined;
  const { file = "" } = events.find((event) => event.event === "exec") ?? {};
  const { message, exitCode, hint } = notExecutable(file, errnoName(errno));
  return { event: "failed", message, exitCode, ...(hint === undefined ? {} : { hint }) };
}

/** @throws KasaneError `sandbox` with what the stage, or what should have started it, said */
export function throwIfFailed(events: readonly StageEvent[], complaints: string, code: number): void {
  const failed = events.find((event) => event.event === "failed") ?? unstarted(events, code);
  if (failed !== undefined) {
    const { exitCode, message, hint } = failed;
    throw new KasaneError("sandbox", message, {
      data: { exitCode },
      ...(hint === undefined ? {} : { hint }),
    });
  }
  if (events.some((event) => event.event === "exec")) return;
  const complaint = complaints.split("\n").slice(-3).join("; ") || `exit code ${code}`;
  // What other packages call unshare and setpriv knows less.
  const isOther = /unrecognized option|invalid option|BusyBox/i.test(complaints);
  throw new KasaneError("sandbox", `cannot set up the sandbox: ${complaint}`, {
    data: { exitCode: 125 },
    ...(isOther ? { hint: "install the package util-linux (2.33 or newer)" } : {}),
  });
}
