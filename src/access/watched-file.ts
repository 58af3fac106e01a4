import { readFileSync, statSync } from "node:fs";
import { errnoOf, isKasaneError, KasaneError, messageOf } from "../lib/mod.ts";

/** How often the file is looked at, ms: a look costs a few microseconds, and nothing at all while nobody asks. */
const lookEveryMs = 1000;
/** A file this young may be written on without its time changing, and an empty one may be about to be filled, ms. */
const youngMs = 2000;

/** What a file says, read again when it changes. A file that is gone or cannot be understood leaves what was known. */
export class WatchedFile<T> {
  readonly #options: WatchedFileOptions<T>;
  #value: T;
  #text = "";
  #fingerprint = "";
  #lookedAtMs: number;
  #warned = "";
  /** Grows with every change of value. */
  version = 0;

  /** @throws KasaneError `io`, `usage` when the file cannot be read or understood at the start */
  constructor(options: WatchedFileOptions<T>) {
    this.#options = options;
    this.#lookedAtMs = options.now();
    const read = this.#read();
    this.#text = read.text;
    this.#value = options.parse(read.text);
    this.#fingerprint = read.fingerprint;
  }

  get value(): T {
    return this.#value;
  }

  /** Synchronous, so that a request is answered by what the file says when it comes (a second late at most). */
  refresh(nowMs: number): void {
    if (nowMs - this.#lookedAtMs < lookEveryMs && nowMs >= this.#lookedAtMs) return;
    this.#lookedAtMs = nowMs;
    try {
      if (this.#fingerprint !== "" && this.#look().fingerprint === this.#fingerprint) return;
      const { text, fingerprint, ageMs } = this.#read();
      if (text !== this.#text) {
        // Whoever writes in place empties the file first.
        if (text.trim() === "" && ageMs < youngMs) return;
        this.#value = this.#options.parse(text);
        this.#text = text;
        this.version++;
      }
      this.#fingerprint = fingerprint;
      this.#warned = "";
    } catch (error) {
      this.#warnOnce(`${messageOf(error)}; what it said before still holds`);
    }
  }

  #warnOnce(message: string): void {
    if (this.#warned === message) return;
    this.#warned = message;
    this.#options.onWarning(message);
  }

  #look(): { fingerprint: string; ageMs: number } {
    const { path } = this.#options;
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    const ageMs = this.#options.now() - Number(ctimeNs / 1_000_000n);
    // Empty: never equal, so the next look reads it again.
    return { fingerprint: ageMs < youngMs ? "" : [dev, ino, size, mtimeNs, ctimeNs].join(" "), ageMs };
  }

  #read(): { text: string; fingerprint: string; ageMs: number } {
    const { path, what, limitBytes } = this.#options;
    try {
      const look = this.#look();
      const { size } = statSync(path);
      if (size > limitBytes) {
        throw new KasaneError(
          "limit-exceeded",
          `cannot read ${what} ${path}: ${size} bytes, at most ${limitBytes} are taken`,
        );
      }
      return { text: readFileSync(path, "utf8"), ...look };
    } catch (error) {
      if (isKasaneError(error)) throw error;
      const reason = errnoOf(error) === "ENOENT" ? "it does not exist" : messageOf(error);
      throw new KasaneError("io", `cannot read ${what} ${path}: ${reason}`, { cause: error });
    }
  }
}

export interface WatchedFileOptions<T> {
  readonly path: string;
  /** As messages call it: `the users file`. */
  readonly what: string;
  readonly limitBytes: number;
  /** May throw: then the former value stays. */
  readonly parse: (text: string) => T;
  readonly onWarning: (message: string) => void;
  readonly now: () => number;
}
