import { closeSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { KasaneError } from "../lib/mod.ts";
import { findTool } from "./find-tool.ts";
import { markFuseUpper } from "./mark-fuse-upper.ts";
import { privilege } from "./privilege.ts";
import type { RootFilesystem } from "./sandbox.ts";
import {
  AT_FDCWD,
  attempt,
  errnoNameOf,
  MNT_DETACH,
  MS_NODEV,
  MS_RDONLY,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  sys,
} from "./stage/kernel.ts";

/** Layers that nobody writes on, top layer first. */
export interface ReadOnlyLayers {
  readonly kind: "layers";
  readonly lower: readonly string[];
}

/**
 * Mounts an overlay at `directory`/merged in the mount namespace of this process, where it stays until somebody unmounts it. `directory` also gets
 * short links to the layers, because mount(2) takes one page of options.
 * @throws KasaneError `sandbox`
 */
export function mountOverlay(
  rootfs: Extract<RootFilesystem, { kind: "overlay" }> | ReadOnlyLayers,
  directory: string,
): string {
  const merged = join(directory, "merged");
  const empty = join(directory, "empty");
  for (const path of [merged, empty]) mkdirSync(path, { recursive: true, mode: 0o755 });
  const links = join(directory, "lower");
  rmSync(links, { recursive: true, force: true });
  mkdirSync(links, { mode: 0o700 });
  const isReadOnly = rootfs.kind === "layers";
  // Without an upper directory the kernel wants two others.
  const lower =
    isReadOnly || rootfs.lower.length === 0
      ? [...rootfs.lower, ...(isReadOnly && rootfs.lower.length === 0 ? [links] : []), empty]
      : rootfs.lower;
  lower.forEach((path, index) => {
    symlinkSync(path, join(links, index.toString(36)));
  });
  const names = lower.map((_, index) => `lower/${index.toString(36)}`);
  const layers = `lowerdir=${names.join(":")}${isReadOnly ? "" : ",upperdir=upper,workdir=work"}`;
  const refusal = inDirectory(directory, () => mountWith(layers, isReadOnly ? MS_RDONLY : 0));
  if (refusal !== undefined) {
    mountFuse(layers, directory, refusal);
    if (!isReadOnly) markFuseUpper(join(directory, "upper"));
  }
  return merged;
}

/** The errno of the kernel where it makes no overlay here. */
function mountWith(layers: string, flags: number): string | undefined {
  const inUserNamespace = privilege() === "user-namespace";
  // The upper directory becomes a layer, so nothing may stand in it that only this mount understands.
  const plain = inUserNamespace ? ",userxattr" : ",index=off,metacopy=off,redirect_dir=off";
  let refusal: string | undefined;
  // An older kernel knows fewer options.
  for (const options of [plain, inUserNamespace ? ",userxattr" : ""]) {
    try {
      sys("mount", "overlay", "merged", "overlay", MS_NODEV | flags, layers + options);
      return undefined;
    } catch (error) {
      refusal = errnoNameOf(error);
    }
  }
  return refusal;
}

/** Relative names in mount options are seen from the directory a process is in. */
function inDirectory<T>(directory: string, work: () => T): T {
  const open = (path: string) => sys("openat", AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  const [here, there] = [open("."), open(directory)];
  try {
    sys("fchdir", there);
    return work();
  } finally {
    sys("fchdir", here);
    closeSync(here);
    closeSync(there);
  }
}

/** What fuse-overlayfs leaves running ends when it is unmounted. */
function mountFuse(layers: string, directory: string, errno: string): void {
  const program = findTool("fuse-overlayfs");
  const done =
    program === undefined
      ? undefined
      : Bun.spawnSync([program, "-o", layers, "merged"], {
          cwd: directory,
          stdin: "ignore",
          stdout: "ignore",
        });
  if (done?.exitCode === 0) return;
  const complaint = done?.stderr.toString().trim().split("\n").at(-1);
  throw new KasaneError("sandbox", `cannot mount ${directory}/merged: ${complaint || errno}`, {
    hint: "install the package fuse-overlayfs, or keep the store on ext4, xfs, btrfs or tmpfs: in a container, on a volume",
    data: { exitCode: 125 },
  });
}

/** Mount points of this mount namespace at or below an absolute path without symlinks, the innermost first. */
export function mountPointsBelow(path: string): string[] {
  const points = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => unescaped(line.split(" ")[4] ?? ""));
  return points.filter((point) => point === path || point.startsWith(`${path}/`)).reverse();
}

/** Takes away a mount; who has files open in it keeps them. */
export function unmount(path: string): void {
  attempt(() => sys("umount2", path, MNT_DETACH), "EINVAL", "ENOENT");
}

/** The kernel writes blanks, tabs, newlines and backslashes as `\040`. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
