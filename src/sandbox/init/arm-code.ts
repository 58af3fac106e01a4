/** Instructions of AArch64, one number each, with branches that are filled in when their targets are known. */
class Code {
  readonly #words: number[] = [];
  readonly #labels = new Map<string, number>();
  readonly #branches: { at: number; to: string; isConditional: boolean }[] = [];

  emit(...words: number[]): this {
    this.#words.push(...words.map((word) => word >>> 0));
    return this;
  }

  label(name: string): this {
    this.#labels.set(name, this.#words.length);
    return this;
  }

  branch(to: string): this {
    this.#branches.push({ at: this.#words.length, to, isConditional: false });
    return this.emit(0x14000000);
  }

  branchIf(condition: number, to: string): this {
    this.#branches.push({ at: this.#words.length, to, isConditional: true });
    return this.emit(0x54000000 | condition);
  }

  /** mov x8, number; svc 0. */
  call(number: number): this {
    return this.emit(movz(8, number), 0xd4000001);
  }

  finish(): Uint8Array {
    const view = new DataView(new ArrayBuffer(this.#words.length * 4));
    for (const { at, to, isConditional } of this.#branches) {
      const distance = this.#labels.get(to)! - at;
      this.#words[at] =
        (this.#words[at]! | (isConditional ? (distance & 0x7ffff) << 5 : distance & 0x3ffffff)) >>> 0;
    }
    this.#words.forEach((word, index) => {
      view.setUint32(index * 4, word, true);
    });
    return new Uint8Array(view.buffer);
  }
}

const [EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL] = [0, 1, 11, 13] as const;
const [zero, stack] = [31, 31] as const;

const movz = (to: number, value: number) => 0xd2800000 | (value << 5) | to;
/** All bits set: movn to, 0. */
const ones = (to: number) => 0x92800000 | to;
const mov = (to: number, from: number) => 0xaa0003e0 | (from << 16) | to;
const add = (to: number, from: number, value: number) => 0x91000000 | (value << 10) | (from << 5) | to;
const sub = (to: number, from: number, value: number) => 0xd1000000 | (value << 10) | (from << 5) | to;
/** to = from + (index << 3). */
const addIndexed = (to: number, from: number, index: number) => 0x8b000c00 | (index << 16) | (from << 5) | to;
const load = (to: number, from: number, offset: number) =>
  0xf9400000 | ((offset / 8) << 10) | (from << 5) | to;
const store = (what: number, to: number, offset: number) =>
  0xf9000000 | ((offset / 8) << 10) | (to << 5) | what;
const loadWord = (to: number, from: number, offset: number) =>
  0xb9400000 | ((offset / 4) << 10) | (from << 5) | to;
const storeWord = (what: number, to: number, offset: number) =>
  0xb9000000 | ((offset / 4) << 10) | (to << 5) | what;
const compareTo = (one: number, value: number) => 0xf100001f | (value << 10) | (one << 5);
const compare = (one: number, other: number) => 0xeb00001f | (other << 16) | (one << 5);
/** The low seven bits: and to, from, 0x7f (64 bits). */
const lowSeven = (to: number, from: number) => 0x92401800 | (from << 5) | to;
/** Bits 8 to 15: ubfx to, from, 8, 8. */
const secondByte = (to: number, from: number) => 0xd3483c00 | (from << 5) | to;

const calls = {
  ioctl: 29,
  setpgid: 154,
  getpid: 172,
  kill: 129,
  rt_sigprocmask: 135,
  rt_sigtimedwait: 137,
  clone: 220,
  execve: 221,
  exit: 93,
  wait4: 260,
};
const SIGCHLD = 17;
const TIOCSPGRP = 0x5410;

/** makeInit() for AArch64. x19: the first argument's address; x20: how many; x21: the child; x22: its code, once it has ended, else -1. */
export function armCode(): Uint8Array {
  const setMask = (code: Code, offset: number) =>
    code.emit(movz(0, 2), add(1, stack, offset), mov(2, zero), movz(3, 8)).call(calls.rt_sigprocmask);
  const code = new Code()
    .emit(load(20, stack, 0), add(19, stack, 8), sub(stack, stack, 64))
    // [sp]: every signal; [sp+8]: none
    .emit(ones(22), store(22, stack, 0), store(zero, stack, 8));
  setMask(code, 0)
    .emit(movz(0, SIGCHLD), mov(1, zero), mov(2, zero), mov(3, zero), mov(4, zero))
    .call(calls.clone)
    .emit(mov(21, 0), compareTo(0, 0))
    .branchIf(NOT_EQUAL, "wait");
  // The child leads a process group of its own, in the foreground of its terminal: what is typed there reaches it once.
  code
    .emit(mov(0, zero), mov(1, zero))
    .call(calls.setpgid)
    .call(calls.getpid)
    .emit(storeWord(0, stack, 16), mov(0, zero), movz(1, TIOCSPGRP), add(2, stack, 16))
    .call(calls.ioctl);
  setMask(code, 8)
    .emit(load(0, 19, 8), add(1, 19, 16), addIndexed(2, 19, 20), add(2, 2, 8))
    .call(calls.execve)
    .emit(movz(0, 127))
    .call(calls.exit);
  return code
    .label("wait")
    .emit(add(0, stack, 0), mov(1, zero), mov(2, zero), movz(3, 8))
    .call(calls.rt_sigtimedwait)
    .emit(compareTo(0, SIGCHLD))
    .branchIf(EQUAL, "reap")
    .emit(compareTo(0, 0))
    .branchIf(LESS_OR_EQUAL, "wait")
    .emit(mov(1, 0), mov(0, 21))
    .call(calls.kill)
    .branch("wait")
    .label("reap")
    .emit(ones(0), add(1, stack, 16), movz(2, 1), mov(3, zero))
    .call(calls.wait4)
    .emit(compareTo(0, 0))
    .branchIf(LESS_OR_EQUAL, "reaped")
    .emit(compare(0, 21))
    .branchIf(NOT_EQUAL, "reap")
    .emit(loadWord(1, stack, 16), lowSeven(2, 1), compareTo(2, 0))
    .branchIf(NOT_EQUAL, "signalled")
    .emit(secondByte(22, 1))
    .branch("reap")
    .label("signalled")
    .emit(add(22, 2, 128))
    .branch("reap")
    .label("reaped")
    .emit(compareTo(22, 0))
    .branchIf(LESS, "wait")
    .emit(mov(0, 22))
    .call(calls.exit)
    .finish();
}
