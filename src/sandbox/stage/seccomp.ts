import { arch } from "node:process";
import { addressOf, attempt, sys } from "./kernel.ts";
import { auditArchitectures, type CallArchitecture, callTables, newestCall } from "./seccomp-table.ts";

/** Classic BPF over `struct seccomp_data`, one instruction each: code, jump if true, jump if false, constant. */
type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
const JUMP = 0x05; // BPF_JMP | BPF_JA
const IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const IF_GREATER = 0x25; // BPF_JMP | BPF_JGT | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

const offsetOfNumber = 0;
const offsetOfArchitecture = 4;
/** The low half of an argument; flags and ids never reach into the high one. */
const offsetOfArgument = (index: number) => 16 + 8 * index;

const ALLOW = 0x7fff0000;
const fail = (errno: number) => (0x00050000 | errno) >>> 0;
const EPERM = fail(1);
const ENOSYS = fail(38);
const SUCCESS = fail(0);

/** CLONE_NEW… of clone(2). */
const namespaceFlags = 0x7e020000;
/** PER_LINUX, PER_LINUX32, UNAME26 with both, and "tell me": the values Docker allows. */
const personalities = [0, 8, 0x20000, 0x20008, 0xffffffff];
/** AF_ALG (kernel crypto) and AF_VSOCK (the hypervisor): not bound to any namespace. */
const closedFamilies = [38, 40];
/** Private calls of the ARM kernel (cache flush, thread pointer) start here. */
const armPrivate = 0xf0000;

const compatible: Record<string, readonly CallArchitecture[]> = {
  x64: ["x86_64", "i386"],
  arm64: ["aarch64", "arm"],
};

export interface FilterOptions {
  readonly singleUid: boolean;
}

/** The filter program for this machine: one block for each architecture a process here can make calls for. */
export function filterProgram(options: FilterOptions): Instruction[] {
  const program: Instruction[] = [[LOAD, 0, 0, offsetOfArchitecture]];
  for (const architecture of compatible[arch] ?? []) {
    const block = architectureBlock(architecture, options);
    // A conditional jump reaches 255 instructions, a plain one everything.
    program.push([IF_EQUAL, 1, 0, auditArchitectures[architecture]], [JUMP, 0, 0, block.length], ...block);
  }
  program.push([RETURN, 0, 0, ENOSYS]);
  return program;
}

function architectureBlock(architecture: CallArchitecture, options: FilterOptions): Instruction[] {
  const { denied, inspected, ownership, deviceMaking } = callTables(architecture);
  const block: Instruction[] = [[LOAD, 0, 0, offsetOfNumber]];
  const onCall = (number: number, body: readonly Instruction[]) =>
    block.push([IF_EQUAL, 0, body.length, number], ...body);
  for (const number of denied.values()) onCall(number, [[RETURN, 0, 0, EPERM]]);
  onCall(inspected.get("clone")!, [
    [LOAD, 0, 0, offsetOfArgument(0)],
    [AND, 0, 0, namespaceFlags],
    [IF_EQUAL, 0, 1, 0],
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, EPERM],
  ]);
  // Its flags are in memory, where a filter cannot look: without it programs use clone.
  onCall(inspected.get("clone3")!, [[RETURN, 0, 0, ENOSYS]]);
  onCall(inspected.get("personality")!, argumentRule(personalities, ALLOW, EPERM));
  onCall(inspected.get("socket")!, argumentRule(closedFamilies, EPERM, ALLOW));
  if (options.singleUid) {
    for (const number of ownership.values()) onCall(number, [[RETURN, 0, 0, SUCCESS]]);
    for (const [name, number] of deviceMaking) onCall(number, deviceRule(name === "mknod" ? 1 : 2));
  }
  if (architecture === "arm") block.push([IF_GREATER, 0, 1, armPrivate - 1], [RETURN, 0, 0, ALLOW]);
  // Also every call of the x32 ABI, whose numbers start at 2^30.
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

const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;

/** Puts the filter over this thread and whatever it becomes. Needs CAP_SYS_ADMIN here, or no_new_privs. */
export function installFilter(options: FilterOptions): void {
  const program = filterProgram(options);
  const code = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(([operation, ifTrue, ifFalse, value], index) => {
    code.setUint16(index * 8, operation, true);
    code.setUint8(index * 8 + 2, ifTrue);
    code.setUint8(index * 8 + 3, ifFalse);
    code.setUint32(index * 8 + 4, value, true);
  });
  const bytes = new Uint8Array(code.buffer);
  const header = BigUint64Array.of(BigInt(program.length), addressOf(bytes));
  // Without the flag every step pays for speculation barriers meant for filters written by somebody hostile.
  const done = attempt(
    () => sys("seccomp", SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, header),
    "EINVAL",
  );
  if (!done) sys("seccomp", SECCOMP_SET_MODE_FILTER, 0, header);
}
