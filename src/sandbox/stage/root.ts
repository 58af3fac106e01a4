import { chmodSync, existsSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf } from "../../lib/mod.ts";
import { makeDirectory, makeFile } from "./files.ts";
import { pathOf } from "./inside.ts";
import {
  AT_FDCWD,
  close,
  errnoNameOf,
  MS_BIND,
  MS_NODEV,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  sys,
  sysHere,
} from "./kernel.ts";
import { mountNew, restrict } from "./mount.ts";
import { StageFailure, type StagePlan } from "./plan.ts";
import { tmpfsMode } from "./tmpfs.ts";

export interface MountedRoot {
  /** The root directory of the new root, O_PATH. */
  readonly fd: number;
  /** A directory on a tmpfs of this step's own, for files that are bound into the root: a name for its descriptor. */
  readonly staging: string;
  /** The same, where it is in the mount namespace. */
  readonly place: string;
}

/** The kernel refused an overlay here: on an upper directory that is an overlay itself, for one. */
export class OverlayRefused extends Error {
  readonly errno: string;
  constructor(errno: string) {
    super(`overlay refused: ${errno}`);
    this.errno = errno;
  }
}

/** Paths that are mounted over in every root. */
const directories = ["proc", "sys", "dev", "etc"];
const files = ["etc/resolv.conf", "etc/hosts", "etc/hostname"];

/**
 * Mounts the new root file system in this mount namespace.
 *
 * A tmpfs is laid over the work directory (or the root directory itself): the one place that is certainly ours to hide. It holds the
 * mount point of the root, and short links to the layers, because mount(2) takes one page of options and a path may hold `:` and `,`.
 */
export function mountRoot(plan: StagePlan): MountedRoot {
  const { rootfs } = plan;
  const place = rootfs.kind === "overlay" ? rootfs.work : rootfs.path;
  const hidden = openDirectory(place);
  try {
    mountNew("tmpfs", place, { noSetuid: true, noDevices: true }, "mode=700");
  } catch (error) {
    throw new StageFailure(`cannot mount a tmpfs over ${place}: ${errnoNameOf(error)}`);
  }
  const staging = pathOf(openDirectory(place));
  const root = join(staging, "root");
  makeDirectory(root);
  if (rootfs.kind === "overlay") mountOverlay(plan, rootfs, staging, hidden);
  else {
    // Not what is mounted below it: the tmpfs that has just been mounted there would come along.
    sys("mount", pathOf(hidden), root, null, MS_BIND, null);
  }
  close(hidden);
  const fd = openDirectory(root, sysHere);
  // A step that may make device nodes must not be able to open them: the disk of the host is one of them. An overlay is mounted so.
  if (rootfs.kind !== "overlay" && !plan.confinement.isPrivileged) restrict(fd, { noDevices: true });
  return { fd, staging, place };
}

function openDirectory(path: string, by = sys): number {
  try {
    return by("openat", AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
  } catch (error) {
    throw new StageFailure(`cannot open ${path}: ${errnoNameOf(error)}`);
  }
}

type OverlayRoot = Extract<StagePlan["rootfs"], { kind: "overlay" }>;

/** Not a matter of file systems: a directory is missing, or memory. */
const ours = ["ENOENT", "ENOTDIR", "ELOOP", "ENOMEM", "ENFILE", "EMFILE"];

function mountOverlay(plan: StagePlan, rootfs: OverlayRoot, staging: string, work: number): void {
  makeBase(plan, join(staging, "base"));
  makeDirectory(join(staging, "l"));
  rootfs.lower.forEach((path, index) => {
    symlinkSync(path, join(staging, "l", index.toString(36)));
  });
  symlinkSync(rootfs.upper, join(staging, "upper"));
  symlinkSync(pathOf(work), join(staging, "work"));
  const lower = [...rootfs.lower.map((_, index) => `l/${index.toString(36)}`), "base"];
  const layers = `lowerdir=${lower.join(":")},upperdir=upper,workdir=work`;
  // The upper directory becomes a layer, so nothing may stand in it that only this mount understands.
  const plain = plan.userXattrs ? ",userxattr" : ",index=off,metacopy=off,redirect_dir=off";
  sys("chdir", staging);
  let refusal = "";
  // An older kernel knows fewer options.
  const worked = [
    ...(rootfs.durable ? [] : [`${plain},volatile`]),
    plain,
    plan.userXattrs ? ",userxattr" : "",
  ].some((options) => {
    try {
      sys("mount", "overlay", "root", "overlay", MS_NODEV, layers + options);
      return true;
    } catch (error) {
      refusal = errnoNameOf(error);
      return false;
    }
  });
  if (worked) return;
  if (ours.includes(refusal))
    throw new StageFailure(`cannot mount the layers of ${rootfs.upper}: ${refusal}`);
  throw new OverlayRefused(refusal);
}

/**
 * The lowest layer of all: empty mount points. An image that has these paths hides them; one that has not needs nothing made in
 * its upper directory, where it would have to be told from the step's own work.
 */
export function makeBase(plan: StagePlan, base: string): void {
  makeDirectory(base);
  for (const name of directories) makeDirectory(join(base, name));
  for (const name of files) makeFile(join(base, name));
  if (plan.singleUid) letAptStayRoot(plan, base);
  for (const mount of plan.mounts) {
    // Joined cleanly below the base, which holds no symlinks.
    const target = join("/", mount.target);
    try {
      const isFile =
        mount.kind === "file" || (mount.kind === "bind" && !statSync(mount.source).isDirectory());
      makeDirectories(base, isFile ? dirname(target) : target);
      if (isFile) makeFile(join(base, target));
      else if (mount.kind === "tmpfs") chmodSync(join(base, target), tmpfsMode);
    } catch (error) {
      // What does not fit together (a file where a directory should be) is openInside()'s to tell.
      if (errnoOf(error) === undefined) throw error;
    }
  }
}

export const aptConfiguration = "etc/apt/apt.conf.d";

/** A file of apt's configuration. */
export const aptStaysRoot = { name: "zz-single-uid", content: 'APT::Sandbox::User "root";\n' } as const;

/**
 * apt drops to the user _apt for downloads and looks whether it has become that user, which with a single uid nobody can. The setting that keeps it root
 * stands in the base for the time of the step, so it is in no layer.
 */
function letAptStayRoot({ rootfs }: StagePlan, base: string): void {
  if (rootfs.kind !== "overlay") return;
  if (!rootfs.lower.some((lower) => existsSync(join(lower, aptConfiguration)))) return;
  makeDirectories(base, aptConfiguration);
  makeFile(join(base, aptConfiguration, aptStaysRoot.name), aptStaysRoot.content);
}

function makeDirectories(base: string, path: string): void {
  const names = path.split("/").filter(Boolean);
  names.forEach((_, index) => {
    const path = join(base, ...names.slice(0, index + 1));
    if (!existsSync(path)) makeDirectory(path);
  });
}
