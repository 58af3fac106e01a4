import type { Confinement } from "./confinement.ts";
import { writeInto } from "./files.ts";
import { AT_FDCWD, attempt, errnoNameOf, type SystemCall, sys, sysEach, sysHere } from "./kernel.ts";
import { withInside } from "./mount.ts";
import { StageFailure } from "./plan.ts";

/** RLIMIT_… by number (x86 and ARM). */
const resourceNumbers: Readonly<Record<string, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};

const infinity = 2n ** 64n - 1n;

const limitOf = (value: number) => (value < 0 ? infinity : BigInt(value));

/** Raises hard limits, which a program without the capability may not. @throws StageFailure where that is refused */
export function raiseUlimits({ ulimits }: Confinement): void {
  for (const { name, soft, hard } of ulimits) {
    const present = new BigUint64Array(2);
    sys("prlimit64", 0, resourceNumbers[name]!, null, present);
    if (limitOf(hard) <= present[1]!) continue;
    try {
      sys("prlimit64", 0, resourceNumbers[name]!, BigUint64Array.of(present[0]!, limitOf(hard)), null);
    } catch (error) {
      throw new StageFailure(`cannot set the limit ${name}=${soft}:${hard}: ${errnoNameOf(error)}`, {
        hint: "only root may raise a hard limit: 'ulimit -H -a' shows yours",
      });
    }
  }
}

/** The limits as they are to be: the last thing before the program, for the runtime may need more. */
export function setUlimits({ ulimits }: Confinement): void {
  for (const { name, soft, hard } of ulimits)
    sys("prlimit64", 0, resourceNumbers[name]!, BigUint64Array.of(limitOf(soft), limitOf(hard)), null);
}

/** Of this process, and so of the program it becomes. */
export function setOomScore({ oomScoreAdj }: Confinement): void {
  if (oomScoreAdj === undefined) return;
  try {
    writeInto(AT_FDCWD, "/proc/self/oom_score_adj", String(oomScoreAdj));
  } catch (error) {
    throw new StageFailure(`cannot set the OOM score to ${oomScoreAdj}: ${errnoNameOf(error)}`, {
      hint: "only root may lower it",
    });
  }
}

/** Kernel settings of the step's own namespaces, in the proc of its root. */
export function setSysctls(root: number, sysctls: Confinement["sysctls"]): void {
  for (const [name, value] of Object.entries(sysctls)) {
    try {
      // Whose settings these are, the kernel tells from who looks for the file.
      withInside(root, "/proc", {}, (proc) => writeInto(proc, `sys/${name.replaceAll(".", "/")}`, value));
    } catch (error) {
      throw new StageFailure(`cannot set the kernel setting ${name}=${value}: ${errnoNameOf(error)}`, {
        hint: "see whether this kernel has it, and whether it belongs to a namespace of the container",
      });
    }
  }
}

/** For the next execve(). */
export function setAppArmorProfile({ appArmorProfile }: Confinement): void {
  if (appArmorProfile === undefined) return;
  for (const file of ["/proc/self/attr/apparmor/exec", "/proc/self/attr/exec"]) {
    // Older kernels have but the second.
    if (attempt(() => writeInto(AT_FDCWD, file, `exec ${appArmorProfile}`))) return;
  }
  throw new StageFailure(`cannot use the AppArmor profile ${appArmorProfile}`, {
    hint: "load it with apparmor_parser, or use apparmor=unconfined",
  });
}

const O_WRONLY_CLOEXEC = 0o2000001;
const CLONE_NEWCGROUP = 0x02000000;

/**
 * Opens what puts this process into its control groups. To be called while the machine's files can be seen; the calls it returns put
 * it there.
 */
export function prepareCgroup({ cgroup }: Confinement): readonly SystemCall[] {
  return opened(cgroup?.join ?? []).map(enter);
}

/**
 * Makes the groups the root of a control group namespace. What counts memory is left again at once: the program is to join, not the runtime that
 * prepares it.
 */
export function makeCgroupRoot({ cgroup }: Confinement, joining: readonly SystemCall[]): void {
  const back = opened(cgroup?.leave ?? []);
  sysEach(joining);
  // A kernel without them has none to show.
  attempt(() => sys("unshare", CLONE_NEWCGROUP));
  sysEach(back.map(enter));
}

function opened(files: readonly string[]): number[] {
  return files.map((file) => sysHere("openat", AT_FDCWD, file, O_WRONLY_CLOEXEC, 0));
}

function enter(file: number): SystemCall {
  return ["write", file, "0", 1];
}
