import { type InsideOptions, openInside, pathOf } from "./inside.ts";
import {
  AT_EMPTY_PATH,
  AT_RECURSIVE,
  attempt,
  close,
  errnoNameOf,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_BIND,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  type SystemCall,
  sys,
  sysEach,
} from "./kernel.ts";
import { StageFailure } from "./plan.ts";

export interface MountFlags {
  readonly readOnly?: boolean;
  readonly noSetuid?: boolean;
  readonly noDevices?: boolean;
  readonly noExecute?: boolean;
}

/** Mounts a new file system of `type` at `target`. */
export function mountNew(type: string, target: string, flags: MountFlags, data = ""): void {
  sys(...newMount(type, target, flags, data));
}

/** The call that mountNew() makes. */
export function newMount(type: string, target: string, flags: MountFlags, data = ""): SystemCall {
  return ["mount", type, target, type, legacyFlags(flags), data];
}

/** The new root while it is being furnished. */
export interface Furnishing {
  /** The root directory, O_PATH. */
  readonly root: number;
  readonly onMade: NonNullable<InsideOptions["onMade"]>;
  readonly onWarning: (message: string) => void;
}

/**
 * Mounts something at `target` inside the new root, making the mount point where it is missing; `mount` gets a name for it. `flags`
 * are added afterwards, to everything that was mounted.
 * @throws StageFailure when the kernel refuses
 */
export function mountInside(
  { root, onMade }: Furnishing,
  target: string,
  mountPoint: "file" | "directory",
  mount: (target: string) => void,
  flags: MountFlags = {},
): void {
  const step = (call: () => void) => {
    try {
      call();
    } catch (error) {
      if (error instanceof StageFailure) throw error;
      throw new StageFailure(`cannot mount ${target}: ${errnoNameOf(error)}`);
    }
  };
  step(() => withInside(root, target, { make: mountPoint, onMade }, (fd) => mount(pathOf(fd))));
  if (!Object.values(flags).some(Boolean)) return;
  // A second walk: the descriptor of before stands for what is now hidden under the mount.
  step(() => withInside(root, target, {}, (fd) => restrict(fd, flags)));
}

/** Opens `path` inside `root` for `use`; false when it is not there. */
export function withInside(
  root: number,
  path: string,
  options: InsideOptions,
  use: (fd: number) => void,
): boolean {
  const fd = openInside(root, path, options);
  if (fd === undefined) return false;
  try {
    use(fd);
  } finally {
    close(fd);
  }
  return true;
}

/** Shows `source`, with everything mounted below it, at `target` too. */
export function bind(source: string, target: string): void {
  sys(...bindMount(source, target));
}

/** The call that bind() makes. */
export function bindMount(source: string, target: string): SystemCall {
  return ["mount", source, target, null, MS_BIND | MS_REC, null];
}

/**
 * Adds restrictions to the mount that `fd` is the root of and, unless told otherwise, to those below; what restricts them already stays, because a
 * user namespace must not lift it. Kernels before 5.12 have no mount_setattr: there only the topmost mount is restricted.
 */
export function restrict(
  fd: number,
  flags: MountFlags,
  options: { recursive: boolean } = { recursive: true },
): void {
  restrictEach([fd], flags, options);
}

/** restrict() of several. */
export function restrictEach(
  fds: readonly number[],
  flags: MountFlags,
  { recursive }: { recursive: boolean } = { recursive: true },
): void {
  const set =
    (flags.readOnly ? MOUNT_ATTR_RDONLY : 0) |
    (flags.noSetuid ? MOUNT_ATTR_NOSUID : 0) |
    (flags.noDevices ? MOUNT_ATTR_NODEV : 0) |
    (flags.noExecute ? MOUNT_ATTR_NOEXEC : 0);
  // struct mount_attr: set, clear, propagation, user namespace.
  const attributes = BigUint64Array.of(BigInt(set), 0n, 0n, 0n);
  const how = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  const calls = fds.map(
    (fd): SystemCall => ["mount_setattr", fd, "", how, attributes, attributes.byteLength],
  );
  if (attempt(() => sysEach(calls), "ENOSYS")) return;
  for (const fd of fds) {
    const all = MS_REMOUNT | MS_BIND | presentFlags(fd) | legacyFlags(flags);
    sys("mount", null, pathOf(fd), null, all, null);
  }
}

/** The read-only, nosuid, nodev and noexec bits of a mount: statfs(2) has them where mount(2) has them. */
function presentFlags(fd: number): number {
  const statfs = new BigUint64Array(15);
  sys("fstatfs", fd, statfs);
  return Number(statfs[10]! & 0xfn);
}

function legacyFlags(flags: MountFlags): number {
  return (
    (flags.readOnly ? MS_RDONLY : 0) |
    (flags.noSetuid ? MS_NOSUID : 0) |
    (flags.noDevices ? MS_NODEV : 0) |
    (flags.noExecute ? MS_NOEXEC : 0)
  );
}
