import { mkdirSync, rmdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { requireTool } from "./find-tool.ts";
import type { MountCommand } from "./launch.ts";
import { markFuseUpper } from "./mark-fuse-upper.ts";
import type { StagePlan } from "./stage/plan.ts";
import { makeBase } from "./stage/root.ts";

type OverlayRoot = Extract<StagePlan["rootfs"], { kind: "overlay" }>;

/** An overlay by fuse-overlayfs, for where the kernel makes none: on an upper directory that is itself in an overlay, for one. */
export interface FuseOverlay {
  /** Mounts it and returns; what it leaves running ends with the pid namespace it is in. */
  readonly mount: MountCommand;
  /** The plan of a step whose root is the mounted directory. */
  readonly plan: StagePlan;
  dispose(): void;
}

export function fuseOverlay(plan: StagePlan, rootfs: OverlayRoot): FuseOverlay {
  const program = requireTool("fuse-overlayfs", "fuse-overlayfs");
  const { work } = rootfs;
  const made = ["base", "fuse", "lower"].map((name) => join(work, name));
  for (const path of [...made.slice(1), join(work, "merged")]) mkdirSync(path, { recursive: true });
  makeBase(plan, join(work, "base"));
  // Short names in the directory it starts in: its options have no way to write a colon.
  const links = rootfs.lower.map((path, index) => {
    symlinkSync(path, join(work, "lower", String(index)));
    return `lower/${index}`;
  });
  symlinkSync(rootfs.upper, join(work, "upper"));
  markFuseUpper(rootfs.upper);
  const options = `lowerdir=${[...links, "base"].join(":")},upperdir=upper,workdir=fuse`;
  return {
    mount: { command: [program, "-o", options, "merged"], directory: work },
    plan: { ...plan, rootfs: { kind: "directory", path: join(work, "merged") } },
    dispose() {
      rmdirSync(join(work, "merged"));
      for (const path of [...made, join(work, "upper")]) rmSync(path, { recursive: true, force: true });
    },
  };
}
