import {
  chmodSync,
  chownSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Device } from "../isolation.ts";
import type { BindMount, FileMount } from "../sandbox.ts";
import { attachBind, type BindSource, type BindSources, closeBindSources } from "./bind-source.ts";
import type { Confinement } from "./confinement.ts";
import { makeDirectory, makeFile } from "./files.ts";
import { pathOf } from "./inside.ts";
import { placeMount, takeMount } from "./join.ts";
import {
  AT_FDCWD,
  attempt,
  close,
  MNT_DETACH,
  MS_BIND,
  O_CLOEXEC,
  O_NOFOLLOW,
  O_PATH,
  sys,
  sysAll,
  sysEach,
  sysHere,
} from "./kernel.ts";
import { maskedPaths, readOnlyPaths } from "./kernel-paths.ts";
import { mountLayers } from "./layers-mount.ts";
import { setSysctls } from "./limits.ts";
import {
  bind,
  bindMount,
  type Furnishing,
  type MountFlags,
  mountInside,
  mountNew,
  newMount,
  restrict,
  restrictEach,
  withInside,
} from "./mount.ts";
import { StageFailure, type StagePlan } from "./plan.ts";
import { mountTmpfs } from "./tmpfs.ts";

/** What no process inside gains by having. */
const inert = { noSetuid: true, noDevices: true, noExecute: true } as const satisfies MountFlags;

/**
 * Mounts proc and sys, without what would reach the host, and sets the kernel settings that are the step's own.
 * @throws StageFailure where a link stands in the place of one: the hiding would be done elsewhere
 */
export function mountKernelFilesystems(furnishing: Furnishing, { confinement }: StagePlan): void {
  const { isPrivileged, isUnmasked, namespaces } = confinement;
  for (const name of ["proc", "sys", "dev"]) refuseLink(furnishing, name);
  mountInside(furnishing, "/proc", "directory", (target) => {
    // Inside a container whose own proc is partly masked, the kernel refuses a new one to user namespaces.
    if (attempt(() => mountNew("proc", target, inert), "EPERM")) return;
    bind("/proc", target);
    if (namespaces.pid === "private")
      furnishing.onWarning("no proc of its own can be mounted here: steps see the names of other processes");
  });
  setSysctls(furnishing.root, confinement.sysctls);
  const sysFlags = { ...inert, readOnly: !isPrivileged };
  // sysfs shows network devices and so belongs to whoever owns the network namespace.
  let isOwn = false;
  mountInside(furnishing, "/sys", "directory", (target) => {
    isOwn = attempt(() => mountNew("sysfs", target, sysFlags), "EPERM");
  });
  if (!isOwn) mountInside(furnishing, "/sys", "directory", (target) => bind("/sys", target), sysFlags);
  mountControlGroups(furnishing, confinement);
  if (isUnmasked) return;
  hide(furnishing, maskedPaths);
  lock(furnishing, readOnlyPaths);
}

function refuseLink({ root }: Furnishing, name: string): void {
  const isLink = attempt(() => sysHere("readlinkat", root, name, new Uint8Array(1), 1), "ENOENT", "EINVAL");
  if (isLink)
    throw new StageFailure(`cannot use this root file system: /${name} is a symbolic link`, {
      hint: "it must be a directory of the image",
    });
}

/** The control groups as the step's own namespace of them shows them: runtimes read their limits there. */
function mountControlGroups({ root }: Furnishing, { isPrivileged, cgroup }: Confinement): void {
  const flags = { ...inert, readOnly: !isPrivileged };
  const trees = cgroup?.trees ?? [];
  withInside(root, "/sys/fs/cgroup", {}, (fd) => {
    if (trees.length === 0) attempt(() => mountNew("cgroup2", pathOf(fd), flags, "nsdelegate"));
    else attempt(() => mountNew("tmpfs", pathOf(fd), inert, "mode=755,size=64k"));
  });
  if (trees.length === 0) return;
  withInside(root, "/sys/fs/cgroup", {}, (top) => {
    const there = trees.filter((name) => attempt(() => sysHere("mkdirat", top, name, 0o755)));
    sysAll(there.map((name) => newMount("cgroup", `${pathOf(top)}/${name}`, flags, name)));
    restrict(top, { readOnly: true }, { recursive: false });
  });
}

/** Opens those of `paths` that are there, for `use`: files of the kernel's own file systems, where no link of an image can stand. */
function withKernelFiles(
  { root }: Furnishing,
  paths: readonly string[],
  use: (fds: readonly number[]) => void,
): void {
  const opened: number[] = [];
  try {
    for (const top of ["/proc", "/sys"]) {
      const below = paths
        .filter((path) => path.startsWith(`${top}/`))
        .map((path) => path.slice(top.length + 1));
      withInside(root, top, {}, (fd) => {
        for (const path of below)
          attempt(
            () => opened.push(sysHere("openat", fd, path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0)),
            "ENOENT",
          );
      });
    }
    use(opened);
  } finally {
    opened.forEach(close);
  }
}

function hide(furnishing: Furnishing, paths: readonly string[]): void {
  withKernelFiles(furnishing, paths, (fds) =>
    sysEach(
      fds.map((fd) =>
        fstatSync(fd).isDirectory()
          ? newMount("tmpfs", pathOf(fd), { ...inert, readOnly: true }, "size=0k")
          : ["mount", "/dev/null", pathOf(fd), null, MS_BIND, null],
      ),
    ),
  );
}

function lock(furnishing: Furnishing, paths: readonly string[]): void {
  withKernelFiles(furnishing, paths, (fds) => sysEach(fds.map((fd) => bindMount(pathOf(fd), pathOf(fd)))));
  // A second walk: what was opened before is hidden under the mounts.
  withKernelFiles(furnishing, paths, (fds) => restrictEach(fds, { ...inert, readOnly: true }));
}

export const deviceNodes: readonly string[] = ["null", "zero", "full", "random", "urandom", "tty"];
const deviceLinks: readonly (readonly [string, string])[] = [
  ["fd", "/proc/self/fd"],
  ["stdin", "/proc/self/fd/0"],
  ["stdout", "/proc/self/fd/1"],
  ["stderr", "/proc/self/fd/2"],
  ["ptmx", "pts/ptmx"],
];
/** The group `tty` of nearly every distribution. */
const terminalGroup = 5;

/** Everything of the host's /dev that is a device. */
export function hostDevices(): string[] {
  return readdirSync("/dev").filter((name) => {
    const stat = lstatSync(`/dev/${name}`, { throwIfNoEntry: false });
    return name !== "ptmx" && (stat?.isCharacterDevice() || stat?.isBlockDevice());
  });
}

/** A /dev of the step's own. Device nodes are bound from the host: a user namespace cannot make any. */
export function mountDevices(
  furnishing: Furnishing,
  staging: string,
  { singleUid, confinement }: StagePlan,
): void {
  const { isPrivileged, namespaces } = confinement;
  mountInside(furnishing, "/dev", "directory", (target) =>
    mountNew("tmpfs", target, { noSetuid: true, noDevices: true }, "mode=755,size=64m"),
  );
  const nodes = isPrivileged ? hostDevices() : deviceNodes;
  const group = singleUid ? "" : `,gid=${terminalGroup}`;
  // In a directory that nobody else has seen yet, names are what they seem.
  withInside(furnishing.root, "/dev", {}, (dev) => {
    const at = (name: string) => `${pathOf(dev)}/${name}`;
    for (const name of ["pts", "shm", "mqueue"]) makeDirectory(at(name));
    for (const [name, target] of deviceLinks) symlinkSync(target, at(name));
    if (existsSync("/proc/kcore")) symlinkSync("/proc/kcore", at("core"));
    for (const name of nodes) makeFile(at(name));
    const terminals = `newinstance,ptmxmode=0666,mode=0620${group}`;
    sysEach([
      ...nodes.map((name) => bindMount(`/dev/${name}`, at(name))),
      newMount("devpts", at("pts"), { noSetuid: true, noExecute: true }, terminals),
    ]);
  });
  for (const device of confinement.devices) mountDevice(furnishing, staging, device);
  if (confinement.hasSharedMemory) {
    mountInside(furnishing, "/dev/shm", "directory", (target) => {
      if (namespaces.ipc === "host") bind("/dev/shm", target);
      else if (namespaces.ipc !== "private") placeMount(takeMount(namespaces.ipc, "/dev/shm"), target);
      else mountNew("tmpfs", target, inert, `mode=1777,size=${confinement.sharedMemoryBytes}`);
    });
  }
  mountInside(furnishing, "/dev/mqueue", "directory", (target) => {
    if (namespaces.ipc === "host") attempt(() => bind("/dev/mqueue", target));
    else attempt(() => mountNew("mqueue", target, inert), "ENODEV", "EPERM");
  });
}

/** A directory stands for every device in it. */
function mountDevice(furnishing: Furnishing, staging: string, device: Device): void {
  const { source, target, permissions, node } = device;
  if (node && mountNode(furnishing, staging, device)) return;
  if (node && !node.isOnHost) {
    throw new StageFailure(`cannot make the device ${target} (${node.major}:${node.minor}): root is needed`, {
      hint: "have root make its node on this machine, or run this as root",
    });
  }
  const stat = statSync(source, { throwIfNoEntry: false });
  if (stat?.isDirectory()) {
    for (const name of readdirSync(source))
      mountDevice(furnishing, staging, {
        ...{ source: join(source, name), target: join(target, name), permissions },
      });
    return;
  }
  if (!stat?.isCharacterDevice() && !stat?.isBlockDevice()) {
    if (stat !== undefined) return;
    throw new StageFailure(
      `error gathering device information while adding custom device ${JSON.stringify(source)}: no such file or directory`,
      { hint: "write DEVICE or DEVICE:PATH[:rwm], with a device of this machine" },
    );
  }
  mountInside(furnishing, target, "file", (path) => bind(source, path), {
    readOnly: !permissions.includes("w"),
  });
}

/** A node of its own, where this process may make one. It stands in a file system that nobody else sees. */
function mountNode(furnishing: Furnishing, staging: string, { target, permissions, node }: Device): boolean {
  const { type, major, minor, fileMode, uid, gid } = node!;
  const directory = mkdtempSync(join(staging, "node-"));
  const path = join(directory, "node");
  mountNew("tmpfs", directory, { noSetuid: true, noExecute: true }, "mode=700,size=64k");
  const mask = sys("umask", 0);
  // As makedev(3) packs them for the kernel.
  const number = (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
  const kind = type === "b" ? constants.S_IFBLK : constants.S_IFCHR;
  const isMade = attempt(() => {
    sys("mknodat", AT_FDCWD, path, kind | (fileMode & 0o777), number >>> 0);
    sys("fchownat", AT_FDCWD, path, uid, gid, 0);
    const flags = { readOnly: !permissions.includes("w") };
    mountInside(furnishing, target, "file", (place) => bind(path, place), flags);
  }, "EPERM");
  sys("umask", mask);
  sys("umount2", directory, MNT_DETACH);
  return isMade;
}

/** /etc/resolv.conf, /etc/hosts and /etc/hostname: copies of this step's own, so that writing to them changes nobody else's. */
export function mountNetworkFiles(furnishing: Furnishing, staging: string, plan: StagePlan): void {
  const directory = join(staging, "etc");
  makeDirectory(directory);
  const contents = { "resolv.conf": plan.resolvConf, hosts: plan.hosts, hostname: `${plan.hostname}\n` };
  for (const [name, text] of Object.entries(contents)) {
    if (plan.mounts.some((mount) => mount.target === `/etc/${name}`)) continue;
    const file = join(directory, name);
    makeFile(file, text);
    mountInside(furnishing, `/etc/${name}`, "file", (target) => bind(file, target));
  }
}

/** The step's own mounts, outer ones first. */
export function mountVolumes(
  furnishing: Furnishing,
  staging: string,
  plan: StagePlan,
  sources: BindSources,
): void {
  const depth = (path: string) => path.split("/").filter(Boolean).length;
  for (const mount of plan.mounts.toSorted((a, b) => depth(a.target) - depth(b.target))) {
    if (/^\/+(proc(\/|$)|$)/.test(join("/", mount.target))) {
      throw new StageFailure(`cannot mount over ${mount.target}`, { hint: "choose another target" });
    }
    if (mount.kind === "tmpfs") mountTmpfs(furnishing, mount);
    else if (mount.kind === "file") mountFile(furnishing, staging, mount, plan);
    else if (mount.kind === "layers") mountLayers(furnishing, staging, mount, plan);
    else mountBind(furnishing, mount, sources.get(mount)!);
  }
  closeBindSources(sources);
}

function mountBind(furnishing: Furnishing, mount: BindMount, source: BindSource): void {
  const { stat } = source;
  const isDevice = stat.isCharacterDevice() || stat.isBlockDevice();
  let isRestricted = false;
  mountInside(furnishing, mount.target, stat.isDirectory() ? "directory" : "file", (target) => {
    isRestricted = attachBind(mount, source, target);
  });
  if (isRestricted) return;
  withInside(furnishing.root, mount.target, {}, (fd) =>
    restrict(fd, { ...mount, noDevices: !isDevice }, { recursive: mount.nonRecursive !== true }),
  );
}

function mountFile(furnishing: Furnishing, staging: string, mount: FileMount, plan: StagePlan): void {
  const directory = mkdtempSync(join(staging, "file-"));
  const file = join(directory, "content");
  writeFileSync(file, Buffer.from(mount.base64, "base64"), { mode: 0o600 });
  // With a single uid everybody inside is root.
  if (!plan.singleUid) chownSync(file, mount.uid, mount.gid);
  chmodSync(file, mount.mode);
  mountInside(furnishing, mount.target, "file", (target) => bind(file, target), { ...inert, readOnly: true });
}
