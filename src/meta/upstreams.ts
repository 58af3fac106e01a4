import type { Digest } from "../oci/mod.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** A tag that came from an upstream registry. A tag without such a record was pushed here and is never asked for elsewhere. */
export interface UpstreamTag {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  /** When the upstream last said that this is what the tag points to, ms since the epoch. */
  readonly checkedAtMs: number;
}

export interface UpstreamTable {
  getTag(repository: string, tag: string): Promise<UpstreamTag | undefined>;
  putTag(record: UpstreamTag): Promise<void>;
  deleteTag(repository: string, tag: string): Promise<void>;
  /** A repository is covered lazily: these are the blobs and manifests that were fetched and never used since `beforeMs`. */
  stale(beforeMs: number, limit: number): Promise<UpstreamTag[]>;
}

export function upstreamTable(_database: SqliteDatabase): UpstreamTable {
  const todo = () => Promise.reject(new Error("not built yet"));
  return { getTag: todo, putTag: todo, deleteTag: todo, stale: todo };
}
