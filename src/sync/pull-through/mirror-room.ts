import { isKasaneError, messageOf } from "../../lib/mod.ts";
import type { Meta, Quota } from "../../meta/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import { RecentAnswers } from "./recent-answers.ts";
import type { Upstream } from "./upstream.ts";

/** A full quota is said again after this time, ms. */
const quietMs = 10 * 60_000;

/**
 * Whether what an upstream gives may be kept. A full quota fails no pull: what it has no room for is passed on to whoever asks, each
 * time anew, and that is said in the log, in the metrics and in the answer.
 */
export class MirrorRoom {
  /** Asked each time, as it may change while serving. */
  readonly quotaOf: (repository: string) => Quota;
  readonly #meta: Meta;
  readonly #onWarning: (message: string) => void;
  readonly #told: RecentAnswers<true>;

  constructor(parts: {
    meta: Meta;
    quota: ((repository: string) => Quota) | undefined;
    now: () => number;
    onWarning: (message: string) => void;
  }) {
    this.quotaOf = parts.quota ?? (() => ({}));
    this.#meta = parts.meta;
    this.#onWarning = parts.onWarning;
    this.#told = new RecentAnswers({ now: parts.now, limit: 1000 });
  }

  /** undefined where there is room, else why there is none. */
  async refusal(
    repository: string,
    blob: { digest: Digest; sizeBytes: number },
  ): Promise<unknown | undefined> {
    return this.#refused(
      this.#meta.repositories.checkRoom(repository, blob, { quota: this.quotaOf(repository) }),
    );
  }

  /** False where the quota has no room for it: then nothing has changed. */
  async link(repository: string, blob: { digest: Digest; sizeBytes: number }): Promise<boolean> {
    const linking = this.#meta.repositories.linkBlob(repository, blob, { quota: this.quotaOf(repository) });
    return (await this.#refused(linking)) === undefined;
  }

  /** Counts what is not kept, and tells the log now and then. The result is for the client. */
  passOn(upstream: Upstream, repository: string, refusal: unknown): string {
    upstream.counts.unkept++;
    if (!this.#told.get(repository)) {
      this.#told.put(repository, true, quietMs);
      const { name } = upstream.config;
      this.#onWarning(`upstream ${name}: ${repository} is served without being kept: ${messageOf(refusal)}`);
    }
    return "this is not kept in the mirror: its quota is used up";
  }

  async #refused(work: Promise<void>): Promise<unknown | undefined> {
    try {
      await work;
      return undefined;
    } catch (error) {
      if (isKasaneError(error, "denied")) return error;
      throw error;
    }
  }
}
