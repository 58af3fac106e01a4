import { closeSync, mkdirSync, readFileSync, rmSync, statfsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { copyReadOnly, copyRoot, isCopiedUpper } from "./copied-root/copied-root.ts";
import { findTool } from "./find-tool.ts";
import { markFuseUpper } from "./mark-fuse-upper.ts";
import { copyWarning } from "./other-root.ts";
import { privilege } from "./privilege.ts";
import type { RootFilesystem } from "./sandbox.ts";
import {
  AT_FDCWD,
  attempt,
  MNT_DETACH,
  MS_BIND,
  MS_NODEV,
  MS_RDONLY,
  MS_REMOUNT,
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
  onWarning: (message: string) => void,
): string {
  const merged = join(directory, "merged");
  const empty = join(directory, "empty");
  for (const path of [merged, empty]) mkdirSync(path, { recursive: true, mode: 0o755 });
  const links = join(directory, "lower");
  rmSync(links, { recursive: true, force: true });
  mkdirSync(links, { mode: 0o700 });
  const isReadOnly = rootfs.kind === "layers";
  if (rootfs.kind === "overlay" && isCopiedUpper(rootfs.upper)) return bind(rootfs.upper, merged);
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
  if (
    areForKernel(rootfs.lower) &&
    inDirectory(directory, () => mountWith(layers, isReadOnly ? MS_RDONLY : 0))
  )
    return merged;
  if (mountFuse(layers, directory)) {
    if (!isReadOnly) markFuseUpper(join(directory, "upper"));
    return merged;
  }
  onWarning(copyWarning());
  if (rootfs.kind === "overlay") {
    copyRoot(rootfs);
    return bind(rootfs.upper, merged);
  }
  const copy = join(directory, "copy");
  copyReadOnly(rootfs.lower, copy);
  bind(copy, merged);
  sys("mount", "none", merged, null, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NODEV, null);
  return merged;
}

const overlayMagic = 0x794c7630;

/** False in an overlay: there layers have marks that the kernel does not know, and it would mount them all the same, to be read. */
export function areForKernel(layers: readonly string[]): boolean {
  return !layers.some((path) => statfsSync(path).type === overlayMagic);
}

function bind(directory: string, merged: string): string {
  sys("mount", directory, merged, null, MS_BIND, null);
  return merged;
}

/** False where the kernel makes no overlay here. */
function mountWith(layers: string, flags: number): boolean {
  const inUserNamespace = privilege() === "user-namespace";
  // The upper directory becomes a layer, so nothing may stand in it that only this mount understands.
  const plain = inUserNamespace ? ",userxattr" : ",index=off,metacopy=off,redirect_dir=off";
  // An older kernel knows fewer options.
  return [plain, inUserNamespace ? ",userxattr" : ""].some((options) =>
    attempt(() => sys("mount", "overlay", "merged", "overlay", MS_NODEV | flags, layers + options)),
  );
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
function mountFuse(layers: string, directory: string): boolean {
  const program = findTool("fuse-overlayfs");
  if (program === undefined) return false;
  const stdio = ["ignore", "ignore", "ignore"] as const;
  return Bun.spawnSync([program, "-o", layers, "merged"], { cwd: directory, stdio: [...stdio] }).success;
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
