import { RegistryFailure } from "../../registry/mod.ts";
import { RecentAnswers } from "./recent-answers.ts";

/** Longer chains of mirrors than anybody builds on purpose. */
const chainLimit = 16;
const rememberedMs = 60_000;
const pseudonym = /\bkasane-[0-9a-f-]{36}\b/g;

/**
 * Finds mirrors that mirror each other in a ring, this one alone included: every request to an upstream carries in `Via` (RFC 9110,
 * section 7.6.3) who asks, and on whose behalf. What came through a mirror is remembered for its repository for a minute, because
 * one request upstream answers many.
 */
export class Visitors {
  readonly id = `kasane-${crypto.randomUUID()}`;
  readonly #chains: RecentAnswers<ReadonlySet<string>>;

  constructor(now: () => number) {
    this.#chains = new RecentAnswers({ now, limit: 10_000 });
  }

  /** Takes in the `Via` of a request for a repository that an upstream stands behind. @throws RegistryFailure 508 */
  admit(repository: string, via: string): void {
    const chain = via.match(pseudonym);
    if (chain === null) return;
    const known = new Set([...(this.#chains.get(repository) ?? []), ...chain]);
    if (chain.includes(this.id) || known.size > chainLimit) {
      throw new RegistryFailure("UNSUPPORTED", {
        status: 508,
        message: `the mirrors of ${repository} ask each other in a ring`,
      });
    }
    this.#chains.put(repository, known, rememberedMs);
  }

  /** `Via` of a request upstream on behalf of whoever asked for `repository`. */
  via(repository: string): string {
    return [...(this.#chains.get(repository) ?? []), this.id].map((name) => `1.1 ${name}`).join(", ");
  }
}
