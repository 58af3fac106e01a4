import { type Digest, isDigest } from "../oci/mod.ts";
import { deadLeases, isAlive, isHeld } from "./leases.ts";
import type { GarbageTable } from "./meta.ts";
import { currentOwner } from "./process-owner.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

const dayMs = 24 * 60 * 60 * 1000;
/** A claim whose owner cannot be checked ends after this, ms. */
const claimTtlMs = 15 * 60 * 1000;

/** Everything that is alive by itself. ?1 is a JSON array of the dead leases. */
const roots = `
  SELECT target AS digest FROM images
  UNION ALL SELECT digest FROM repository_manifests
  UNION ALL SELECT digest FROM repository_blobs
  UNION ALL SELECT image FROM containers
  UNION ALL SELECT digest FROM cache_blobs
  UNION ALL SELECT key FROM lease_keys WHERE lease NOT IN (SELECT value FROM json_each(?1))`;

/** Everything reachable from a root: `edges` has both directions that keep alive. */
const live = `WITH RECURSIVE live (digest) AS (
  SELECT digest FROM (${roots})
  UNION
  SELECT edges.target FROM live JOIN edges ON edges.source = live.digest)`;

export function garbageTable(database: SqliteDatabase): GarbageTable {
  return {
    async isLive(digest) {
      return database.read(() => isLive(database, digest));
    },
    async unreferenced(digests) {
      return database.read(() => unreferenced(database, digests) as Digest[]);
    },
    async sweep({ linkGraceMs = dayMs } = {}) {
      return database.write("durable", () => {
        removeDead(database);
        removeOldLinks(database, Date.now() - linkGraceMs);
        markLive(database);
        database.run("DELETE FROM manifests WHERE digest NOT IN (SELECT digest FROM temp.live)");
        const dead = database.all<{ diff_id: string }>(
          "DELETE FROM layers WHERE blob NOT IN (SELECT digest FROM temp.live) RETURNING diff_id",
        );
        const diffIds = database.all<{ diff_id: string }>(
          `SELECT DISTINCT value AS diff_id FROM json_each(?) WHERE value NOT IN (SELECT diff_id FROM layers)`,
          JSON.stringify(dead.map((row) => row.diff_id)),
        );
        const blobs = database.all<{ digest: string }>(
          "SELECT digest FROM blobs WHERE digest NOT IN (SELECT digest FROM temp.live)",
        );
        const claimed = insertClaims(
          database,
          blobs.map((row) => row.digest),
        );
        return { blobs: claimed as Digest[], diffIds: diffIds.map((row) => row.diff_id as Digest) };
      });
    },
    async claim(keys) {
      return database.write("relaxed", () => {
        const digests = new Set(unreferenced(database, keys.filter(isDigest)));
        const free = keys.filter((key) => (isDigest(key) ? digests.has(key) : !isHeld(database, key)));
        return insertClaims(database, free);
      });
    },
    async settle(keys) {
      database.write("relaxed", () => {
        const mine = database.all<{ key: string }>(
          "DELETE FROM claims WHERE owner = ? AND key IN (SELECT value FROM json_each(?)) RETURNING key",
          currentOwner(),
          JSON.stringify(keys),
        );
        for (const { key } of mine) database.run("DELETE FROM blobs WHERE digest = ?", key);
      });
    },
  };
}

/** Upwards from the digest, so that the answer costs as much as there is above it, and not the whole store. */
function isLive(database: SqliteDatabase, digest: string): boolean {
  const found = database.first(
    `WITH RECURSIVE above (digest) AS (
       SELECT ?2 UNION SELECT edges.source FROM above JOIN edges ON edges.target = above.digest)
     SELECT 1 FROM above WHERE digest IN (SELECT target FROM images)
       OR digest IN (SELECT digest FROM repository_manifests)
       OR digest IN (SELECT digest FROM repository_blobs)
       OR digest IN (SELECT image FROM containers)
       OR digest IN (SELECT digest FROM cache_blobs)
       OR digest IN (SELECT key FROM lease_keys WHERE lease NOT IN (SELECT value FROM json_each(?1)))
     LIMIT 1`,
    JSON.stringify(deadLeases(database)),
    digest,
  );
  return found !== undefined;
}

function unreferenced(database: SqliteDatabase, digests: readonly string[]): string[] {
  if (digests.length === 0) return [];
  return database
    .all<{ digest: string }>(
      `${live} SELECT value AS digest FROM json_each(?2) WHERE value NOT IN (SELECT digest FROM live)`,
      JSON.stringify(deadLeases(database)),
      JSON.stringify(digests),
    )
    .map((row) => row.digest);
}

/** Leases and claims of the dead. What they claimed and did not remove is in `blobs` still, or a stray. */
function removeDead(database: SqliteDatabase): void {
  for (const lease of deadLeases(database)) database.run("DELETE FROM leases WHERE id = ?", lease);
  const claims = database.all<{ key: string; owner: string; expires_at: number }>("SELECT * FROM claims");
  for (const claim of claims) {
    if (!isAlive(claim)) database.run("DELETE FROM claims WHERE key = ?", claim.key);
  }
}

/** A link without a manifest is a push on its way, until it is too old for that. */
function removeOldLinks(database: SqliteDatabase, linkedBeforeMs: number): void {
  database.run(
    `DELETE FROM repository_blobs WHERE linked_at < ? AND NOT EXISTS (
       SELECT 1 FROM edges JOIN repository_manifests m ON m.digest = edges.manifest
       WHERE edges.target = repository_blobs.digest AND m.repository = repository_blobs.repository)`,
    linkedBeforeMs,
  );
  database.run(
    `DELETE FROM repositories WHERE name NOT IN (SELECT repository FROM repository_blobs)
       AND name NOT IN (SELECT repository FROM repository_manifests) AND name NOT IN (SELECT repository FROM uploads)`,
  );
}

function markLive(database: SqliteDatabase): void {
  database.run("CREATE TEMP TABLE IF NOT EXISTS live (digest TEXT PRIMARY KEY) WITHOUT ROWID");
  database.run("DELETE FROM temp.live");
  database.run(`INSERT INTO temp.live ${live} SELECT digest FROM live`, "[]");
}

/** Returns the keys that are this process's to remove now: another one may be at it already. */
export function insertClaims(database: SqliteDatabase, keys: readonly string[]): string[] {
  const owner = currentOwner();
  return keys.filter((key) => {
    const claim = database.first<{ owner: string; expires_at: number }>(
      "SELECT owner, expires_at FROM claims WHERE key = ?",
      key,
    );
    if (claim && isAlive(claim)) return false;
    database.run("INSERT OR REPLACE INTO claims VALUES (?, ?, ?)", key, owner, Date.now() + claimTtlMs);
    return true;
  });
}
