import { attempt, type SystemCall, sys, sysEach, sysHere } from "./kernel.ts";
import { StageFailure } from "./plan.ts";
import type { ResolvedUser } from "./user.ts";

const PR_SET_DUMPABLE = 4;
const PR_SET_PDEATHSIG = 1;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;
const KEYCTL_JOIN_SESSION_KEYRING = 1;
const LINUX_CAPABILITY_VERSION_3 = 0x20080522;
const SIGKILL = 9;

/** No capability above this one is asked for. */
const highestCapability = 63;

/** Leaves the keys of the caller's session behind. Before the system call filter, which forbids it. */
export function leaveSessionKeyring(): void {
  attempt(
    () => sys("keyctl", KEYCTL_JOIN_SESSION_KEYRING, null),
    "ENOSYS",
    "EPERM",
    "EACCES",
    "EDQUOT",
    "ENOMEM",
  );
}

export function forbidNewPrivileges(): void {
  sys("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/**
 * Turns this thread into `user` with at most `capabilities` of those there are. The bounding set is what counts: root, and set-uid
 * programs, get after execve() what is in it.
 */
export function becomeUser(user: ResolvedUser, { capabilities }: { capabilities: readonly number[] }): void {
  // With no more power than the program, this process could be looked into by those of the container: by /proc/PID/exe they would hold on to the
  // host's runtime, to write to it when nobody runs it (CVE-2019-5736). execve() ends it.
  const hidden: SystemCall = ["prctl", PR_SET_DUMPABLE, 0, 0, 0, 0];
  const kept = new Set(capabilities);
  const dropped = Array.from({ length: highestCapability + 1 }, (_, capability) => capability).filter(
    (capability) => !kept.has(capability),
  );
  const bounding = dropped.map((capability): SystemCall => ["prctl", PR_CAPBSET_DROP, capability, 0, 0, 0]);
  // The kernel does not know them all.
  sysEach([hidden, ...bounding, ["prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0]], "EINVAL");
  const permitted = permittedCapabilities();
  const isMapped = attempt(
    () =>
      sysEach([
        ["setgroups", user.groups.length, Uint32Array.from(user.groups)],
        ["setresgid", user.gid, user.gid, user.gid],
        ["setresuid", user.uid, user.uid, user.uid],
      ]),
    "EINVAL",
  );
  if (!isMapped) {
    throw new StageFailure(
      `cannot run as ${user.uid}:${user.gid}: your user namespace has no such uid or gid`,
      {
        hint: "/etc/subuid and /etc/subgid say how many you have; 65536 are usual",
      },
    );
  }
  sysEach([
    limitCapabilities(permitted, user.uid === 0 ? [...kept] : []),
    // Changing the user disarms it; without it the step would outlive the death of its launcher by a moment more.
    ["prctl", PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0],
  ]);
}

/** Those of whoever is about to become a user: of capget(2), the words that are permitted. */
function permittedCapabilities(): readonly number[] {
  const present = new Uint32Array(6);
  sysHere("capget", Uint32Array.of(LINUX_CAPABILITY_VERSION_3, 0), present);
  return [present[1]!, present[4]!];
}

/** Permitted and effective become what is in `wanted` of what is permitted; nothing is inheritable. */
function limitCapabilities(permitted: readonly number[], wanted: readonly number[]): SystemCall {
  const data = new Uint32Array(6);
  for (const capability of wanted) {
    const word = capability >> 5;
    const bit = permitted[word]! & ((1 << (capability & 31)) >>> 0);
    data[word * 3] = (data[word * 3]! | bit) >>> 0;
    data[word * 3 + 1] = (data[word * 3 + 1]! | bit) >>> 0;
  }
  return ["capset", Uint32Array.of(LINUX_CAPABILITY_VERSION_3, 0), data];
}
