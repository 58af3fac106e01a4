import { isKasaneError, messageOf } from "../../lib/mod.ts";
import { type MirroredTag, manifestRecord } from "../../meta/mod.ts";
import { type Digest, type Manifest, parseManifest, type RawManifest } from "../../oci/mod.ts";
import type { Freshness } from "../../registry/mod.ts";
import { Flights } from "./flights.ts";
import { FreshTags } from "./fresh-tags.ts";
import type { Mirrored, MirrorParts } from "./mirror-parts.ts";
import { RecentAnswers } from "./recent-answers.ts";
import { upstreamFailure } from "./upstream-failure.ts";
import type { UseNotes } from "./use-notes.ts";

type Reference = { readonly tag: string } | { readonly digest: Digest };

/** A manifest that has just come from upstream. */
export interface NewManifest extends Mirrored {
  readonly repository: string;
  readonly manifest: Manifest;
}

/**
 * Manifests of repositories that an upstream stands behind. A digest is asked for once and never again; a tag is asked about when it
 * has not been for a while. What was pushed here is never asked about.
 */
export class MirroredManifests {
  readonly #parts: MirrorParts;
  readonly #uses: UseNotes;
  readonly #fresh: FreshTags;
  readonly #flights = new Flights();
  /** What the upstream has not, or does not give, by reference: the failure, or undefined for "there is none". */
  readonly #absent: RecentAnswers<{ readonly failure: unknown }>;
  readonly #arrived: (manifest: NewManifest) => void;

  constructor(parts: MirrorParts, options: { uses: UseNotes; arrived: (manifest: NewManifest) => void }) {
    this.#parts = parts;
    this.#uses = options.uses;
    this.#arrived = options.arrived;
    this.#fresh = new FreshTags({ now: parts.now, revision: () => parts.meta.repositories.revision() });
    this.#absent = new RecentAnswers({ now: parts.now, limit: 10_000 });
  }

  /** See PullThrough.freshen(). */
  async freshen(repository: string, reference: Reference): Promise<Freshness | undefined> {
    const mirrored = this.#parts.find(repository);
    if (mirrored === undefined) return undefined;
    const key = keyOf(repository, reference);
    if (mirrored.upstream.config.unusedTtlMs > 0) this.#uses.note(repository, reference);
    if (this.#fresh.has(key)) {
      mirrored.upstream.counts.hits++;
      return undefined;
    }
    const asked = { ...mirrored, repository, key };
    return "tag" in reference
      ? this.#freshenTag({ ...asked, tag: reference.tag })
      : this.#freshenDigest({ ...asked, digest: reference.digest });
  }

  async #freshenDigest(asked: Asked & { digest: Digest }): Promise<Freshness | undefined> {
    const { repository, digest, key, upstream } = asked;
    if (await this.#parts.meta.upstreams.hasManifest(repository, digest)) {
      upstream.counts.hits++;
      this.#fresh.put(key, Number.POSITIVE_INFINITY);
      return undefined;
    }
    return this.#fetch(asked, () => this.#get(asked, digest, this.#parts.patience.fetchMs));
  }

  async #freshenTag(asked: Asked & { tag: string }): Promise<Freshness | undefined> {
    const { repository, tag, key, upstream } = asked;
    const here = await this.#parts.meta.upstreams.getTag(repository, tag);
    const freshUntilMs = freshUntil(here, upstream.config.tagTtlMs);
    if (freshUntilMs > this.#parts.now()) {
      upstream.counts.hits++;
      this.#fresh.put(key, freshUntilMs);
      return undefined;
    }
    if (here === undefined) return this.#fetch(asked, () => this.#firstTag(asked));
    if (this.#parts.isImmutable(repository, tag)) {
      upstream.counts.hits++;
      return undefined;
    }
    return this.#checkTag(asked, here);
  }

  /** What is here is old: the upstream says whether it still holds, within a short time. */
  async #checkTag(asked: Asked & { tag: string }, here: MirroredTag): Promise<Freshness | undefined> {
    const { upstream, key } = asked;
    const isFailing = upstream.isSuspect;
    const check = this.#flights.run(key, () => this.#moveTag(asked, here));
    try {
      // An upstream that failed the last time is tried beside this request, which need not wait for it.
      if (!isFailing) return await check;
      check.catch(() => {});
    } catch (error) {
      if (!isKasaneError(error)) throw error;
      return this.#stale(asked, messageOf(error));
    }
    return this.#stale(asked, upstream.status().lastError?.message ?? "it cannot be asked at present");
  }

  #stale({ upstream }: Asked, reason: string): Freshness {
    upstream.counts.staleServed++;
    return { warning: `this may be out of date: upstream ${upstream.config.name}: ${reason}` };
  }

  /** @throws KasaneError */
  async #moveTag(asked: Asked & { tag: string }, here: MirroredTag): Promise<Freshness | undefined> {
    const { repository, remote, tag, upstream } = asked;
    const { meta, patience, now } = this.#parts;
    const atMs = now();
    upstream.counts.misses++;
    const head = await upstream.ask((call) => upstream.client.headManifest(remote, tag, call), {
      deadlineMs: patience.checkMs,
      attempts: 1,
    });
    if (head === undefined || head.digest === here.digest) {
      await meta.upstreams.noteChecked(repository, tag, atMs);
      return head === undefined ? this.#stale(asked, "it has no such tag any more") : undefined;
    }
    if (await meta.upstreams.putTag(repository, tag, { digest: head.digest, atMs })) return undefined;
    const got = await this.#get(asked, tag, patience.fetchMs);
    return typeof got === "object" ? got : undefined;
  }

  /** A tag that is not here. HEAD costs nothing where downloads are counted: it is worth it where the manifest may be here already. */
  async #firstTag(asked: Asked & { tag: string }): Promise<Outcome> {
    const { repository, remote, tag, upstream } = asked;
    const { meta, patience, now } = this.#parts;
    if (await meta.repositories.exists(repository)) {
      const head = await upstream.ask((call) => upstream.client.headManifest(remote, tag, call), {
        deadlineMs: patience.fetchMs,
        attempts: 2,
      });
      if (head === undefined) return "absent";
      if (await meta.upstreams.putTag(repository, tag, { digest: head.digest, atMs: now() })) return "kept";
    }
    return this.#get(asked, tag, patience.fetchMs);
  }

  /** Runs `work` for all who want the same, and remembers for a moment that there is nothing. @throws RegistryFailure */
  async #fetch(asked: Asked, work: () => Promise<Outcome>): Promise<Freshness | undefined> {
    const { key, upstream } = asked;
    const absent = this.#absent.get(key);
    if (absent !== undefined) {
      if (absent.failure !== undefined) throw absent.failure;
      return undefined;
    }
    return this.#flights.run(key, async () => {
      upstream.counts.misses++;
      try {
        const outcome = await work();
        if (outcome === "absent") this.#noteAbsent(asked, undefined);
        return typeof outcome === "object" ? outcome : undefined;
      } catch (error) {
        const failure = upstreamFailure(error, upstream, this.#parts.now());
        // A passing failure is the circuit's business: it knows when to try again.
        const isLasting = isKasaneError(error) && error.data.passing !== true && failure !== error;
        if (isLasting) this.#noteAbsent(asked, failure);
        throw failure;
      }
    });
  }

  #noteAbsent({ key }: Asked, failure: unknown): void {
    this.#absent.put(key, { failure }, this.#parts.patience.absentMs);
  }

  /** The manifest is looked at before it is kept. @throws KasaneError */
  async #get(asked: Asked, reference: string, deadlineMs: number): Promise<Outcome> {
    const { repository, remote, upstream } = asked;
    const { meta, lease, now, room } = this.#parts;
    const atMs = now();
    let raw: RawManifest;
    try {
      raw = await upstream.ask((call) => upstream.client.getManifest(remote, reference, call), {
        deadlineMs,
        attempts: 2,
      });
    } catch (error) {
      if (isKasaneError(error, "not-found")) return "absent";
      throw error;
    }
    const manifest = parseManifest(raw.bytes, raw.mediaType || undefined);
    const record = manifestRecord({ ...raw, mediaType: manifest.mediaType }, manifest);
    const options = {
      ...(reference === raw.digest ? {} : { tag: reference }),
      atMs,
      quota: room.quotaOf(repository),
    };
    try {
      await lease.holding([raw.digest], () => meta.upstreams.putManifest(repository, record, options));
    } catch (error) {
      if (!isKasaneError(error, "denied")) throw error;
      return { warning: room.passOn(upstream, repository, error), manifest: record };
    }
    this.#arrived({ upstream, remote, repository, manifest });
    return "kept";
  }
}

/** What became of a question: an object where what came could not be kept. */
type Outcome = "absent" | "kept" | Freshness;

interface Asked extends Mirrored {
  readonly repository: string;
  readonly key: string;
}

function keyOf(repository: string, reference: Reference): string {
  return "tag" in reference ? `${repository}:${reference.tag}` : `${repository}@${reference.digest}`;
}

/** What was pushed here is always fresh. */
function freshUntil(here: MirroredTag | undefined, tagTtlMs: number): number {
  if (here === undefined) return Number.NEGATIVE_INFINITY;
  return here.checkedAtMs === undefined ? Number.POSITIVE_INFINITY : here.checkedAtMs + tagTtlMs;
}
