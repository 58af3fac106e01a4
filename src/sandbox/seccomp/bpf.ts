import { arch } from "node:process";
import { auditArchitectures, type CallArchitecture } from "./syscall-numbers.ts";

/** Classic BPF over `struct seccomp_data`, one instruction each: code, jump if true, jump if false, constant. */
export type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

export const LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS
export const AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
export const JUMP = 0x05; // BPF_JMP | BPF_JA
export const IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
export const IF_GREATER = 0x25; // BPF_JMP | BPF_JGT | BPF_K
export const IF_AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
export const RETURN = 0x06; // BPF_RET | BPF_K

export const offsetOfNumber = 0;
const offsetOfArchitecture = 4;
/** The low half of an argument, on the little-endian machines there are. */
export const offsetOfArgument = (index: number) => 16 + 8 * index;

export const ALLOW = 0x7fff0000;
export const fail = (errno: number) => (0x00050000 | errno) >>> 0;
export const EPERM = fail(1);
export const ENOSYS = fail(38);
export const SUCCESS = fail(0);

/** Private calls of the ARM kernel (cache flush, thread pointer) start here. */
export const armPrivate = 0xf0000;

const compatible: Record<string, readonly CallArchitecture[]> = {
  x64: ["x86_64", "i386"],
  arm64: ["aarch64", "arm"],
};

/** What programs on this machine can make calls for. */
export const ownArchitectures = compatible[arch] ?? [];

/** What the kernel takes. */
export const maxInstructions = 4096;

/** One block for each architecture; calls for any other get `other`. */
export function architectureProgram(
  block: (architecture: CallArchitecture) => Instruction[],
  other: number,
): Instruction[] {
  const program: Instruction[] = [[LOAD, 0, 0, offsetOfArchitecture]];
  for (const architecture of ownArchitectures) {
    const instructions = block(architecture);
    // A conditional jump reaches 255 instructions, a plain one everything.
    program.push(
      [IF_EQUAL, 1, 0, auditArchitectures[architecture]],
      [JUMP, 0, 0, instructions.length],
      ...instructions,
    );
  }
  program.push([RETURN, 0, 0, other]);
  return program;
}

/** As the kernel reads it (struct sock_filter), in base64. */
export function encodeProgram(program: readonly Instruction[]): string {
  const code = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(([operation, ifTrue, ifFalse, value], index) => {
    code.setUint16(index * 8, operation, true);
    code.setUint8(index * 8 + 2, ifTrue);
    code.setUint8(index * 8 + 3, ifFalse);
    code.setUint32(index * 8 + 4, value, true);
  });
  return Buffer.from(code.buffer).toString("base64");
}
