import { ALWAYS, Code, IF_EQUAL, IF_NOT_EQUAL, IF_NOT_POSITIVE } from "./x86-assembly.ts";

const calls = {
  ioctl: 16,
  getpid: 39,
  setpgid: 109,
  rt_sigprocmask: 14,
  clone: 56,
  execve: 59,
  exit: 60,
  wait4: 61,
  kill: 62,
  rt_sigtimedwait: 128,
};
const SIGCHLD = 17;

/** makeInit() for x86-64. rbx: the first argument's address; r12: the child; r13: its code, once it has ended, else -1; r14: the stack frame. */
export function x86Code(): Uint8Array {
  return (
    new Code()
      .emit(0x48, 0x8d, 0x5c, 0x24, 0x08) // lea rbx, [rsp+8]: &argv[0]
      .emit(0x4c, 0x8b, 0x3c, 0x24) // mov r15, [rsp]: argc
      .emit(0x48, 0x83, 0xec, 0x40) // sub rsp, 64
      .emit(0x49, 0x89, 0xe6) // mov r14, rsp
      // [r14]: every signal; [r14+8]: none
      .emit(0x49, 0xc7, 0x06, 0xff, 0xff, 0xff, 0xff) // mov qword [r14], -1
      .emit(0x49, 0xc7, 0x46, 0x08, 0, 0, 0, 0) // mov qword [r14+8], 0
      .emit(0x49, 0xc7, 0xc5, 0xff, 0xff, 0xff, 0xff) // mov r13, -1
      // rt_sigprocmask(SIG_SETMASK, every, 0, 8)
      .emit(0xbf, 2, 0, 0, 0) // mov edi, 2
      .emit(0x4c, 0x89, 0xf6) // mov rsi, r14
      .emit(0x31, 0xd2) // xor edx, edx
      .emit(0x41, 0xba, 8, 0, 0, 0) // mov r10d, 8
      .call(calls.rt_sigprocmask)
      // clone(SIGCHLD, 0, 0, 0, 0)
      .emit(0xbf, SIGCHLD, 0, 0, 0) // mov edi, SIGCHLD
      .emit(0x31, 0xf6) // xor esi, esi
      .emit(0x31, 0xd2) // xor edx, edx
      .emit(0x4d, 0x31, 0xd2) // xor r10, r10
      .emit(0x4d, 0x31, 0xc0) // xor r8, r8
      .call(calls.clone)
      .emit(0x49, 0x89, 0xc4) // mov r12, rax
      .emit(0x48, 0x85, 0xc0) // test rax, rax
      .jump(IF_NOT_EQUAL, "wait")
      // The child leads a process group of its own, in the foreground of its terminal: what is typed there reaches it once.
      .emit(0x31, 0xff) // xor edi, edi
      .emit(0x31, 0xf6)
      .call(calls.setpgid)
      .call(calls.getpid)
      .emit(0x41, 0x89, 0x46, 0x10) // mov [r14+16], eax
      .emit(0x31, 0xff)
      .emit(0xbe, 0x10, 0x54, 0, 0) // mov esi, TIOCSPGRP
      .emit(0x49, 0x8d, 0x56, 0x10) // lea rdx, [r14+16]
      .call(calls.ioctl)
      // rt_sigprocmask(SIG_SETMASK, none, 0, 8)
      .emit(0xbf, 2, 0, 0, 0)
      .emit(0x49, 0x8d, 0x76, 0x08) // lea rsi, [r14+8]
      .emit(0x31, 0xd2)
      .emit(0x41, 0xba, 8, 0, 0, 0)
      .call(calls.rt_sigprocmask)
      // execve(argv[1], &argv[2], &argv[argc + 1])
      .emit(0x48, 0x8b, 0x7b, 0x08) // mov rdi, [rbx+8]
      .emit(0x48, 0x8d, 0x73, 0x10) // lea rsi, [rbx+16]
      .emit(0x4a, 0x8d, 0x54, 0xfb, 0x08) // lea rdx, [rbx+r15*8+8]
      .call(calls.execve)
      .emit(0xbf, 127, 0, 0, 0)
      .call(calls.exit)

      .label("wait") // rt_sigtimedwait(every, 0, 0, 8)
      .emit(0x4c, 0x89, 0xf7) // mov rdi, r14
      .emit(0x31, 0xf6)
      .emit(0x31, 0xd2)
      .emit(0x41, 0xba, 8, 0, 0, 0)
      .call(calls.rt_sigtimedwait)
      .emit(0x83, 0xf8, SIGCHLD) // cmp eax, SIGCHLD
      .jump(IF_EQUAL, "reap")
      .emit(0x85, 0xc0) // test eax, eax
      .jump(IF_NOT_POSITIVE, "wait")
      // kill(child, signal)
      .emit(0x89, 0xc6) // mov esi, eax
      .emit(0x4c, 0x89, 0xe7) // mov rdi, r12
      .call(calls.kill)
      .jump(ALWAYS, "wait")

      .label("reap") // wait4(-1, &status, WNOHANG, 0)
      .emit(0x48, 0xc7, 0xc7, 0xff, 0xff, 0xff, 0xff) // mov rdi, -1
      .emit(0x49, 0x8d, 0x76, 0x10) // lea rsi, [r14+16]
      .emit(0xba, 1, 0, 0, 0) // mov edx, WNOHANG
      .emit(0x4d, 0x31, 0xd2)
      .call(calls.wait4)
      .emit(0x48, 0x85, 0xc0)
      .jump(IF_NOT_POSITIVE, "reaped")
      .emit(0x4c, 0x39, 0xe0) // cmp rax, r12
      .jump(IF_NOT_EQUAL, "reap")
      // The child: its code, or 128 + its signal
      .emit(0x41, 0x8b, 0x46, 0x10) // mov eax, [r14+16]
      .emit(0x89, 0xc1) // mov ecx, eax
      .emit(0x83, 0xe1, 0x7f) // and ecx, 127
      .jump(IF_NOT_EQUAL, "signalled")
      .emit(0xc1, 0xe8, 0x08) // shr eax, 8
      .emit(0x25, 0xff, 0, 0, 0) // and eax, 255
      .emit(0x41, 0x89, 0xc5) // mov r13d, eax
      .jump(ALWAYS, "reap")
      .label("signalled")
      .emit(0x8d, 0x81, 0x80, 0, 0, 0) // lea eax, [rcx+128]
      .emit(0x41, 0x89, 0xc5) // mov r13d, eax
      .jump(ALWAYS, "reap")

      .label("reaped")
      .emit(0x4d, 0x85, 0xed) // test r13, r13
      .jump([0x0f, 0x88], "wait") // js
      .emit(0x44, 0x89, 0xef) // mov edi, r13d
      .call(calls.exit)
      .finish()
  );
}
