import { availableParallelism } from "node:os";
import { RegistryFailure } from "../registry/mod.ts";
import { type Htpasswd, parseHtpasswd } from "./htpasswd.ts";
import type { Source } from "./source.ts";
import { WatchedFile } from "./watched-file.ts";

const limitFileBytes = 16 * 1024 * 1024;
/** bcrypt looks at no more. */
const limitPasswordBytes = 72;
/**
 * bcrypt works on the threads that also read files, one for each core: were all busy with passwords, every download would stand still (two
 * at once on two cores: a file read waits 240 ms; one: 3 ms).
 */
const workersLimit = Math.max(1, Math.min(4, availableParallelism() - 1));
const waitingLimit = 128;

/** The users of an htpasswd file. */
export class PasswordUsers implements Source {
  readonly #file: WatchedFile<Htpasswd>;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @throws KasaneError `io`, `usage` */
  constructor(options: { path: string; onWarning: (message: string) => void; now: () => number }) {
    const { path, onWarning, now } = options;
    this.#file = new WatchedFile({
      path,
      what: "the users file",
      limitBytes: limitFileBytes,
      parse: (text) => parseHtpasswd(text, { path, onWarning }),
      onWarning,
      now,
    });
  }

  get version(): number {
    return this.#file.version;
  }

  refresh(nowMs: number): undefined {
    this.#file.refresh(nowMs);
  }

  /** What is in the file for the user; changes when the password does. Not for others' eyes. */
  hash(name: string): string | undefined {
    return this.#file.value.hashes.get(name);
  }

  /**
   * bcrypt is slow on purpose: it runs on Bun's threads, a few at a time. A name that is not there takes as long as one that is.
   * @throws RegistryFailure TOOMANYREQUESTS when too many are waiting already
   */
  async verify(name: string, password: string): Promise<boolean> {
    const { hashes, usualCost } = this.#file.value;
    const hash = hashes.get(name);
    // The C string that Apache's tool hashed ends at a zero byte: what only begins like the password is not it.
    const isPossible = hash !== undefined && !password.includes("\0");
    await this.#begin();
    try {
      const bytes = Buffer.from(password, "utf8").subarray(0, limitPasswordBytes);
      const isRight = await Bun.password.verify(
        bytes.length === 0 ? Buffer.from(" ") : bytes,
        isPossible ? hash : nobodysHash(usualCost),
      );
      return isRight && isPossible && bytes.length > 0;
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  /** Waits for a place among the workers; whoever is done hands its place on. */
  async #begin(): Promise<void> {
    if (this.#running < workersLimit) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= waitingLimit) {
      throw new RegistryFailure("TOOMANYREQUESTS", {
        message: "too many logins at the same time",
        headers: { "retry-after": "2" },
      });
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** Well formed, and of a password that nobody has: nobody made it by hashing anything. */
function nobodysHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, "0")}$${"K".repeat(21)}u${"q".repeat(31)}`;
}
