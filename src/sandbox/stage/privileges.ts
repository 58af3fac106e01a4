import { attempt, sys } from "./kernel.ts";
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

/** No capability above this one is asked for; those the kernel does not know are EINVAL. */
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
  sys("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0);
  const kept = new Set(capabilities);
  for (let capability = 0; capability <= highestCapability; capability++) {
    if (kept.has(capability)) continue;
    if (!attempt(() => sys("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0), "EINVAL")) break;
  }
  attempt(() => sys("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "EINVAL");
  const isMapped = attempt(() => {
    sys("setgroups", user.groups.length, Uint32Array.from(user.groups));
    sys("setresgid", user.gid, user.gid, user.gid);
    sys("setresuid", user.uid, user.uid, user.uid);
  }, "EINVAL");
  if (!isMapped) {
    throw new StageFailure(
      `cannot run as ${user.uid}:${user.gid}: your user namespace has no such uid or gid`,
      {
        hint: "/etc/subuid and /etc/subgid say how many you have; 65536 are usual",
      },
    );
  }
  limitCapabilities(user.uid === 0 ? [...kept] : []);
  // Changing the user disarms it; without it the step would outlive the death of its launcher by a moment more.
  sys("prctl", PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/** Permitted and effective become what is in `wanted` of what is permitted now; nothing is inheritable. */
function limitCapabilities(wanted: readonly number[]): void {
  const header = Uint32Array.of(LINUX_CAPABILITY_VERSION_3, 0);
  const present = new Uint32Array(6);
  sys("capget", header, present);
  const data = new Uint32Array(6);
  for (const capability of wanted) {
    const word = capability >> 5;
    const bit = (1 << (capability & 31)) >>> 0;
    const permitted = present[word * 3 + 1]! & bit;
    data[word * 3] = (data[word * 3]! | permitted) >>> 0;
    data[word * 3 + 1] = (data[word * 3 + 1]! | permitted) >>> 0;
  }
  sys("capset", header, data);
}
