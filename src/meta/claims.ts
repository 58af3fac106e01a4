import { isAlive } from "./leases.ts";
import { currentOwner } from "./process-owner.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** A claim whose owner cannot be checked ends after this, ms. */
const claimTtlMs = 15 * 60 * 1000;

/** Inside a write. Returns the keys that are this process's to remove now: another one may be at it already. */
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

/** Inside a write: ends this process's claims. What `isRemoved` is no longer noted as stored; what is not is looked at again. */
export function endClaims(
  database: SqliteDatabase,
  keys: readonly string[],
  { isRemoved }: { isRemoved: boolean },
): void {
  const owner = currentOwner();
  for (const key of keys) {
    if (!database.first("SELECT 1 FROM claims WHERE key = ? AND owner = ?", key, owner)) continue;
    // The blob first: a claim that ends and leaves its blob was abandoned, and a trigger has that looked at again.
    if (isRemoved) database.run("DELETE FROM blobs WHERE digest = ?", key);
    database.run("DELETE FROM claims WHERE key = ?", key);
  }
}
