import { isKasaneError } from "../lib/errors.ts";
import type { LeaseId, Meta } from "../meta/mod.ts";

/**
 * A dead owner is noticed at once where it can be looked up; this long where it cannot (another pid namespace). Also what a process
 * may be stopped for before what it holds may go.
 */
const leaseTtlMs = 15 * 60 * 1000;

/** Runs `work` under a lease that is renewed while it runs. */
export async function withLease<T>(
  meta: Meta,
  purpose: string,
  work: (lease: LeaseId) => Promise<T>,
): Promise<T> {
  const lease = await meta.leases.acquire({ purpose, ttlMs: leaseTtlMs });
  const stop = keepRenewed(meta, lease);
  try {
    return await work(lease);
  } finally {
    stop();
    await release(meta, lease);
  }
}

/** The lease of what belongs to this process as a whole: its work directories, its locks. Taken at first use. */
export class ProcessLease {
  readonly #meta: Meta;
  #lease: Promise<LeaseId> | undefined;
  #stop = () => {};

  constructor(meta: Meta) {
    this.#meta = meta;
  }

  async hold(key: string): Promise<void> {
    await this.use((lease) => this.#meta.leases.hold(lease, [key]));
  }

  async drop(key: string): Promise<void> {
    await this.use((lease) => this.#meta.leases.drop(lease, [key]));
  }

  /** Runs `work` with the lease; once more with a new one where the old one ended while this process was stopped. */
  async use<T>(work: (lease: LeaseId) => Promise<T>): Promise<T> {
    this.#lease ??= this.#acquire();
    const lease = this.#lease;
    try {
      return await work(await lease);
    } catch (error) {
      if (!isKasaneError(error, "conflict") || (await this.#isThere(await lease))) throw error;
      if (this.#lease === lease) {
        this.#stop();
        this.#lease = undefined;
      }
      this.#lease ??= this.#acquire();
      return work(await this.#lease);
    }
  }

  async #isThere(lease: LeaseId): Promise<boolean> {
    return this.#meta.leases.renew(lease, leaseTtlMs).then(
      () => true,
      () => false,
    );
  }

  async release(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    this.#stop();
    if (lease) await release(this.#meta, await lease);
  }

  async #acquire(): Promise<LeaseId> {
    const lease = await this.#meta.leases.acquire({ purpose: "process", ttlMs: leaseTtlMs });
    this.#stop = keepRenewed(this.#meta, lease);
    return lease;
  }
}

/**
 * Ends a lock, and fails for nothing: where it cannot be written down (a full disk) it is tried again until it can, or this process ends
 * and the lock with it.
 */
export async function unlock(meta: Meta, lease: LeaseId, key: string): Promise<void> {
  try {
    await meta.leases.unlock(lease, key);
  } catch (error) {
    if (isKasaneError(error, "no-space")) setTimeout(() => unlock(meta, lease, key), 500).unref();
  }
}

/** On a full disk a lease ends with its time or its process, and what was done under it is done. */
async function release(meta: Meta, lease: LeaseId): Promise<void> {
  try {
    await meta.leases.release(lease);
  } catch (error) {
    if (!isKasaneError(error, "no-space")) throw error;
  }
}

/** Does not keep the process running. */
function keepRenewed(meta: Meta, lease: LeaseId): () => void {
  const timer = setInterval(() => {
    // A lease that is gone makes the next hold() fail, where somebody can do something about it.
    meta.leases.renew(lease, leaseTtlMs).catch((error) => {
      if (isKasaneError(error, "conflict")) clearInterval(timer);
    });
  }, leaseTtlMs / 5);
  timer.unref();
  return () => clearInterval(timer);
}
