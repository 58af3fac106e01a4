import { elfProgram } from "../init/elf-program.ts";
import { ALWAYS, Code, IF_NOT_EQUAL } from "../init/x86-assembly.ts";
import { STATUS_FD, type StageEvent } from "./plan.ts";

const calls = { write: 1, execve: 59, fcntl: 72, exit_group: 231 } as const;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
/** As if it could not be run. */
const againCode = 126;
const unstarted = { event: "unstarted" } as const satisfies StageEvent;

/**
 * What a stage becomes before it becomes the program: so nothing of this machine is /proc/self/exe when the kernel follows what a program of the root names
 * as its interpreter. For x86-64.
 *
 *     fcntl(STATUS_FD, F_SETFD, FD_CLOEXEC); where it is not open this is such an interpreter: exit 126
 *     execve(argv[0], &argv[1], environment)
 *     write(STATUS_FD, "unstarted"); exit errno
 */
export function x86Starter(): Uint8Array {
  const text = Buffer.from(`${JSON.stringify(unstarted)}\n`);
  return elfProgram(
    new Code()
      .emit(0xbf, STATUS_FD, 0, 0, 0) // mov edi, STATUS_FD
      .emit(0xbe, F_SETFD, 0, 0, 0) // mov esi, F_SETFD
      .emit(0xba, FD_CLOEXEC, 0, 0, 0) // mov edx, FD_CLOEXEC
      .call(calls.fcntl)
      .emit(0xbb, againCode, 0, 0, 0) // mov ebx, againCode
      .emit(0x85, 0xc0) // test eax, eax
      .jump(IF_NOT_EQUAL, "exit")
      .emit(0x48, 0x8b, 0x04, 0x24) // mov rax, [rsp]
      .emit(0x48, 0x8b, 0x7c, 0x24, 0x08) // mov rdi, [rsp+8]
      .emit(0x48, 0x8d, 0x74, 0x24, 0x10) // lea rsi, [rsp+16]
      .emit(0x48, 0x8d, 0x54, 0xc4, 0x10) // lea rdx, [rsp+rax*8+16]
      .call(calls.execve)
      .emit(0xf7, 0xd8) // neg eax
      .emit(0x89, 0xc3) // mov ebx, eax
      .emit(0xbf, STATUS_FD, 0, 0, 0) // mov edi, STATUS_FD
      .jump([0x48, 0x8d, 0x35], "text") // lea rsi, [rip+text]
      .emit(0xba, text.length, 0, 0, 0) // mov edx, length
      .call(calls.write)
      .label("exit")
      .emit(0x89, 0xdf) // mov edi, ebx
      .call(calls.exit_group)
      .jump(ALWAYS, "exit")
      .label("text")
      .emit(...text)
      .finish(),
    "x86_64",
  );
}
