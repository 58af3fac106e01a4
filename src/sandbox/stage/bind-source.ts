import { fstatSync, readFileSync, type Stats } from "node:fs";
import type { BindMount } from "../sandbox.ts";
import { openInside, pathOf } from "./inside.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  attempt,
  close,
  errnoNameOf,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_T_SYMLINKS,
  MS_BIND,
  MS_PRIVATE,
  MS_REC,
  MS_SHARED,
  MS_SLAVE,
  O_CLOEXEC,
  O_PATH,
  OPEN_TREE_CLONE,
  sys,
} from "./kernel.ts";
import { StageFailure, type StagePlan } from "./plan.ts";

/** What a bind mount shows, ready to be put in its place. */
export interface BindSource {
  /** O_PATH. */
  readonly fd: number;
  readonly stat: Stats;
  /**
   * A mount of it that is attached nowhere yet and has its restrictions already. Whoever exchanges directories of a shared volume while this container
   * starts can so neither have the restrictions put on another mount, nor see this one without them. Absent where the kernel has no such thing
   * (before 5.12).
   */
  readonly tree?: number;
}

export type BindSources = ReadonlyMap<BindMount, BindSource>;

/**
 * Opens what the bind mounts show before anything is hidden by what is mounted meanwhile. Where the mounts of this machine came along with their
 * propagation, they lose it here: nothing that is mounted from now on is seen outside.
 */
export function openBindSources(plan: StagePlan): BindSources {
  const binds = plan.mounts.filter((mount) => mount.kind === "bind");
  const sources = new Map(binds.map((mount) => [mount, openSource(mount)]));
  if (hasPropagation(plan)) sys("mount", null, "/", null, MS_REC | MS_PRIVATE, null);
  return sources;
}

/** True where a mount is to be seen on both sides: then the mount namespace has to begin with the propagation of this machine's mounts. */
export function hasPropagation({ mounts }: Pick<StagePlan, "mounts">): boolean {
  return mounts.some((mount) => mount.kind === "bind" && isPropagated(mount));
}

function isPropagated({ propagation = "private" }: BindMount): boolean {
  return propagation !== "private";
}

function openSource(mount: BindMount): BindSource {
  const top = openPath(mount);
  const fd = mount.subpath === undefined ? top : openBelow(top, mount.subpath, mount);
  const stat = fstatSync(fd);
  if (isPropagated(mount)) checkPropagation(mount, fd);
  const tree = cloneTree(mount, fd, stat);
  return { fd, stat, ...(tree === undefined ? {} : { tree }) };
}

function openPath({ source, target }: BindMount): number {
  try {
    return sys("openat", AT_FDCWD, source, O_PATH | O_CLOEXEC, 0);
  } catch (error) {
    const errno = errnoNameOf(error);
    const isAbsent = errno === "ENOENT" || errno === "ENOTDIR";
    const reason = isAbsent ? "it does not exist" : errno === "EACCES" ? "permission denied" : errno;
    throw new StageFailure(`cannot mount ${source} at ${target}: ${reason}`, {
      hint: "check the source's path, and whether this user may use it",
    });
  }
}

function openBelow(top: number, subpath: string, { source, target }: BindMount): number {
  const fd = openInside(top, subpath);
  close(top);
  if (fd !== undefined) return fd;
  throw new StageFailure(`cannot mount ${subpath} of ${source} at ${target}: it does not exist`, {
    hint: "a part of a volume has to be there before it is mounted",
  });
}

function cloneTree(mount: BindMount, fd: number, stat: Stats): number | undefined {
  const recursive = mount.nonRecursive ? 0 : AT_RECURSIVE;
  const how = OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH | recursive;
  let tree: number;
  try {
    tree = sys("open_tree", fd, "", how);
  } catch (error) {
    // Old kernels, and filters of containers around us that do not know it.
    if (["ENOSYS", "EPERM"].includes(errnoNameOf(error))) return undefined;
    throw cannotMount(mount, errnoNameOf(error));
  }
  const isDevice = stat.isCharacterDevice() || stat.isBlockDevice();
  const set =
    (mount.readOnly ? MOUNT_ATTR_RDONLY : 0) |
    (mount.noSetuid ? MOUNT_ATTR_NOSUID : 0) |
    (mount.noExecute ? MOUNT_ATTR_NOEXEC : 0) |
    (isDevice ? 0 : MOUNT_ATTR_NODEV);
  const propagation = { private: MS_PRIVATE, slave: MS_SLAVE, shared: MS_SHARED }[
    mount.propagation ?? "private"
  ];
  // struct mount_attr: set, clear, propagation, user namespace.
  const attributes = BigUint64Array.of(BigInt(set), 0n, BigInt(propagation), 0n);
  const isSet = attempt(
    () => sys("mount_setattr", tree, "", AT_EMPTY_PATH | recursive, attributes, attributes.byteLength),
    "ENOSYS",
  );
  if (isSet) return tree;
  close(tree);
  return undefined;
}

/** Docker's check: where the source's own mount is not shared, there would be nothing to see. */
function checkPropagation({ source, propagation }: BindMount, fd: number): void {
  const id = /^mnt_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
  const row = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .find(([mountId]) => mountId === id);
  const options = row?.slice(6, row.indexOf("-")) ?? [];
  const isShared = options.some((option) => option.startsWith("shared:"));
  const isSlave = options.some((option) => option.startsWith("master:"));
  if (isShared || (propagation === "slave" && isSlave)) return;
  const wanted = propagation === "slave" ? "a shared or slave mount" : "a shared mount";
  throw new StageFailure(`path ${source} is mounted on ${row?.[4] ?? "/"} but it is not ${wanted}`, {
    hint: "make it one with 'mount --make-shared' as root; without root nothing is passed on",
  });
}

/** Puts a bind mount at `target`, a name for an open descriptor. True where its restrictions are in force already. */
export function attachBind(mount: BindMount, { fd, tree }: BindSource, target: string): boolean {
  if (tree === undefined) {
    sys("mount", pathOf(fd), target, null, MS_BIND | (mount.nonRecursive ? 0 : MS_REC), null);
    return false;
  }
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS;
  sys("move_mount", tree, "", AT_FDCWD, target, flags);
  return true;
}

export function closeBindSources(sources: BindSources): void {
  for (const { fd, tree } of sources.values())
    for (const each of [fd, tree]) if (each !== undefined) close(each);
}

function cannotMount({ source, target }: BindMount, errno: string): StageFailure {
  return new StageFailure(`cannot mount ${source} at ${target}: ${errno}`);
}
