import { messageOf } from "../../lib/mod.ts";
import type { RepositoryTable } from "../../meta/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { RegistryEvent } from "../../registry/mod.ts";

const writeEveryMs = 5_000;
/** So many different tags and digests at the most until the next write; what comes beyond is written early. */
const pendingLimit = 10_000;

interface Pull {
  readonly repository: string;
  readonly digest: Digest;
  readonly tag?: string;
  readonly atMs: number;
}

/** Remembers when manifests were last pulled. In memory first: a thousand pulls of one tag are one write. */
export class PullTimes {
  readonly #write: RepositoryTable["notePulls"];
  readonly #warn: (message: string) => void;
  #pending = new Map<string, Pull>();
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
    const key = tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}@${digest}`;
    this.#pending.set(key, { repository, digest, ...(tag === undefined ? {} : { tag }), atMs });
    if (this.#pending.size >= pendingLimit) void this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), writeEveryMs).unref();
  }

  /** Writes what was noted. Never rejects: the time of a pull is not worth a failure. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.size === 0) return this.#writing;
    const pulls = [...this.#pending.values()];
    this.#pending = new Map();
    this.#writing = this.#writing
      .then(() => this.#write(pulls))
      .catch((error) => this.#warn(`the times of ${pulls.length} pulls are lost: ${messageOf(error)}`));
    return this.#writing;
  }
}
