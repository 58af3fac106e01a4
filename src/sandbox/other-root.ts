import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { copyRoot, isCopiedUpper } from "./copied-root/copied-root.ts";
import { findTool } from "./find-tool.ts";
import { fuseOverlay } from "./fuse-overlay.ts";
import type { MountCommand } from "./launch.ts";
import type { ExitStatus } from "./sandbox.ts";
import type { StagePlan } from "./stage/plan.ts";
import { aptConfiguration, aptStaysRoot } from "./stage/root.ts";

type OverlayRoot = Extract<StagePlan["rootfs"], { kind: "overlay" }>;

/** The root of a step where the kernel makes no overlay. */
export interface OtherRoot {
  readonly writtenBy: Exclude<ExitStatus["writtenBy"], "kernel">;
  /** Told instead of the first one. */
  readonly plan: StagePlan;
  /** Makes it in the step's own mount namespace, and ends with 125 where it cannot. */
  readonly mount?: MountCommand;
  dispose(): void;
}

/** What stands in for an overlay, the cheapest first. */
export function otherRoot(
  plan: StagePlan,
  rootfs: OverlayRoot,
  onWarning: (message: string) => void,
): OtherRoot {
  const copied = copiedRoot(plan, rootfs);
  if (copied !== undefined) return copied;
  if (whyNoFuse() === undefined) return { writtenBy: "fuse-overlayfs", ...fuseOverlay(plan, rootfs) };
  return makeCopiedRoot(plan, rootfs, onWarning);
}

/** The root where it has been copied before: then there is no other. */
export function copiedRoot(plan: StagePlan, rootfs: OverlayRoot): OtherRoot | undefined {
  if (!isCopiedUpper(rootfs.upper)) return undefined;
  const keepsApt = plan.singleUid && existsSync(join(rootfs.upper, aptConfiguration));
  return {
    writtenBy: "copy",
    plan: {
      ...plan,
      rootfs: { kind: "directory", path: rootfs.upper },
      ...(keepsApt && { mounts: [...plan.mounts, aptMount] }),
    },
    dispose() {},
  };
}

const aptMount = {
  kind: "file",
  base64: btoa(aptStaysRoot.content),
  target: join("/", aptConfiguration, aptStaysRoot.name),
  ...{ mode: 0o644, uid: 0, gid: 0 },
} as const;

/** Copies the image's files, and says so. */
export function makeCopiedRoot(
  plan: StagePlan,
  rootfs: OverlayRoot,
  onWarning: (message: string) => void,
): OtherRoot {
  onWarning(copyWarning());
  copyRoot(rootfs);
  return copiedRoot(plan, rootfs)!;
}

/** What would make copying needless. */
export function copyWarning(): string {
  return whyNoFuse() === "no program"
    ? "no overlay file system can be mounted here, so the image's files are copied: install the package fuse-overlayfs, or keep the store on ext4, xfs, btrfs or tmpfs"
    : "no overlay file system can be mounted here, so the image's files are copied: fuse-overlayfs needs /dev/fuse, or keep the store on ext4, xfs, btrfs or tmpfs";
}

function whyNoFuse(): "no program" | "no device" | undefined {
  if (findTool("fuse-overlayfs") === undefined) return "no program";
  try {
    closeSync(openSync("/dev/fuse", "r+"));
    return undefined;
  } catch {
    return "no device";
  }
}
