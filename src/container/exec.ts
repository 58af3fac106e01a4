import { isKasaneError, KasaneError } from "../lib/mod.ts";
import { type EnterStep, enterSandbox, entryOf, findCgroup } from "../sandbox/mod.ts";
import type { Container, ContainerState } from "./container.ts";
import { mergeEnv } from "./process-config.ts";
import { programEnv } from "./supervise/run-program.ts";

export interface ExecOptions extends Pick<EnterStep, "stdio" | "signal" | "onStarted" | "onWarning"> {
  readonly command: readonly string[];
  readonly env?: readonly string[];
  /** Absent: the container's. */
  readonly user?: string;
  readonly workdir?: string;
  readonly isPrivileged?: boolean;
}

/**
 * Runs another program in a container that runs, to its end, from inside the user namespace of that container.
 * @throws KasaneError `conflict` where it does not run, `sandbox` with `data.exitCode`
 */
export async function execInContainer(container: Container, options: ExecOptions): Promise<number> {
  const { settings } = container;
  const { code } = await enterSandbox({
    pid: programPidOf(container),
    argv: options.command,
    env: mergeEnv(programEnv(container), options.env ?? []),
    cwd: options.workdir ?? (settings.config.WorkingDir || "/"),
    user: options.user ?? settings.config.User ?? "",
    ...isolationOfExec(container, options),
    network: settings.network === "host" ? "host" : "none",
    stdio: options.stdio,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.onStarted ? { onStarted: options.onStarted } : {}),
    ...(options.onWarning ? { onWarning: options.onWarning } : {}),
  });
  return code;
}

/** The container's own, and its control groups. */
function isolationOfExec({ id, settings: { isolation } }: Container, { isPrivileged }: ExecOptions) {
  const cgroup = findCgroup(id, { parent: isolation?.cgroupParent });
  const wanted = isPrivileged ? { ...isolation, isPrivileged } : isolation;
  return { ...(wanted && { isolation: wanted }), ...(cgroup && { cgroup: entryOf(cgroup) }) };
}

/** @throws KasaneError `conflict` where it does not run */
export function runningState({ name, state }: Container): Extract<ContainerState, { kind: "running" }> {
  if (state.kind === "running") return state;
  throw new KasaneError("conflict", `container ${name} is not running`, {
    hint: `start it with 'kasane start ${name}'`,
    data: { exitCode: 1 },
  });
}

/** @throws KasaneError `conflict` where its program does not run at this moment, or is paused */
export function programPidOf(container: Container): number {
  if (!runningState(container).isPaused) return runningProgramPid(container);
  throw new KasaneError("conflict", `container ${container.name} is paused`, {
    hint: `let it go on first: 'kasane unpause ${container.name}'`,
    data: { exitCode: 1 },
  });
}

/** Of a container that another one joins. @throws KasaneError as programPidOf(), with what `run` ends with then */
export function joinedPidOf(container: Container): number {
  try {
    return programPidOf(container);
  } catch (error) {
    if (!isKasaneError(error)) throw error;
    const { code, message, hint } = error;
    throw new KasaneError(code, message, { data: { exitCode: 125 }, ...(hint && { hint }) });
  }
}

/** Also of a container that is paused. @throws KasaneError `conflict` where its program does not run at this moment */
export function runningProgramPid(container: Container): number {
  const { programPid, restartingAfter } = runningState(container);
  if (programPid !== undefined && restartingAfter === undefined) return programPid;
  throw new KasaneError("conflict", `container ${container.name} is only just starting`, {
    hint: "try again in a moment",
    data: { exitCode: 1 },
  });
}
