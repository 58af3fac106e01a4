import { messageOf } from "../../lib/mod.ts";
import type { RepositoryTable } from "../../meta/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { RegistryEvent } from "../../registry/mod.ts";

const writeEveryMs = 5_000;
/** So many different tags and digests at the most until the next write; what comes beyond is written early. */
const pendingLimit = 10_000;
/** Of one digest: each pull looks through them. */
const namesLimit = 100;

interface Pull {
  readonly repository: string;
  readonly digest: Digest;
  readonly tag?: string;
  atMs: number;
}

/** Remembers when manifests were last pulled. In memory first: a thousand pulls of one tag are one write. */
export class PullTimes {
  readonly #write: RepositoryTable["notePulls"];
  readonly #warn: (message: string) => void;
  /** By digest, whose text comes from a cache and has its hash with it; few names have one digest. */
  #pending = new Map<Digest, Pull[]>();
  #count = 0;
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: { write: RepositoryTable["notePulls"]; warn: (message: string) => void }) {
    this.#write = options.write;
    this.#warn = options.warn;
  }

  /** Blobs are no pulls of an image, and anything that is not a pull is none. */
  note({ action, kind, repository, digest, tags, atMs }: RegistryEvent): void {
    if (action !== "pull" || kind !== "manifest" || digest === undefined) return;
    const [tag] = tags;
    const pulls = this.#pending.get(digest);
    for (const pull of pulls ?? []) {
      if (pull.tag !== tag || pull.repository !== repository) continue;
      pull.atMs = atMs;
      return;
    }
    const pull = { repository, digest, ...(tag === undefined ? {} : { tag }), atMs };
    if (pulls === undefined) this.#pending.set(digest, [pull]);
    else pulls.push(pull);
    this.#count++;
    if (this.#count >= pendingLimit || (pulls?.length ?? 0) >= namesLimit) void this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), writeEveryMs).unref();
  }

  /** Writes what was noted. Never rejects: the time of a pull is not worth a failure. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#count === 0) return this.#writing;
    const pulls = [...this.#pending.values()].flat();
    this.#pending = new Map();
    this.#count = 0;
    this.#writing = this.#writing
      .then(() => this.#write(pulls))
      .catch((error) => this.#warn(`the times of ${pulls.length} pulls are lost: ${messageOf(error)}`));
    return this.#writing;
  }
}
