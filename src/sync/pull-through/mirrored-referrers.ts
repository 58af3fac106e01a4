import { mapConcurrent } from "../../lib/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import { Flights } from "./flights.ts";
import type { MirrorParts } from "./mirror-parts.ts";
import type { MirroredManifests } from "./mirrored-manifests.ts";
import { RecentAnswers } from "./recent-answers.ts";

/** Each is a manifest to fetch, and counts where downloads are counted. */
const referrerLimit = 200;

/** Signatures, SBOMs and whatever else refers to a manifest, brought along when somebody asks for the list. */
export class MirroredReferrers {
  readonly #parts: MirrorParts;
  readonly #manifests: MirroredManifests;
  readonly #flights = new Flights();
  readonly #done: RecentAnswers<true>;

  constructor(parts: MirrorParts, manifests: MirroredManifests) {
    this.#parts = parts;
    this.#manifests = manifests;
    this.#done = new RecentAnswers({ now: parts.now, limit: 10_000 });
  }

  /** See PullThrough.freshenReferrers(). What takes too long goes on by itself. */
  async freshen(repository: string, subject: Digest): Promise<void> {
    const key = `${repository}@${subject}`;
    if (this.#done.get(key)) return;
    const work = this.#flights.run(key, () => this.#bring(repository, subject, key)).catch(() => {});
    await Promise.race([work, Bun.sleep(this.#parts.patience.fetchMs)]);
  }

  async #bring(repository: string, subject: Digest, key: string): Promise<void> {
    const mirrored = this.#parts.find(repository);
    if (mirrored === undefined) return;
    const { upstream, remote } = mirrored;
    const { patience } = this.#parts;
    const referrers = await upstream.ask((call) => upstream.client.listReferrers(remote, subject, call), {
      deadlineMs: patience.fetchMs,
      attempts: 1,
    });
    await mapConcurrent(referrers.slice(0, referrerLimit), 4, ({ digest }) =>
      this.#manifests.freshen(repository, { digest }),
    );
    this.#done.put(key, true, Math.max(patience.listMs, upstream.config.tagTtlMs));
  }
}
