import { elfProgram } from "../init/elf-program.ts";
import { Code, IF_NOT_EQUAL } from "../init/x86-assembly.ts";

const calls = { wait4: 61, exit_group: 231 } as const;

/** What a keeper becomes once its agent is a program: waits for the end of that, and ends with its code, or 128 + its signal. For x86-64. */
export function x86Keeper(): Uint8Array {
  return elfProgram(
    new Code()
      .emit(0x48, 0x83, 0xec, 0x10) // sub rsp, 16
      // wait4(-1, &status, 0, 0)
      .emit(0x48, 0xc7, 0xc7, 0xff, 0xff, 0xff, 0xff) // mov rdi, -1
      .emit(0x48, 0x89, 0xe6) // mov rsi, rsp
      .emit(0x31, 0xd2) // xor edx, edx
      .emit(0x4d, 0x31, 0xd2) // xor r10, r10
      .call(calls.wait4)
      .emit(0x8b, 0x04, 0x24) // mov eax, [rsp]
      .emit(0x89, 0xc1) // mov ecx, eax
      .emit(0x83, 0xe1, 0x7f) // and ecx, 127
      .jump(IF_NOT_EQUAL, "signalled")
      .emit(0xc1, 0xe8, 0x08) // shr eax, 8
      .emit(0x0f, 0xb6, 0xf8) // movzx edi, al
      .call(calls.exit_group)
      .label("signalled")
      .emit(0x8d, 0xb9, 0x80, 0, 0, 0) // lea edi, [rcx+128]
      .call(calls.exit_group)
      .finish(),
    "x86_64",
  );
}
