import type { CapabilityName } from "../capabilities.ts";
import {
  ALLOW,
  AND,
  architectureProgram,
  armPrivate,
  ENOSYS,
  EPERM,
  IF_EQUAL,
  IF_GREATER,
  type Instruction,
  LOAD,
  offsetOfArgument,
  offsetOfNumber,
  RETURN,
  SUCCESS,
} from "./bpf.ts";
import { type CallArchitecture, callNumbers, newestCall } from "./syscall-numbers.ts";

/**
 * Calls that fail with EPERM inside, unless the program has one of the capabilities before them. Docker's profile lists what is allowed instead; this is
 * what that leaves out, so that what is new and unknown is found by its number (newestCall), not by a list that must name everything else.
 */
export const refused: readonly (readonly [capabilities: readonly CapabilityName[], calls: string])[] = [
  // Mounts and namespaces.
  [["SYS_ADMIN"], "mount umount umount2 open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick"],
  [["SYS_ADMIN"], "mount_setattr unshare setns"],
  [[], "pivot_root"],
  // Kernel code and its state.
  [["SYS_MODULE"], "init_module finit_module delete_module"],
  [[], "create_module get_kernel_syms query_module kexec_load kexec_file_load userfaultfd"],
  [["SYS_ADMIN", "BPF"], "bpf"],
  [["SYS_ADMIN", "PERFMON"], "perf_event_open"],
  [["SYS_ADMIN"], "lookup_dcookie fanotify_init"],
  [["SYS_ADMIN", "SYSLOG"], "syslog"],
  [[], "_sysctl sysfs ustat uselib nfsservctl vserver getpmsg putpmsg afs_syscall tuxcall security"],
  // io_uring is a second way to make calls, past this filter.
  [[], "io_uring_setup io_uring_enter io_uring_register"],
  // Keys belong to the user, not to a namespace.
  [[], "add_key request_key keyctl"],
  // The machine.
  [["SYS_BOOT"], "reboot"],
  [[], "swapon swapoff"],
  [["SYS_PACCT"], "acct"],
  [["SYS_ADMIN"], "quotactl quotactl_fd sethostname setdomainname"],
  [["SYS_TIME"], "settimeofday clock_settime clock_settime64 stime"],
  [["SYS_RAWIO"], "iopl ioperm"],
  [["SYS_TTY_CONFIG"], "vhangup"],
  [[], "vm86 vm86old pciconfig_iobase pciconfig_read pciconfig_write"],
  // Memory policy, and other processes.
  [["SYS_NICE"], "get_mempolicy set_mempolicy set_mempolicy_home_node mbind"],
  [[], "migrate_pages move_pages"],
  [["SYS_PTRACE"], "kcmp pidfd_getfd process_madvise"],
  // Opens files past every path.
  [["DAC_READ_SEARCH"], "open_by_handle_at"],
  [["SYS_CHROOT"], "chroot"],
];

/** With a single uid: calls that are answered with success and do nothing, because no other owner exists. */
export const ownershipCalls = [
  "chown fchown lchown fchownat chown32 fchown32 lchown32",
  "setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid",
  "setuid32 setgid32 setreuid32 setregid32 setresuid32 setresgid32 setgroups32 setfsuid32 setfsgid32",
].flatMap((line) => line.split(" "));

/** CLONE_NEW… of clone(2). */
const namespaceFlags = 0x7e020000;
/** PER_LINUX, PER_LINUX32, UNAME26 with both, and "tell me": the values Docker allows. */
const personalities = [0, 8, 0x20000, 0x20008, 0xffffffff];
/** AF_ALG (kernel crypto) and AF_VSOCK (the hypervisor): not bound to any namespace. */
const closedFamilies = [38, 40];

export interface FilterOptions {
  readonly singleUid: boolean;
  readonly capabilities: readonly CapabilityName[];
  /** Refuses nothing: only the answers for a single uid. */
  readonly isOpen?: boolean;
}

/** The filter program for this machine: one block for each architecture a process here can make calls for. */
export function filterProgram(options: FilterOptions): Instruction[] {
  return architectureProgram((architecture) => architectureBlock(architecture, options), ENOSYS);
}

/** Names of the calls that are refused to a program with these capabilities. */
export function refusedCalls(capabilities: readonly CapabilityName[]): string[] {
  return refused
    .filter(([openers]) => !openers.some((name) => capabilities.includes(name)))
    .flatMap(([, calls]) => calls.split(" "));
}

function architectureBlock(architecture: CallArchitecture, options: FilterOptions): Instruction[] {
  const numbers = callNumbers(architecture);
  const block: Instruction[] = [[LOAD, 0, 0, offsetOfNumber]];
  const onCall = (name: string, body: readonly Instruction[]) => {
    const number = numbers.get(name);
    if (number !== undefined) block.push([IF_EQUAL, 0, body.length, number], ...body);
  };
  if (options.singleUid) {
    for (const name of ownershipCalls) onCall(name, [[RETURN, 0, 0, SUCCESS]]);
    for (const name of ["mknod", "mknodat"]) onCall(name, deviceRule(name === "mknod" ? 1 : 2));
  }
  if (options.isOpen) return [...block, [RETURN, 0, 0, ALLOW]];
  for (const name of refusedCalls(options.capabilities)) onCall(name, [[RETURN, 0, 0, EPERM]]);
  if (!options.capabilities.includes("SYS_ADMIN")) {
    onCall("clone", [
      [LOAD, 0, 0, offsetOfArgument(0)],
      [AND, 0, 0, namespaceFlags],
      [IF_EQUAL, 0, 1, 0],
      [RETURN, 0, 0, ALLOW],
      [RETURN, 0, 0, EPERM],
    ]);
    // Its flags are in memory, where a filter cannot look: without it programs use clone.
    onCall("clone3", [[RETURN, 0, 0, ENOSYS]]);
  }
  onCall("personality", argumentRule(personalities, ALLOW, EPERM));
  onCall("socket", argumentRule(closedFamilies, EPERM, ALLOW));
  if (architecture === "arm") block.push([IF_GREATER, 0, 1, armPrivate - 1], [RETURN, 0, 0, ALLOW]);
  // What is newer than the table fails, and programs fall back. Also every call of the x32 ABI, whose numbers start at 2^30.
  block.push([IF_GREATER, 0, 1, newestCall], [RETURN, 0, 0, ENOSYS], [RETURN, 0, 0, ALLOW]);
  return block;
}

/** `listed` when the first argument is one of `values`, else `other`. */
function argumentRule(values: readonly number[], listed: number, other: number): Instruction[] {
  return [
    [LOAD, 0, 0, offsetOfArgument(0)],
    ...values.flatMap((value): Instruction[] => [
      [IF_EQUAL, 0, 1, value],
      [RETURN, 0, 0, listed],
    ]),
    [RETURN, 0, 0, other],
  ];
}

/** Success without effect for character and block devices; files, sockets and fifos are made. */
function deviceRule(modeArgument: number): Instruction[] {
  return [
    [LOAD, 0, 0, offsetOfArgument(modeArgument)],
    [AND, 0, 0, 0o170000],
    [IF_EQUAL, 1, 0, 0o020000],
    [IF_EQUAL, 0, 1, 0o060000],
    [RETURN, 0, 0, SUCCESS],
    [RETURN, 0, 0, ALLOW],
  ];
}
