import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { KasaneError } from "../lib/mod.ts";
import { confinementOf } from "./confinement.ts";
import { requirePrivilege } from "./create-sandbox.ts";
import { launchStage, type MountCommand } from "./launch.ts";
import { copiedRoot, makeCopiedRoot, type OtherRoot, otherRoot } from "./other-root.ts";
import { openPipe } from "./pipe.ts";
import { hasSingleUid } from "./privilege.ts";
import { throwIfFailed } from "./run-stage.ts";
import type { RootFilesystem, SandboxMount } from "./sandbox.ts";
import { clearScaffolding } from "./scaffolding.ts";
import type { StagePlan } from "./stage/plan.ts";

type OverlayRoot = Extract<RootFilesystem, { kind: "overlay" }>;

/** A root file system that is mounted as long as it is held, in a mount namespace of its own. */
export interface HeldRoot {
  /**
   * A name for the root directory, good for opening it with O_NOFOLLOW. Walk on from there by directory descriptors: an absolute symlink in a
   * longer path would lead to this machine's root.
   */
  readonly path: string;
  /** Unmounts it. Idempotent. */
  release(): Promise<void>;
}

/**
 * Mounts the root file system of a step without running anything in it: for reading and changing its files as the step would see them.
 * Whoever is killed meanwhile leaves no mount.
 * @throws KasaneError `sandbox`
 */
export async function holdRoot(
  rootfs: OverlayRoot,
  mounts: readonly SandboxMount[],
  onWarning: (message: string) => void = () => {},
): Promise<HeldRoot> {
  const inUserNamespace = requirePrivilege() === "user-namespace";
  const plan: StagePlan = {
    ...{ rootfs, mounts, userXattrs: inUserNamespace, singleUid: inUserNamespace && hasSingleUid() },
    ...{ argv: [], env: [], cwd: "/", user: "", hostname: "", resolvConf: "", hosts: "" },
    ...{ network: "host", readOnlyRoot: false, hold: true },
    confinement: confinementOf({}, { singleUid: false }),
  };
  mkdirSync(rootfs.work, { recursive: true, mode: 0o700 });
  const copied = copiedRoot(plan, rootfs);
  if (copied === undefined) {
    const held = await hold(plan, rootfs);
    if (held !== "refused") return held;
  }
  const other = copied ?? otherRoot(plan, rootfs, onWarning);
  const held = await holdOther(other, rootfs);
  if (held !== "refused") return held;
  if (other.mount === undefined) throw lost();
  const last = await holdOther(makeCopiedRoot(plan, rootfs, onWarning), rootfs);
  if (last === "refused") throw lost();
  return last;
}

async function holdOther(
  { plan, mount, dispose }: OtherRoot,
  rootfs: OverlayRoot,
): Promise<HeldRoot | "refused"> {
  const held = await hold(plan, rootfs, mount);
  if (held === "refused") {
    dispose();
    return held;
  }
  return {
    path: held.path,
    async release() {
      await held.release();
      dispose();
    },
  };
}

/** Refused where the kernel makes no overlay there, or `mount` fails. */
async function hold(
  plan: StagePlan,
  rootfs: OverlayRoot,
  mount?: MountCommand,
): Promise<HeldRoot | "refused"> {
  const [until, ready] = [openPipe(), openPipe()];
  const nothing = openSync("/dev/null", "w");
  const launched = launchStage(plan, [until.readEnd, ready.writeEnd, nothing], mount);
  for (const fd of [until.readEnd, ready.writeEnd, nothing]) closeSync(fd);
  const isReady = await hasByte(ready.readEnd);
  closeSync(ready.readEnd);
  let isReleased = false;
  const release = async () => {
    if (isReleased) return;
    isReleased = true;
    closeSync(until.writeEnd);
    await launched.exited;
    clearScaffolding(rootfs, launched.events());
    launched.dispose();
    rmSync(join(rootfs.work, "work"), { recursive: true, force: true });
  };
  const events = launched.events();
  const started = events.find((event) => event.event === "started");
  if (isReady && started) return { path: `/proc/${started.pid}/root/.`, release };
  const code = await launched.exited;
  const [last, complaints] = [launched.events(), launched.complaints()];
  await release();
  const isRefused = last.some((event) => event.event === "overlay-refused");
  if (isRefused || (mount !== undefined && last.length === 0)) return "refused";
  throwIfFailed(last, complaints, code);
  throw lost();
}

function lost(): KasaneError {
  return new KasaneError("sandbox", "the container's file system could not be mounted");
}

async function hasByte(fd: number): Promise<boolean> {
  for await (const chunk of Bun.file(fd).stream()) if (chunk.length > 0) return true;
  return false;
}
