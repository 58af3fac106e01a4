import { callHere, type KernelCall, type Performer } from "../stage/kernel.ts";
import {
  ANSWER,
  ANSWERED,
  AWAITED,
  CALL,
  CALL_BYTES,
  CALLS,
  COUNT,
  GONE,
  mostCalls,
  PATIENCE,
  REQUEST,
  STATUS,
  TIMESPEC,
} from "./mailbox.ts";
import type { AgentMemory } from "./memory.ts";

const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;
/** As often the answer is looked for before this thread sleeps. */
const looks = 300;
/** An agent that is not allowed to wake anybody is answered for all the same. */
const pollNs = 20_000_000n;

/** The agent has become another program, or has ended, and answers nothing more. */
export class AgentGone extends Error {}

/**
 * A process that shares memory and descriptors with this one, makes system calls for it, and does nothing else: it runs no code but x86Agent(). So
 * it can be in other namespaces than any thread of this process, and become a program there.
 */
export class Agent implements Performer {
  readonly opened = new Set<number>();
  isApart = false;
  /** Asked while the answer is late: whether it will never come. */
  isHopeless = (): boolean => false;
  readonly memory: AgentMemory;
  readonly #halves: Int32Array;
  readonly #words: BigInt64Array;
  readonly #poll = BigInt64Array.of(0n, pollNs);

  constructor(memory: AgentMemory, { patienceS }: { patienceS?: bigint } = {}) {
    this.memory = memory;
    this.#halves = new Int32Array(memory.buffer);
    this.#words = new BigInt64Array(memory.buffer);
    // Until it is first asked it is as good as answered: its kernel says when it is gone.
    this.#halves[ANSWER / 4] = ANSWERED;
    if (patienceS === undefined) return;
    this.#words[TIMESPEC / 8] = patienceS;
    this.#words[PATIENCE / 8] = BigInt(memory.address + TIMESPEC);
  }

  get isThere(): boolean {
    return Atomics.load(this.#halves, ANSWER / 4) !== GONE;
  }

  get isAnswered(): boolean {
    return Atomics.load(this.#halves, ANSWER / 4) === ANSWERED;
  }

  /** How its child has ended, as wait4() has it. */
  get status(): number {
    return Atomics.load(this.#halves, STATUS / 4);
  }

  set status(value: number) {
    Atomics.store(this.#halves, STATUS / 4, value);
  }

  get statusAddress(): number {
    return this.memory.address + STATUS;
  }

  /** From the next request on it waits for however long it takes. */
  bePatient(): void {
    this.#words[PATIENCE / 8] = 0n;
  }

  /** Where the kernel notes that it is gone: for clone(). */
  get answerAddress(): number {
    return this.memory.address + ANSWER;
  }

  /** @throws AgentGone */
  perform(calls: readonly KernelCall[]): number[] {
    const results: number[] = [];
    for (let at = 0; at < calls.length; at += mostCalls) {
      const some = calls.slice(at, at + mostCalls);
      this.ask(some);
      this.wait();
      results.push(...this.results(some.length));
    }
    return results;
  }

  /** Asks, and does not wait. `child` is the memory of the agent that a clone() makes. */
  ask(calls: readonly (KernelCall & { readonly child?: AgentMemory })[]): void {
    if (calls.length > mostCalls) throw new RangeError("an agent is asked for too much at once");
    if (!this.isThere) throw new AgentGone();
    calls.forEach(({ number, args, child }, index) => {
      const at = (CALLS + index * CALL_BYTES) / 8;
      this.#words[at + CALL.number / 8] = BigInt(number);
      for (let place = 0; place < 6; place++)
        this.#words[at + CALL.arguments / 8 + place] = BigInt(args[place] ?? 0);
      this.#words[at + CALL.child / 8] = BigInt(child?.address ?? 0);
      this.#words[at + CALL.result / 8] = 0n;
    });
    this.#words[COUNT / 8] = BigInt(calls.length);
    // What the kernel writes meanwhile stays.
    if (Atomics.compareExchange(this.#halves, ANSWER / 4, ANSWERED, AWAITED) !== ANSWERED)
      throw new AgentGone();
    Atomics.store(this.#halves, REQUEST / 4, 1);
    callHere("futex", this.memory.address + REQUEST, FUTEX_WAKE, 1);
  }

  /** Waits until it has become another program; false where it answers instead. */
  waitForEnd(): boolean {
    try {
      this.wait();
      return false;
    } catch {
      return true;
    }
  }

  /** Waits for the answer. @throws AgentGone */
  wait(): void {
    for (let look = 0; ; look++) {
      const answer = Atomics.load(this.#halves, ANSWER / 4);
      if (answer === ANSWERED) return;
      if (answer === GONE || (look >= looks && this.isHopeless())) throw new AgentGone();
      if (look >= looks) callHere("futex", this.answerAddress, FUTEX_WAIT, AWAITED, this.#poll);
    }
  }

  results(count: number): number[] {
    return Array.from({ length: count }, (_, index) =>
      Number(this.#words[(CALLS + index * CALL_BYTES + CALL.result) / 8]),
    );
  }
}
