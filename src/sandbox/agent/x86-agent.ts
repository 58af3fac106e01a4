import { ALWAYS, Code, IF_EQUAL, IF_NOT_EQUAL } from "../init/x86-assembly.ts";
import { ANSWER, ANSWERED, CALL, CALL_BYTES, CALLS, COUNT, LOOKS, PATIENCE } from "./mailbox.ts";

const calls = { clone: 56, futex: 202, exit_group: 231 } as const;
const ETIMEDOUT = 110;
const FUTEX_WAKE = 1;

/**
 * What an agent runs, with the address of its mailbox as argument. It needs no stack, and touches nothing but mailboxes.
 *
 *     for ever:
 *       look some times whether there is a request, then sleep until there is one; exit where none comes within its patience
 *       perform the calls of the request, one after the other, and note what each returned
 *       (the child of a clone() goes on here with the mailbox that the call names)
 *       say that it is answered, and wake who waits for that
 *
 * rbx: the mailbox; r12: the call; r13: how many are left.
 */
export function x86Agent(): Uint8Array {
  return (
    new Code()
      .emit(0x48, 0x89, 0xfb) // mov rbx, rdi

      .label("wait")
      .emit(0xb9, LOOKS & 0xff, LOOKS >> 8, 0, 0) // mov ecx, LOOKS
      .label("look")
      .emit(0x8b, 0x03) // mov eax, [rbx]
      .emit(0x85, 0xc0) // test eax, eax
      .jump(IF_NOT_EQUAL, "asked")
      .emit(0xf3, 0x90) // pause
      .emit(0xff, 0xc9) // dec ecx
      .jump(IF_NOT_EQUAL, "look")
      // futex(mailbox, FUTEX_WAIT, 0, patience)
      .emit(0x48, 0x89, 0xdf) // mov rdi, rbx
      .emit(0x31, 0xf6) // xor esi, esi
      .emit(0x31, 0xd2) // xor edx, edx
      .emit(0x4c, 0x8b, 0x53, PATIENCE) // mov r10, [rbx+PATIENCE]
      .call(calls.futex)
      .emit(0x83, 0xf8, 256 - ETIMEDOUT) // cmp eax, -ETIMEDOUT
      .jump(IF_NOT_EQUAL, "wait")
      .emit(0x31, 0xff) // xor edi, edi
      .call(calls.exit_group)

      .label("asked")
      .emit(0xc7, 0x03, 0, 0, 0, 0) // mov dword [rbx], 0
      .emit(0x4c, 0x8d, 0x63, CALLS) // lea r12, [rbx+CALLS]
      .emit(0x4c, 0x8b, 0x6b, COUNT) // mov r13, [rbx+COUNT]
      .label("next")
      .emit(0x4d, 0x85, 0xed) // test r13, r13
      .jump(IF_EQUAL, "answer")
      .emit(0x49, 0x8b, 0x04, 0x24) // mov rax, [r12]
      .emit(0x49, 0x8b, 0x7c, 0x24, 0x08) // mov rdi, [r12+8]
      .emit(0x49, 0x8b, 0x74, 0x24, 0x10) // mov rsi, [r12+16]
      .emit(0x49, 0x8b, 0x54, 0x24, 0x18) // mov rdx, [r12+24]
      .emit(0x4d, 0x8b, 0x54, 0x24, 0x20) // mov r10, [r12+32]
      .emit(0x4d, 0x8b, 0x44, 0x24, 0x28) // mov r8, [r12+40]
      .emit(0x4d, 0x8b, 0x4c, 0x24, 0x30) // mov r9, [r12+48]
      .emit(0x0f, 0x05) // syscall
      .emit(0x48, 0x85, 0xc0) // test rax, rax
      .jump(IF_NOT_EQUAL, "note")
      .emit(0x49, 0x83, 0x3c, 0x24, calls.clone) // cmp qword [r12], clone
      .jump(IF_NOT_EQUAL, "note")
      .emit(0x49, 0x8b, 0x5c, 0x24, CALL.child) // mov rbx, [r12+child]
      .jump(ALWAYS, "wait")
      .label("note")
      .emit(0x49, 0x89, 0x44, 0x24, CALL.result) // mov [r12+result], rax
      .emit(0x49, 0x83, 0xc4, CALL_BYTES) // add r12, CALL_BYTES
      .emit(0x49, 0xff, 0xcd) // dec r13
      .jump(ALWAYS, "next")

      .label("answer")
      .emit(0xc7, 0x43, ANSWER, ANSWERED, 0, 0, 0) // mov dword [rbx+ANSWER], ANSWERED
      .emit(0x48, 0x8d, 0x7b, ANSWER) // lea rdi, [rbx+ANSWER]
      .emit(0xbe, FUTEX_WAKE, 0, 0, 0) // mov esi, FUTEX_WAKE
      .emit(0xba, 1, 0, 0, 0) // mov edx, 1
      .call(calls.futex)
      .jump(ALWAYS, "wait")
      .finish()
  );
}
