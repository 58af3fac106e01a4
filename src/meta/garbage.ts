import { type Digest, isDigest } from "../oci/mod.ts";
import { endClaims, insertClaims } from "./claims.ts";
import { isHeld } from "./leases.ts";
import type { GarbageTable } from "./meta.ts";
import { Roots } from "./roots.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

export function garbageTable(database: SqliteDatabase): GarbageTable {
  return {
    async isLive(digest) {
      return database.read(() => new Roots(database).of(digest) !== undefined);
    },
    async claim(keys) {
      return database.write("relaxed", () => {
        const digests = new Set<string>(unreferenced(database, keys.filter(isDigest)));
        const free = keys.filter((key) => (isDigest(key) ? digests.has(key) : !isHeld(database, key)));
        return insertClaims(database, free);
      });
    },
    async claimStrays(digests) {
      return database.write("relaxed", () => {
        const unknown = digests.filter(
          (digest) => !database.first("SELECT 1 FROM blobs WHERE digest = ?", digest),
        );
        return insertClaims(database, unreferenced(database, unknown)) as Digest[];
      });
    },
    async settle(keys) {
      database.write("relaxed", () => endClaims(database, keys, { isRemoved: true }));
    },
    async unclaim(keys) {
      database.write("relaxed", () => endClaims(database, keys, { isRemoved: false }));
    },
  };
}

function unreferenced<T extends string>(database: SqliteDatabase, digests: readonly T[]): T[] {
  if (digests.length === 0) return [];
  const roots = new Roots(database);
  return digests.filter((digest) => roots.of(digest) === undefined);
}
