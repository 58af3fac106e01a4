import type { Digest } from "../oci/mod.ts";
import type { CacheRecord, CacheTable } from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

interface CacheRow {
  readonly key: string;
  readonly value: string;
  readonly size: number;
  readonly created_at: number;
  readonly used_at: number;
  readonly uses: number;
  readonly blobs: string;
}

const selectCache = `SELECT key, value, size, created_at, used_at, uses,
  (SELECT json_group_array(digest ORDER BY position) FROM cache_blobs b WHERE b.key = c.key) AS blobs FROM cache c`;

/** Losing the last few records to a power cut costs a step that runs again, so nobody waits for the disk here. */
export function cacheTable(database: SqliteDatabase): CacheTable {
  return {
    async get(key) {
      return database.write("relaxed", () => {
        if (
          database.run("UPDATE cache SET used_at = ?, uses = uses + 1 WHERE key = ?", Date.now(), key) === 0
        )
          return undefined;
        return cacheOf(database.first<CacheRow>(`${selectCache} WHERE key = ?`, key)!);
      });
    },
    async put({ key, value, blobs, sizeBytes }) {
      const now = Date.now();
      database.write("relaxed", () => {
        database.run("DELETE FROM cache WHERE key = ?", key);
        database.run(
          "INSERT INTO cache (key, value, size, created_at, used_at) VALUES (?, ?, ?, ?, ?)",
          key,
          value,
          sizeBytes,
          now,
          now,
        );
        for (const [position, digest] of blobs.entries()) {
          database.run("INSERT OR IGNORE INTO blobs VALUES (?)", digest);
          database.run("INSERT INTO cache_blobs VALUES (?, ?, ?)", key, digest, position);
        }
      });
    },
    async list() {
      return database.all<CacheRow>(`${selectCache} ORDER BY used_at DESC, key`).map(cacheOf);
    },
    async totalBytes() {
      return database.first<{ total: number }>(
        `SELECT coalesce(sum(size), 0) AS total FROM (
           SELECT max(c.size) AS size FROM cache_blobs b JOIN cache c ON c.key = b.key GROUP BY b.digest)`,
      )!.total;
    },
    async delete(key) {
      return database.write("relaxed", () => database.run("DELETE FROM cache WHERE key = ?", key) > 0);
    },
  };
}

function cacheOf(row: CacheRow): CacheRecord {
  return {
    key: row.key,
    value: row.value,
    blobs: JSON.parse(row.blobs) as Digest[],
    sizeBytes: row.size,
    createdAtMs: row.created_at,
    usedAtMs: row.used_at,
    uses: row.uses,
  };
}
