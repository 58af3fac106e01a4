import { isKasaneError } from "../lib/mod.ts";
import type { LeaseId, LeaseTable } from "../meta/mod.ts";

const lifetimeMs = 60 * 60_000;

interface Held {
  readonly id: LeaseId;
  readonly renewAtMs: number;
}

/**
 * Keeps the garbage collector away from what requests are working on. One lease for the whole server, renewed when it is used
 * and half spent, so that a request costs no lease of its own and an idle server no timer.
 */
export class ServerLease {
  readonly #leases: LeaseTable;
  readonly #lifetimeMs: number;
  #current: Promise<Held> | undefined;

  constructor(leases: LeaseTable, options: { lifetimeMs?: number } = {}) {
    this.#leases = leases;
    this.#lifetimeMs = options.lifetimeMs ?? lifetimeMs;
  }

  /** Runs `work` while nothing may remove `keys`: look for them inside, not before. */
  async holding<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const lease = await this.#with((id) => this.#leases.hold(id, keys).then(() => id));
    try {
      return await work();
    } finally {
      await this.#leases.drop(lease, keys);
    }
  }

  /** Takes `key` for one user alone; undefined while another has it. The result gives it back. */
  async lock(key: string): Promise<(() => Promise<void>) | undefined> {
    const taken = await this.#with(async (id) => ((await this.#leases.lock(id, key)) ? id : undefined));
    return taken === undefined ? undefined : () => this.#leases.unlock(taken, key);
  }

  /** A lease that ended meanwhile (this process was stopped for an hour) is replaced once. */
  async #with<T>(use: (id: LeaseId) => Promise<T>): Promise<T> {
    const lease = await this.#fresh();
    try {
      return await use(lease);
    } catch (error) {
      if (!isKasaneError(error, "conflict")) throw error;
      this.#current = undefined;
      return use(await this.#fresh());
    }
  }

  async #fresh(): Promise<LeaseId> {
    this.#current ??= this.#acquire();
    const current = await this.#current;
    if (Date.now() < current.renewAtMs) return current.id;
    const renewed = this.#renew(current);
    this.#current = renewed;
    return (await renewed).id;
  }

  async #acquire(): Promise<Held> {
    const acquired = this.#leases.acquire({ purpose: "registry", ttlMs: this.#lifetimeMs });
    acquired.catch(() => {
      this.#current = undefined;
    });
    return { id: await acquired, renewAtMs: Date.now() + this.#lifetimeMs / 2 };
  }

  async #renew(former: Held): Promise<Held> {
    try {
      await this.#leases.renew(former.id, this.#lifetimeMs);
      return { id: former.id, renewAtMs: Date.now() + this.#lifetimeMs / 2 };
    } catch (error) {
      if (isKasaneError(error, "conflict")) return this.#acquire();
      // A disk that is full now need not be so at the next request, which tries again with the same lease.
      this.#current = Promise.resolve(former);
      throw error;
    }
  }
}
