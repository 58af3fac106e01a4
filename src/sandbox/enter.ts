import { confinementOf } from "./confinement.ts";
import { signalOf } from "./exit-signal.ts";
import { originalOpenFiles } from "./open-files.ts";
import { hasSingleUid, privilege } from "./privilege.ts";
import { runStage, stepStdio, throwIfFailed } from "./run-stage.ts";
import type { ExitStatus, SandboxStep } from "./sandbox.ts";
import type { Confinement } from "./stage/confinement.ts";
import type { StagePlan } from "./stage/plan.ts";

/** A program beside one that runs, in its root and namespaces. */
export interface EnterStep
  extends Pick<
    SandboxStep,
    ("argv" | "env" | "cwd" | "user") | ("stdio" | "signal" | "onStarted") | ("isolation" | "cgroup")
  > {
  readonly network: "host" | "none";
  /** The program's that is there already, as this process sees it. */
  readonly pid: number;
  readonly onWarning?: (message: string) => void;
}

/**
 * Runs a program to its end in the namespaces of another, with the same limits on what it may do. It ends with that one.
 * @throws KasaneError `sandbox` with `data.exitCode` as a sandbox's run()
 */
export async function enterSandbox(step: EnterStep): Promise<Pick<ExitStatus, "code" | "signal">> {
  const stdio = stepStdio(step.stdio);
  const openFiles = originalOpenFiles();
  const singleUid = privilege() === "user-namespace" && hasSingleUid();
  const plan: StagePlan = {
    ...{ join: step.pid, argv: step.argv, env: step.env, cwd: step.cwd, user: step.user },
    ...{ network: step.network, singleUid, confinement: joinedConfinement(step, singleUid) },
    // Of the root, which is there already.
    ...{ rootfs: { kind: "directory", path: "/" }, mounts: [], hostname: "", hosts: "", resolvConf: "" },
    ...{ userXattrs: false, readOnlyRoot: false },
    ...(stdio.terminal === undefined ? {} : { terminal: stdio.terminal }),
    ...(openFiles === undefined ? {} : { openFiles }),
  };
  stdio.begin();
  const { events, complaints, code } = await runStage(
    { step: { ...step, network: "host" }, stdio },
    plan,
  ).finally(() => stdio.finished());
  for (const event of events) if (event.event === "warning") step.onWarning?.(event.message);
  throwIfFailed(events, complaints, code);
  const signal = signalOf(code);
  return { code, ...(signal === undefined ? {} : { signal }) };
}

/** The namespaces are all the other program's, whosever those are. */
function joinedConfinement(step: EnterStep, singleUid: boolean): Confinement {
  const { pidMode: _pid, ipcMode: _ipc, init: _init, ...isolation } = step.isolation ?? {};
  return confinementOf({ ...step, isolation }, { singleUid });
}
