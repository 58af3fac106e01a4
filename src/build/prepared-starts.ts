import type { PreparedStart, Sandbox } from "../sandbox/mod.ts";

type Network = PreparedStart["network"];

/** The starts of RUNs that are expected, made while something else is being done: of a RUN that does little they are most of its time. */
export class PreparedStarts {
  readonly #sandbox: Sandbox | undefined;
  readonly #limit: number;
  readonly #waiting = new Map<Promise<PreparedStart | undefined>, Network>();

  /** @param limit of those that wait at one time: each is a process */
  constructor(sandbox: Sandbox | undefined, limit: number) {
    this.#sandbox = sandbox;
    this.#limit = limit;
  }

  /** A RUN comes soon. */
  expect(network: Network): void {
    if (this.#sandbox === undefined || this.#waiting.size >= this.#limit) return;
    // What keeps it from starting is told by the step, which then has to start by itself.
    this.#waiting.set(
      this.#sandbox.prepare(network).catch(() => undefined),
      network,
    );
  }

  /** Whoever gets one runs it. */
  async take(network: Network): Promise<PreparedStart | undefined> {
    for (const [start, own] of this.#waiting) {
      if (own !== network) continue;
      this.#waiting.delete(start);
      return start;
    }
    return undefined;
  }

  /** True where one waits. */
  has(network: Network): boolean {
    return [...this.#waiting.values()].includes(network);
  }

  async dispose(): Promise<void> {
    const starts = [...this.#waiting.keys()];
    this.#waiting.clear();
    await Promise.all(starts.map(async (start) => (await start)?.dispose()));
  }
}
