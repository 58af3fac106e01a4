import type { BlobStore } from "../../blob/mod.ts";
import { messageOf } from "../../lib/mod.ts";
import type { Meta, Quota } from "../../meta/mod.ts";
import { type PullThrough, ServerLease } from "../../registry/mod.ts";
import type { UpstreamConfig } from "../upstream-config.ts";
import { dropUnused } from "./drop-unused.ts";
import type { MirrorParts } from "./mirror-parts.ts";
import { MirrorRoom } from "./mirror-room.ts";
import { MirroredBlobs } from "./mirrored-blobs.ts";
import { MirroredManifests } from "./mirrored-manifests.ts";
import { MirroredReferrers } from "./mirrored-referrers.ts";
import { MirroredTags } from "./mirrored-tags.ts";
import { defaultPatience, type Patience } from "./patience.ts";
import { Prefetch } from "./prefetch.ts";
import { Upstream } from "./upstream.ts";
import { UpstreamNames } from "./upstream-names.ts";
import type { UpstreamStatus } from "./upstream-status.ts";
import { UseNotes } from "./use-notes.ts";
import { Visitors } from "./visitors.ts";

export interface PullThroughOptions {
  readonly blobs: BlobStore;
  readonly meta: Meta;
  /** One sentence for whoever runs the server. */
  readonly onWarning?: (message: string) => void;
  /** Asked each time, as its rules may change: tags that do not follow the upstream once they are here. Absent: none. */
  readonly isImmutable?: (repository: string, tag: string) => boolean;
  /** Asked each time as well: what it has no room for is served without being kept. Absent: all is kept. */
  readonly quota?: (repository: string) => Quota;
  readonly patience?: Partial<Patience>;
  /** Date.now() by default. */
  readonly now?: () => number;
  /** Replaces the network: `Request → Response`. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** The mirror of a running server. */
export interface RunningPullThrough extends PullThrough {
  /** One per upstream, in the order of the configuration. */
  status(): UpstreamStatus[];
  /**
   * Drops what nobody has pulled for `unusedTtlMs`; returns how many manifests. To be called now and then. What it takes out of the
   * repositories is garbage afterwards.
   */
  dropUnused(): Promise<number>;
  /** Ends downloads, keeping what they have for the next server. Idempotent. */
  close(): Promise<void>;
}

/** @throws KasaneError `usage` for upstreams that contradict each other, `io` for certificates that cannot be read */
export function createPullThrough(
  upstreams: readonly UpstreamConfig[],
  options: PullThroughOptions,
): RunningPullThrough {
  const { blobs, meta, onWarning = () => {}, now = Date.now } = options;
  const patience = { ...defaultPatience, ...options.patience };
  const ending = new AbortController();
  const { signal } = ending;
  const names = new UpstreamNames(upstreams);
  const visitors = new Visitors(now);
  const surroundings = {
    now,
    patience,
    onWarning,
    signal,
    fetch: options.fetch,
    via: (config: UpstreamConfig, remote: string) => visitors.via(`${config.name}/${remote}`),
  };
  const byConfig = new Map(upstreams.map((config) => [config, new Upstream(config, surroundings)]));
  const parts: MirrorParts = {
    blobs,
    meta,
    lease: new ServerLease(meta.leases),
    room: new MirrorRoom({ meta, quota: options.quota, now, onWarning }),
    patience,
    now,
    onWarning,
    signal,
    isImmutable: options.isImmutable ?? (() => false),
    find: (repository) => {
      const found = names.find(repository);
      return found && { upstream: byConfig.get(found.config)!, remote: found.remote };
    },
  };
  const uses = new UseNotes(meta.upstreams, now);
  const mirroredBlobs = new MirroredBlobs(parts);
  const manifests: MirroredManifests = new MirroredManifests(parts, {
    uses,
    arrived: (manifest) => prefetch.add(manifest),
  });
  const prefetch = new Prefetch(parts, { manifests, blobs: mirroredBlobs });
  const referrers = new MirroredReferrers(parts, manifests);
  const tags = new MirroredTags(parts);
  const ttls = upstreams.map(({ unusedTtlMs }) => unusedTtlMs).filter((ttlMs) => ttlMs > 0);

  return {
    resolve(question) {
      const resolved = names.resolve(question);
      if (question.via !== undefined) {
        const found = names.find(resolved?.repository ?? question.repository);
        if (found !== undefined) visitors.admit(`${found.config.name}/${found.remote}`, question.via);
      }
      return resolved;
    },
    covers: (repository) => names.find(repository) !== undefined,
    freshen: (repository, reference) => manifests.freshen(repository, reference),
    freshenReferrers: (repository, subject) => referrers.freshen(repository, subject),
    listTags: (repository, page) => tags.list(repository, page),
    blob: (repository, digest) => mirroredBlobs.open(repository, digest),
    statBlob: (repository, digest) => mirroredBlobs.stat(repository, digest),
    status: () => [...byConfig.values()].map((upstream) => upstream.status()),
    async dropUnused() {
      if (ttls.length === 0) return 0;
      await uses.flush();
      return dropUnused(parts, { shortestTtlMs: Math.min(...ttls) });
    },
    async close() {
      ending.abort();
      const written = uses
        .flush()
        .catch((error) => onWarning(`the last pulls are not noted: ${messageOf(error)}`));
      await Promise.all([mirroredBlobs.settled(), prefetch.settled(), written]);
    },
  };
}
