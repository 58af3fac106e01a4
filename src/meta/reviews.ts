import type { Digest } from "../oci/mod.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** Something that may have become garbage. Triggers write these; a collector looks again when the time has come. */
export interface Review {
  /** `link`: a blob in a repository; `manifest`: a manifest in a repository; `object`: a manifest or blob of the store. */
  readonly kind: "link" | "manifest" | "object";
  /** Empty for objects. */
  readonly repository: string;
  readonly digest: Digest;
  readonly reviewAfterMs: number;
  /** Why it was written: `tag deleted`, `pushed`, `unlinked` … */
  readonly reason: string;
}

/** Why something stays or goes, in one sentence for people. */
export interface Verdict {
  readonly review: Review;
  readonly sizeBytes: number;
  readonly decision: "keep" | "wait" | "remove";
  /** `tag v1 of library/app points to it`, `layer of sha256:… in library/app`, `in its grace period until …` */
  readonly reason: string;
}

export interface CollectOptions {
  /** What is reviewed has been left alone for this long, ms. */
  readonly graceMs: number;
  /** Manifests that no tag, no index and no subject keeps go after this, ms. Absent: untagged manifests stay. */
  readonly untaggedAfterMs?: number;
  /** At most so many reviews in one step, so that pushes need not wait. */
  readonly limit: number;
}

/** The queue of the online garbage collector. One step is one short transaction; no step looks at more than what is due. */
export interface ReviewTable {
  /** Due reviews decided and carried out: rows are gone, and the returned blobs are claimed; call garbage.settle() when their bytes are gone. */
  collect(
    options: CollectOptions,
  ): Promise<{ reviewed: number; blobs: Digest[]; manifests: number; links: number }>;
  /** What collect() would decide, without doing it. With `everything` also what is not due. */
  explain(
    options: CollectOptions & { everything?: boolean; after?: Review },
  ): Promise<{ verdicts: Verdict[]; next?: Review }>;
  /** How many wait, and since when: for metrics. */
  pending(): Promise<{ count: number; oldestDueAtMs?: number }>;
}

export function reviewTable(_database: SqliteDatabase): ReviewTable {
  const todo = () => Promise.reject(new Error("not built yet"));
  return { collect: todo, explain: todo, pending: todo };
}
