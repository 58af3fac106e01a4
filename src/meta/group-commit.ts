import { type FileHandle, open } from "node:fs/promises";
import { errnoOf, KasaneError, messageOf } from "../lib/errors.ts";

export interface CommitTarget {
  /** One transaction, committed when this returns. */
  transact<T>(work: () => T): T;
  /** The write-ahead log that has to be synced after it; undefined where nothing is left to do. */
  readonly log: string | undefined;
}

interface Waiting {
  readonly isDurable: boolean;
  readonly work: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** So many works in one transaction: other processes wait for its end, and this one's requests as well. */
const groupLimit = 256;

/**
 * Many writes as one transaction and one wait for the disk. What is asked for in one turn of the event loop is done at its end; the
 * log is then synced in a thread, so that a slow disk holds up those who wait for it and nobody else, and all who come while it is
 * being synced share the next time.
 */
export class GroupCommit {
  readonly #target: CommitTarget;
  #waiting: Waiting[] = [];
  #log: Promise<FileHandle> | undefined;
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;

  constructor(target: CommitTarget) {
    this.#target = target;
  }

  /**
   * `work` runs inside a transaction, later. It must change nothing but the database: when one of a group fails, the others run again,
   * each alone. What it throws is what this rejects with.
   */
  add<T>(work: () => T, options: { isDurable: boolean }): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#waiting.length === 0) this.#commitSoon();
      this.#waiting.push({ work, resolve: resolve as (value: never) => void, reject, ...options });
    });
  }

  async close(): Promise<void> {
    while (this.#waiting.length > 0) this.#commit();
    await (this.#nextSync ?? this.#syncing)?.catch(() => {});
    const log = await this.#log?.catch(() => undefined);
    await log?.close();
  }

  /** At the end of this turn. The timer does nothing: without one, Bun 1.4 may sleep before it goes on with what awaits the commit. */
  #commitSoon(): void {
    setImmediate(() => this.#commit());
    setTimeout(() => {}, 0);
  }

  #commit(): void {
    const group = this.#waiting.splice(0, groupLimit);
    if (this.#waiting.length > 0) this.#commitSoon();
    let isBegun = false;
    try {
      const results = this.#target.transact(() => {
        isBegun = true;
        return group.map(({ work }) => work());
      });
      this.#answer(group, results);
    } catch (error) {
      // A transaction that another process did not let begin would keep each of them waiting as long again.
      if (group.length === 1 || !isBegun) for (const { reject } of group) reject(error);
      else for (const each of group) this.#commitAlone(each);
    }
  }

  #commitAlone(one: Waiting): void {
    try {
      this.#answer([one], [this.#target.transact(one.work)]);
    } catch (error) {
      one.reject(error);
    }
  }

  #answer(group: readonly Waiting[], results: readonly unknown[]): void {
    const synced = group.some((each) => each.isDurable) ? this.#sync() : undefined;
    for (const [index, { isDurable, resolve, reject }] of group.entries()) {
      const value = results[index] as never;
      if (isDurable && synced) synced.then(() => resolve(value), reject);
      else resolve(value);
    }
  }

  /** Everything committed before the call is on disk when it resolves; undefined where there is no disk. */
  #sync(): Promise<void> | undefined {
    if (this.#target.log === undefined) return undefined;
    if (this.#syncing === undefined) return this.#startSync();
    this.#nextSync ??= this.#syncing
      .catch(() => {})
      .then(() => {
        this.#nextSync = undefined;
        return this.#startSync();
      });
    return this.#nextSync;
  }

  #startSync(): Promise<void> {
    const syncing = this.#syncLog().finally(() => {
      if (this.#syncing === syncing) this.#syncing = undefined;
    });
    this.#syncing = syncing;
    return syncing;
  }

  async #syncLog(): Promise<void> {
    const path = this.#target.log!;
    try {
      // Kept open: the log stays the same file for as long as this process has the database open.
      this.#log ??= open(path, "r");
      await (await this.#log).datasync();
    } catch (error) {
      this.#log = undefined;
      const isFull = ["ENOSPC", "EDQUOT"].includes(errnoOf(error) ?? "");
      throw new KasaneError(isFull ? "no-space" : "io", `cannot sync ${path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}
