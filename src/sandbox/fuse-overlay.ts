import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { KasaneError } from "../lib/mod.ts";
import { findTool } from "./find-tool.ts";
import type { StagePlan } from "./stage/plan.ts";
import { makeBase } from "./stage/root.ts";

type OverlayRoot = Extract<StagePlan["rootfs"], { kind: "overlay" }>;

/** An overlay by fuse-overlayfs, for where the kernel makes none: on an upper directory that is itself in an overlay, for one. */
export interface FuseOverlay {
  /** The command that mounts it and returns; what it leaves running ends with the pid namespace it is in. */
  readonly command: readonly string[];
  /** The plan of a step whose root is the mounted directory. */
  readonly plan: StagePlan;
  dispose(): void;
}

/** @throws KasaneError `sandbox` where fuse-overlayfs is missing; `errno` is what the kernel said to its own overlay */
export function fuseOverlay(plan: StagePlan, rootfs: OverlayRoot, errno: string): FuseOverlay {
  const program = findTool("fuse-overlayfs");
  if (program === undefined) {
    throw new KasaneError(
      "sandbox",
      `the kernel refused an overlay file system on ${rootfs.upper}: ${errno}`,
      {
        hint: "install the package fuse-overlayfs, or keep the store on ext4, xfs, btrfs or tmpfs",
        data: { exitCode: 125 },
      },
    );
  }
  const base = join(rootfs.work, "base");
  const work = join(rootfs.work, "fuse");
  const merged = join(rootfs.work, "merged");
  for (const path of [work, merged]) mkdirSync(path, { recursive: true });
  makeBase(plan, base);
  const lower = [...rootfs.lower, base].map(escaped).join(":");
  const options = `lowerdir=${lower},upperdir=${escaped(rootfs.upper)},workdir=${escaped(work)}`;
  return {
    command: [program, "-o", options, merged],
    plan: { ...plan, rootfs: { kind: "directory", path: merged } },
    dispose() {
      rmdirSync(merged);
      for (const path of [base, work]) rmSync(path, { recursive: true, force: true });
    },
  };
}

function escaped(path: string): string {
  return path.replaceAll(/[\\:,]/g, "\\$&");
}
