import { BoundedMap } from "../lib/mod.ts";
import { RegistryFailure } from "../registry/mod.ts";

interface Failures {
  count: number;
  blockedUntilMs: number;
  lastMs: number;
}

interface Slowness {
  /** Failures that cost nothing. */
  readonly free: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/** One user from one place: mistyped once is hardly noticed, twenty guesses take a quarter of an hour. */
const perUser: Slowness = { free: 0, firstDelayMs: 100, longestDelayMs: 300_000 };
/** All names from one place: whoever tries many names gets as little from it, and an office behind one address can mistype. */
const perPlace: Slowness = { free: 30, firstDelayMs: 1000, longestDelayMs: 60_000 };

const remembered = 10_000;
const forgottenAfterMs = 30 * 60_000;
/** Shorter waits are waited here, longer ones are told to the client. */
const waitHereMs = 2000;
const waitingLimit = 256;

/**
 * Slows down whoever tries passwords: by place (address) and user name, and by place alone. Each process counts for itself. A
 * correct login starts from nothing again, and one from elsewhere is never held up.
 */
export class FailedLogins {
  readonly #users = new BoundedMap<string, Failures>(remembered);
  readonly #places = new BoundedMap<string, Failures>(remembered);
  /** The attempt under way for each place and user: the next one waits for it. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #now: () => number;
  readonly #sleep: (ms: number) => Promise<unknown>;
  #waiting = 0;

  constructor(options: { now: () => number; sleep?: (ms: number) => Promise<unknown> }) {
    this.#now = options.now;
    this.#sleep = options.sleep ?? Bun.sleep;
  }

  /**
   * Runs one attempt when its time has come. `verify` resolves to undefined for wrong credentials.
   * @throws RegistryFailure TOOMANYREQUESTS
   */
  async attempt<T>(
    who: { address: string; userName: string },
    verify: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const place = placeOf(who.address);
    const key = `${place} ${who.userName.slice(0, 128)}`;
    const before = this.#turns.get(key);
    // Refused before it takes a turn: the one after it has to wait for those before it.
    if (before !== undefined) this.#refuseWhereFull();
    const mine = this.#afterOthers(before, () => this.#one({ place, key }, verify));
    this.#turns.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(key) === mine) this.#turns.delete(key);
    }
  }

  async #afterOthers<T>(before: Promise<unknown> | undefined, work: () => Promise<T>): Promise<T> {
    if (before !== undefined) await this.#queued(() => before.catch(() => {}));
    return await work();
  }

  async #one<T>(
    { place, key }: { place: string; key: string },
    verify: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const waitMs = Math.max(this.#blockedMs(this.#users.get(key)), this.#blockedMs(this.#places.get(place)));
    if (waitMs > waitHereMs) throw tooMany(waitMs);
    if (waitMs > 0) await this.#queued(() => this.#sleep(waitMs));
    const result = await verify();
    if (result === undefined) {
      this.#note(this.#users, key, perUser);
      // Without an address (a socket) everybody is in the same place.
      if (place !== "") this.#note(this.#places, place, perPlace);
    } else {
      this.#users.delete(key);
    }
    return result;
  }

  /** How many requests may stand still here is limited: they hold connections. */
  async #queued(wait: () => Promise<unknown>): Promise<void> {
    this.#refuseWhereFull();
    this.#waiting++;
    try {
      await wait();
    } finally {
      this.#waiting--;
    }
  }

  #refuseWhereFull(): void {
    if (this.#waiting >= waitingLimit) throw tooMany(1000);
  }

  #blockedMs(failures: Failures | undefined): number {
    return failures === undefined ? 0 : failures.blockedUntilMs - this.#now();
  }

  #note(map: BoundedMap<string, Failures>, key: string, slowness: Slowness): void {
    const nowMs = this.#now();
    const known = map.get(key);
    const count = known !== undefined && nowMs - known.lastMs < forgottenAfterMs ? known.count + 1 : 1;
    const exponent = count - slowness.free - 1;
    const delayMs =
      exponent < 0
        ? 0
        : Math.min(slowness.longestDelayMs, slowness.firstDelayMs * 2 ** Math.min(exponent, 30));
    map.set(key, { count, blockedUntilMs: nowMs + delayMs, lastMs: nowMs });
  }
}

function tooMany(waitMs: number): RegistryFailure {
  return new RegistryFailure("TOOMANYREQUESTS", {
    message: "too many failed logins: wait a moment",
    headers: { "retry-after": String(Math.ceil(waitMs / 1000)) },
  });
}

/** IPv4 also where it is written as IPv6. Of IPv6 the /64 that one customer has all addresses of. */
function placeOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1]!;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("%")[0]!.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const middle = tail === undefined ? [] : new Array(Math.max(0, 8 - left.length - right.length)).fill("0");
  return [...left, ...middle, ...right].slice(0, 4).join(":");
}
