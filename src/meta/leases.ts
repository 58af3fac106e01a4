import { KasaneError } from "../lib/errors.ts";
import { isDigest } from "../oci/digest.ts";
import type { LeaseId, LeaseTable } from "./meta.ts";
import { currentOwner, isOwnerAlive } from "./process-owner.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** How long hold() waits for another process to finish a removal, ms. Removals are renames and unlinks. */
const claimWaitMs = 60_000;

export function leaseTable(database: SqliteDatabase): LeaseTable {
  return {
    async acquire({ purpose, ttlMs }) {
      const id = crypto.randomUUID() as string as LeaseId;
      database.write("relaxed", () => {
        database.run(
          "INSERT INTO leases VALUES (?, ?, ?, ?)",
          id,
          purpose,
          currentOwner(),
          Date.now() + ttlMs,
        );
      });
      return id;
    },
    async renew(lease, ttlMs) {
      database.write("relaxed", () => {
        const renewed = database.run(
          "UPDATE leases SET expires_at = ? WHERE id = ?",
          Date.now() + ttlMs,
          lease,
        );
        if (renewed === 0) throw leaseGone();
      });
    },
    async hold(lease, keys) {
      for (const deadline = Date.now() + claimWaitMs; ; await Bun.sleep(5)) {
        const claimed = await database.writeTogether("relaxed", () => tryHold(database, lease, keys));
        if (claimed === undefined) return;
        if (Date.now() > deadline) {
          throw new KasaneError("conflict", `cannot use ${claimed}: another process is still removing it`, {
            hint: "wait for the prune that is running to end, and try again",
          });
        }
      }
    },
    async drop(lease, keys) {
      await database.writeTogether("relaxed", () => {
        for (const key of keys) {
          const last = "DELETE FROM lease_keys WHERE lease = ? AND key = ? AND count <= 1";
          if (database.run(last, lease, key) > 0) continue;
          database.run("UPDATE lease_keys SET count = count - 1 WHERE lease = ? AND key = ?", lease, key);
        }
      });
    },
    async lock(lease, key) {
      return await database.writeTogether("relaxed", () => {
        checkLease(database, lease);
        const locked = database.first<{ owner: string; expires_at: number }>(
          "SELECT owner, expires_at FROM lease_locks JOIN leases ON id = lease WHERE key = ?",
          key,
        );
        const claim = database.first<{ owner: string; expires_at: number }>(
          "SELECT owner, expires_at FROM claims WHERE key = ?",
          key,
        );
        if ((locked && isAlive(locked)) || (claim && isAlive(claim))) return false;
        database.run("INSERT OR REPLACE INTO lease_locks VALUES (?, ?)", key, lease);
        return true;
      });
    },
    async unlock(lease, key) {
      await database.writeTogether("relaxed", () => {
        database.run("DELETE FROM lease_locks WHERE key = ? AND lease = ?", key, lease);
      });
    },
    async release(lease) {
      database.write("relaxed", () => {
        database.run("DELETE FROM leases WHERE id = ?", lease);
      });
    },
    async isHeld(key) {
      return isHeld(database, key);
    },
  };
}

/** Inside a write: holds all keys, or none and returns one that is being removed. */
function tryHold(database: SqliteDatabase, lease: LeaseId, keys: readonly string[]): string | undefined {
  checkLease(database, lease);
  const claims = database.all<{ key: string; owner: string; expires_at: number }>(
    "SELECT key, owner, expires_at FROM claims WHERE key IN (SELECT value FROM json_each(?))",
    JSON.stringify(keys),
  );
  const pending = claims.find(isAlive);
  if (pending) return pending.key;
  for (const { key } of claims) database.run("DELETE FROM claims WHERE key = ?", key);
  for (const key of keys) {
    database.run(
      "INSERT INTO lease_keys VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
      lease,
      key,
    );
    if (isDigest(key)) database.run("INSERT OR IGNORE INTO blobs VALUES (?)", key);
  }
  return undefined;
}

/** Inside a write, for a key that may not be held. @throws KasaneError `conflict` while it is being removed */
export function checkUnclaimed(database: SqliteDatabase, key: string): void {
  const claim = database.first<{ owner: string; expires_at: number }>(
    "SELECT owner, expires_at FROM claims WHERE key = ?",
    key,
  );
  if (claim === undefined || !isAlive(claim)) return;
  throw new KasaneError("conflict", `cannot use ${key}: it is being removed`, {
    hint: "hold it, and try again",
  });
}

/** Inside a transaction. @throws KasaneError `conflict` */
export function checkLease(database: SqliteDatabase, lease: LeaseId): void {
  if (!database.first("SELECT 1 FROM leases WHERE id = ?", lease)) throw leaseGone();
}

/** The dead are known here and not in SQL: only the operating system knows which processes run. */
export function deadLeases(database: SqliteDatabase): string[] {
  return database
    .all<{ id: string; owner: string; expires_at: number }>("SELECT id, owner, expires_at FROM leases")
    .filter((lease) => !isAlive(lease))
    .map((lease) => lease.id);
}

export function isHeld(database: SqliteDatabase, key: string): boolean {
  const holders = database.all<{ owner: string; expires_at: number }>(
    `SELECT owner, expires_at FROM leases WHERE id IN (SELECT lease FROM lease_keys WHERE key = ?1)
     UNION SELECT owner, expires_at FROM leases WHERE id = (SELECT lease FROM lease_locks WHERE key = ?1)`,
    key,
  );
  return holders.some(isAlive);
}

export function isAlive(entry: { owner: string; expires_at: number }): boolean {
  return entry.expires_at > Date.now() && isOwnerAlive(entry.owner) !== false;
}

function leaseGone(): KasaneError {
  return new KasaneError(
    "conflict",
    "the lease on what is being written has ended, and its data may be gone",
    {
      hint: "this process was stopped for too long; run the command again",
    },
  );
}
