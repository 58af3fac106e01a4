import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { KasaneError } from "../lib/mod.ts";
import { confinementOf } from "./confinement.ts";
import { signalOf } from "./exit-signal.ts";
import { hostsFor, textOf } from "./host-files.ts";
import type { WaitingStage } from "./launch.ts";
import { lastRefusal } from "./namespace-refusal.ts";
import { originalOpenFiles } from "./open-files.ts";
import { copiedRoot, makeCopiedRoot, type OtherRoot, otherRoot } from "./other-root.ts";
import { PreparedStage } from "./prepared-stage.ts";
import { hasSingleUid, type Privilege, privilege } from "./privilege.ts";
import { runStage, type StageResult, stepStdio, throwIfFailed } from "./run-stage.ts";
import type { ExitStatus, Sandbox, SandboxStep } from "./sandbox.ts";
import { clearScaffolding } from "./scaffolding.ts";
import type { StagePlan } from "./stage/plan.ts";
import type { StepStdio } from "./stdio.ts";

export interface SandboxOptions {
  /** Told of what does not work here as it should, once for each text. */
  readonly onWarning?: (message: string) => void;
}

/** The sandbox that needs nothing but util-linux: namespaces by unshare(1), the rest by our own stage. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const warned = new Set<string>();
  const refusing = new Set<number>();
  const warn = (message: string) => {
    if (!warned.has(message)) options.onWarning?.(message);
    warned.add(message);
  };
  return {
    async run(step) {
      const mode = requirePrivilege();
      if (step.signal?.aborted) throw cancelled(step.signal);
      checkLayers(step);
      for (const message of step.warnings ?? []) warn(message);
      const stdio = stepStdio(step.stdio);
      const plan = planOf(step, stdio, mode === "user-namespace");
      const waiting = step.prepared instanceof PreparedStage ? step.prepared.take(plan) : undefined;
      return runStep({ step, stdio, warn, refusing, waiting }, plan);
    },
    async prepare(network) {
      requirePrivilege();
      return new PreparedStage(network);
    },
  };
}

/** What the kernel takes, less the one below all that holds mount points. */
const maxLayers = 499;

function checkLayers({ rootfs }: SandboxStep): void {
  if (rootfs.kind !== "overlay" || rootfs.lower.length <= maxLayers) return;
  throw new KasaneError(
    "limit-exceeded",
    `cannot run in ${rootfs.lower.length} layers: an overlay file system has at most ${maxLayers}`,
    { hint: "an image with fewer layers holds the same files", data: { exitCode: 125 } },
  );
}

/**
 * For whoever has something to prepare before anything runs.
 * @throws KasaneError `sandbox` where nothing can be run
 */
export function requirePrivilege(): Exclude<Privilege, "none"> {
  const mode = privilege();
  if (mode !== "none") return mode;
  throw (
    lastRefusal() ??
    new KasaneError("sandbox", "cannot run anything: neither root nor root of a user namespace", {
      hint: "run as root, or let kasane start itself in a user namespace",
      data: { exitCode: 125 },
    })
  );
}

function planOf(step: SandboxStep, stdio: StepStdio, inUserNamespace: boolean): StagePlan {
  const openFiles = originalOpenFiles();
  const singleUid = inUserNamespace && hasSingleUid();
  return {
    rootfs: step.rootfs,
    userXattrs: inUserNamespace,
    argv: step.argv,
    env: step.env,
    cwd: step.cwd,
    user: step.user,
    hostname: step.hostname,
    mounts: step.mounts,
    network: step.network === "host" ? "host" : "none",
    ...(typeof step.network === "object" && step.network.kind === "own" ? { isConnected: true } : {}),
    ...(typeof step.network === "object" && step.network.kind === "of"
      ? { networkOf: step.network.pid }
      : {}),
    readOnlyRoot: step.readOnlyRoot ?? false,
    confinement: confinementOf(step, { singleUid }),
    singleUid,
    resolvConf: textOf("/etc/resolv.conf"),
    hosts: hostsFor(step),
    ...(stdio.terminal === undefined ? {} : { terminal: stdio.terminal }),
    ...(openFiles === undefined ? {} : { openFiles }),
  };
}

interface Run {
  readonly step: SandboxStep;
  readonly stdio: StepStdio;
  readonly warn: (message: string) => void;
  /** Devices whose file system takes no overlay. */
  readonly refusing: Set<number>;
  /** For the first start. */
  readonly waiting: WaitingStage | undefined;
}

async function runStep(run: Run, plan: StagePlan): Promise<ExitStatus> {
  const { stdio, refusing, waiting } = run;
  const { rootfs } = plan;
  stdio.begin();
  let result: StageResult;
  let writtenBy: ExitStatus["writtenBy"] = "kernel";
  try {
    const device = rootfs.kind === "overlay" ? statSync(rootfs.upper).dev : undefined;
    const isRefusing = device !== undefined && refusing.has(device);
    let other = rootfs.kind === "overlay" ? copiedRoot(plan, rootfs) : undefined;
    const first = isRefusing || other ? undefined : await runStage(run, plan, { waiting });
    const isRefused = first?.events.some((event) => event.event === "overlay-refused") === true;
    if (rootfs.kind === "overlay" && (isRefused || first === undefined)) {
      if (isRefused) refusing.add(device!);
      other ??= otherRoot(plan, rootfs, run.warn);
      const unused = first === undefined ? waiting : undefined;
      if (other.mount !== undefined) unused?.dispose();
      result = await runOther(run, other, other.mount === undefined ? unused : undefined);
      if (other.mount !== undefined && hasNotMounted(result)) {
        other = makeCopiedRoot(plan, rootfs, run.warn);
        result = await runOther(run, other);
      }
      writtenBy = other.writtenBy;
    } else result = first!;
  } finally {
    await stdio.finished();
    // The mark of an overlay without fsync, which would forbid the next one here.
    if (rootfs.kind === "overlay")
      rmSync(join(rootfs.work, "work/incompat"), { recursive: true, force: true });
  }
  const { events, complaints, code } = result;
  const scaffolding = clearScaffolding(rootfs, events);
  for (const event of events) if (event.event === "warning") run.warn(event.message);
  if (run.step.signal?.aborted) {
    throw cancelled(run.step.signal);
  }
  throwIfFailed(events, complaints, code);
  const signal = signalOf(code);
  return { code, ...(signal === undefined ? {} : { signal }), scaffolding, writtenBy };
}

async function runOther(
  run: Run,
  { plan, mount, dispose }: OtherRoot,
  waiting?: WaitingStage,
): Promise<StageResult> {
  try {
    return await runStage(run, plan, { ...(mount && { mount }), waiting });
  } finally {
    dispose();
  }
}

/** The stage has not even begun: what it was to be started behind is what failed. */
function hasNotMounted({ events, code }: StageResult): boolean {
  return events.length === 0 && code === 125;
}

function cancelled(signal: AbortSignal): KasaneError {
  return new KasaneError("cancelled", "the step was cancelled", { cause: signal.reason });
}
