import { writeFileSync } from "node:fs";
import { errnoOf } from "../../lib/mod.ts";
import type { Confinement } from "./confinement.ts";
import { openInside, pathOf } from "./inside.ts";
import { attempt, errnoNameOf, sys } from "./kernel.ts";
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
    writeFileSync("/proc/self/oom_score_adj", String(oomScoreAdj));
  } catch (error) {
    throw new StageFailure(`cannot set the OOM score to ${oomScoreAdj}: ${errnoOf(error)}`, {
      hint: "only root may lower it",
    });
  }
}

/** Kernel settings of the step's own namespaces, in the proc of its root. */
export function setSysctls(root: number, sysctls: Confinement["sysctls"]): void {
  for (const [name, value] of Object.entries(sysctls)) {
    const file = openInside(root, `/proc/sys/${name.replaceAll(".", "/")}`);
    try {
      if (file === undefined) throw Object.assign(new Error(), { code: "ENOENT" });
      writeFileSync(pathOf(file), value);
    } catch (error) {
      throw new StageFailure(`cannot set the kernel setting ${name}=${value}: ${errnoOf(error)}`, {
        hint: "see whether this kernel has it, and whether it belongs to a namespace of the container",
      });
    }
  }
}

/** For the next execve(). */
export function setAppArmorProfile({ appArmorProfile }: Confinement): void {
  if (appArmorProfile === undefined) return;
  for (const file of ["/proc/self/attr/apparmor/exec", "/proc/self/attr/exec"]) {
    try {
      writeFileSync(file, `exec ${appArmorProfile}`);
      return;
    } catch {
      // Older kernels have but the second.
    }
  }
  throw new StageFailure(`cannot use the AppArmor profile ${appArmorProfile}`, {
    hint: "load it with apparmor_parser, or use apparmor=unconfined",
  });
}

const O_WRONLY_CLOEXEC = 0o2000001;
const AT_FDCWD = -100;
const CLONE_NEWCGROUP = 0x02000000;

/**
 * Opens what puts this process into its control groups. To be called while the machine's files can be seen; the function it returns puts
 * it there.
 */
export function prepareCgroup({ cgroup }: Confinement): () => void {
  const files = (cgroup?.join ?? []).map((file) => sys("openat", AT_FDCWD, file, O_WRONLY_CLOEXEC, 0));
  return () => {
    for (const file of files) sys("write", file, "0", 1);
  };
}

/**
 * Makes the groups the root of a control group namespace. What counts memory is left again at once: the program is to join, not the runtime that
 * prepares it.
 */
export function makeCgroupRoot({ cgroup }: Confinement, join: () => void): void {
  if (cgroup === undefined) {
    attempt(() => sys("unshare", CLONE_NEWCGROUP));
    return;
  }
  const back = cgroup.leave.map((file) => sys("openat", AT_FDCWD, file, O_WRONLY_CLOEXEC, 0));
  join();
  attempt(() => sys("unshare", CLONE_NEWCGROUP));
  for (const file of back) sys("write", file, "0", 1);
}
