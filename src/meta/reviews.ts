import type { Digest } from "../oci/mod.ts";
import { collect } from "./collect.ts";
import { explain } from "./explain.ts";
import type { Patience } from "./finding.ts";
import { foresee } from "./foresee.ts";
import type { ImageRemoval, RemovedNames } from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** Something that may have become garbage. Triggers write these; a collector looks again when the time has come. */
export interface Review {
  /**
   * `link`: a blob in a repository; `manifest`: a manifest in a repository; `object`: a manifest or blob of the store; `repository`: one
   * that may be empty.
   */
  readonly kind: "link" | "manifest" | "object" | "repository";
  /** Empty for objects. */
  readonly repository: string;
  /** Empty for repositories. */
  readonly digest: Digest;
  /** Infinity where no policy decides on it. */
  readonly reviewAfterMs: number;
  /** Why it was written: `tag deleted`, `pushed`, `unlinked` … */
  readonly reason: string;
}

/** Why something stays or goes, in one sentence for people. */
export interface Verdict {
  readonly review: Review;
  /** As far as the database knows; 0 where it does not. */
  readonly sizeBytes: number;
  readonly decision: "keep" | "wait" | "remove";
  /** `tag v1 of library/app points to it`, `layer of sha256:… in library/app`, `in its grace period until …` */
  readonly reason: string;
}

export interface CollectOptions {
  /**
   * What is reviewed has been left alone for this long, ms. Clients count on what they were told for as long as it lasts, less a few
   * minutes: see RepositoryTable.touch(). -Infinity: at once, whatever clocks say.
   */
  readonly graceMs: number;
  /** Where it differs: for blobs and manifests that no repository has any more. Whoever wants one of those finds it gone and brings it again. */
  readonly objectGraceMs?: number;
  /** Manifests that no tag, no index and no subject keeps go after this, ms. Absent: untagged manifests stay. */
  readonly untaggedAfterMs?: number;
  /** At most so many reviews in one step, so that pushes need not wait. What goes along with what was reviewed does not count. */
  readonly limit: number;
}

/** What one step of the collector did. */
export interface Collected {
  /** Fewer than `limit`: nothing more is due. */
  readonly reviewed: number;
  /** Claimed: their bytes may go. */
  readonly blobs: Digest[];
  /** diffIDs of which no layer is left: their indexes may go. */
  readonly diffIds: Digest[];
  readonly manifests: number;
  readonly links: number;
}

/** Something that a user may remove. */
export type Removal =
  | ({ readonly kind: "image" } & ImageRemoval)
  | { readonly kind: "container"; readonly id: string }
  | { readonly kind: "cache"; readonly key: string };

export interface Foreseen {
  readonly already: Loss;
  /** One for each removal, in order. */
  readonly removals: readonly (Loss & RemovedNames)[];
  /** Of the layers that were asked for: those that only hosted repositories have in the end. */
  readonly hostedOnly: readonly Digest[];
}

/** What nothing would refer to any more. */
export interface Loss {
  readonly blobs: readonly Digest[];
  readonly diffIds: readonly Digest[];
}

/** The queue of the online garbage collector. One step is one short transaction; no step looks at more than what is due. */
export interface ReviewTable {
  /**
   * Due reviews decided and carried out: rows are gone, and the returned blobs are claimed; call garbage.settle() when their bytes are
   * gone, or unclaim(). What goes along with them goes in the same step. The claims of a process that died come back as reviews.
   */
  collect(options: CollectOptions): Promise<Collected>;
  /**
   * What collect() would decide now, without doing it. With `everything` also what is not due, and every blob that is not in question
   * at all. By repository and digest; `limit` at a time, and what would go along with these.
   */
  explain(
    options: CollectOptions & { everything?: boolean; after?: Review },
  ): Promise<{ verdicts: Verdict[]; next?: Review }>;
  /**
   * What would become of the store if these things were removed one after the other, each followed by collect() to its end: done by the
   * very same code, and taken back. `already` is what collect() would take without any of them.
   */
  foresee(
    options: Omit<CollectOptions, "limit"> & {
      removals: readonly Removal[];
      diffIds?: readonly Digest[] | undefined;
    },
  ): Promise<Foreseen>;
  /** How many wait, and since when: for metrics. Untagged manifests, which wait for a policy that may never come, are told apart. */
  pending(): Promise<{ count: number; oldestDueAtMs?: number; manifests: number }>;
}

export function reviewTable(database: SqliteDatabase): ReviewTable {
  return {
    collect: (options) =>
      database.writeTogether("durable", () =>
        collect(database, { patience: patienceOf(options), limit: options.limit, nowMs: Date.now() }),
      ),
    async explain(options) {
      const { limit, everything = false, after } = options;
      return database.read(() =>
        explain(database, { patience: patienceOf(options), limit, everything, after, nowMs: Date.now() }),
      );
    },
    async foresee({ removals, diffIds = [], ...options }) {
      const patience = patienceOf({ ...options, limit: 0 });
      return database.rehearse(() => foresee(database, { patience, removals, diffIds, nowMs: Date.now() }));
    },
    async pending() {
      const { count, oldest, manifests } = database.first<{
        count: number;
        oldest: number | null;
        manifests: number;
      }>(
        `SELECT (SELECT count(*) FROM reviews WHERE kind <> 'manifest') AS count,
           (SELECT min(since) FROM reviews WHERE kind <> 'manifest') AS oldest,
           (SELECT count(*) FROM reviews WHERE kind = 'manifest') AS manifests`,
      )!;
      return { count, manifests, ...(oldest !== null && { oldestDueAtMs: oldest }) };
    },
  };
}

function patienceOf({ graceMs, objectGraceMs = graceMs, untaggedAfterMs }: CollectOptions): Patience {
  return {
    linkMs: graceMs,
    objectMs: objectGraceMs,
    ...(untaggedAfterMs !== undefined && { untaggedMs: untaggedAfterMs }),
  };
}
