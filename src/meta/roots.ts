import { deadLeases } from "./leases.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** Why something lives: one row that keeps `at`, which is the thing itself or something above it. */
export interface Root {
  readonly at: string;
  readonly kind: "image" | "manifest" | "link" | "container" | "cache" | "undo" | "lease";
  /** The repository, container, cache key or lease; for images the digest. */
  readonly name: string;
}

/** Rows that are as good as gone: a collector asks what lives without them. */
export interface Gone {
  /** `repository digest` */
  readonly links: ReadonlySet<string>;
  /** `repository digest` */
  readonly manifests: ReadonlySet<string>;
  readonly objects: ReadonlySet<string>;
}

const pageSize = 64;

const nothing: Gone = { links: new Set(), manifests: new Set(), objects: new Set() };

/** The commonest first: SQLite reads no further than it is asked. ?1 a digest, ?2 the time. */
const rootRows = `
  SELECT 'link' AS kind, repository AS name FROM repository_blobs WHERE digest = ?1
  UNION ALL SELECT 'manifest', repository FROM repository_manifests WHERE digest = ?1
  UNION ALL SELECT 'image', target FROM images WHERE target = ?1
  UNION ALL SELECT 'lease', lease FROM lease_keys WHERE key = ?1
  UNION ALL SELECT 'cache', key FROM cache_blobs WHERE digest = ?1
  UNION ALL SELECT 'container', name FROM containers WHERE image = ?1
  UNION ALL SELECT 'undo', repository FROM deleted_manifests WHERE digest = ?1 AND expires_at > ?2`;
const fewRows = `${rootRows} LIMIT 8`;

/**
 * Looks upwards from a thing for what keeps it, so that the answer costs as much as there is above it and not the whole store.
 * For one transaction: the dead are known to the operating system and not to SQL, and are asked for once.
 */
export class Roots {
  readonly deadLeases: ReadonlySet<string>;
  readonly nowMs: number;
  readonly #database: SqliteDatabase;
  readonly #gone: Gone;
  readonly #expiredMs: number;

  /**
   * A deleted manifest counts as long as its row is there, expired or not: the row's trigger still has to read from `edges` what it kept.
   * `isExpiredGone` is for who only asks what would be if those rows were removed.
   */
  constructor(
    database: SqliteDatabase,
    options: { nowMs?: number; gone?: Gone; isExpiredGone?: boolean } = {},
  ) {
    this.#database = database;
    this.#gone = options.gone ?? nothing;
    this.nowMs = options.nowMs ?? Date.now();
    this.#expiredMs = options.isExpiredGone ? this.nowMs : Number.NEGATIVE_INFINITY;
    this.deadLeases = new Set(deadLeases(database));
  }

  /** undefined for what is dead. */
  of(digest: string): Root | undefined {
    const own = this.#at(digest);
    if (own) return own;
    const seen = new Set([digest]);
    const open = [{ at: digest, after: "" }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      // A page at a time: what a hundred thousand manifests name is nearly always kept by one of the first.
      const sources = this.#database.all<{ source: string }>(
        "SELECT DISTINCT source FROM edges WHERE target = ? AND source > ? ORDER BY source LIMIT ?",
        next.at,
        next.after,
        pageSize,
      );
      if (sources.length === pageSize) open.push({ at: next.at, after: sources.at(-1)!.source });
      for (const { source } of sources) {
        if (seen.has(source) || this.#gone.objects.has(source)) continue;
        seen.add(source);
        const root = this.#at(source);
        if (root) return root;
        open.push({ at: source, after: "" });
      }
    }
    return undefined;
  }

  #at(digest: string): Root | undefined {
    const few = this.#rows(fewRows, digest);
    const found = few.find((row) => this.#counts(row, digest));
    if (found || few.length < 8) return found && { at: digest, ...found };
    const other = this.#rows(rootRows, digest).find((row) => this.#counts(row, digest));
    return other && { at: digest, ...other };
  }

  #rows(sql: string, digest: string): Omit<Root, "at">[] {
    return this.#database.all<Omit<Root, "at">>(sql, digest, this.#expiredMs);
  }

  #counts({ kind, name }: Omit<Root, "at">, digest: string): boolean {
    if (kind === "link") return !this.#gone.links.has(`${name} ${digest}`);
    if (kind === "manifest") return !this.#gone.manifests.has(`${name} ${digest}`);
    return kind !== "lease" || !this.deadLeases.has(name);
  }
}
