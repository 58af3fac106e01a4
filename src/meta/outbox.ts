import { currentOwner, isOwnerAlive } from "./process-owner.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** A notification that has to reach an endpoint. */
export interface OutboxRecord {
  readonly id: number;
  readonly endpoint: string;
  /** JSON of one event, as the endpoint gets it. */
  readonly event: string;
  /** How often it was tried before. */
  readonly attempts: number;
  readonly nextAtMs: number;
  readonly createdAtMs: number;
}

/** Notifications on their way. They survive this process, and each is sent by one process at a time, in the order of their making. */
export interface OutboxTable {
  /** `isDurable: false` for what a power cut may take: see Durability. Default true. */
  add(
    entries: readonly { endpoint: string; event: string }[],
    options?: { isDurable?: boolean },
  ): Promise<void>;
  /**
   * Takes the oldest of an endpoint for `leaseMs`: no other process gets any of this endpoint meanwhile, unless this one dies. None
   * when the oldest is not due, or another process has it: what comes later waits for it.
   */
  take(options: { endpoint: string; limit: number; leaseMs: number }): Promise<OutboxRecord[]>;
  /** When the oldest of an endpoint can be taken, as far as is known now; undefined when there is none. */
  dueAtMs(endpoint: string): Promise<number | undefined>;
  /** They have arrived. */
  remove(ids: readonly number[]): Promise<void>;
  /** They have not: again at `nextAtMs`, by any process. */
  postpone(ids: readonly number[], nextAtMs: number): Promise<void>;
  /** Waiting ones by endpoint; for metrics and for a limit on what a dead endpoint may cost. */
  pending(): Promise<{ endpoint: string; count: number; oldestAtMs: number }[]>;
  /** Drops the oldest of an endpoint beyond `keep`; returns how many. */
  trim(endpoint: string, keep: number): Promise<number>;
}

interface OutboxRow {
  id: number;
  endpoint: string;
  event: string;
  attempts: number;
  next_at: number;
  owner: string | null;
  created_at: number;
}

export function outboxTable(database: SqliteDatabase): OutboxTable {
  return {
    async add(entries, { isDurable = true } = {}) {
      if (entries.length === 0) return;
      const now = Date.now();
      await database.writeTogether(isDurable ? "durable" : "relaxed", () => {
        for (const { endpoint, event } of entries) {
          database.run(
            "INSERT INTO outbox (endpoint, event, attempts, next_at, created_at) VALUES (?, ?, 0, ?, ?)",
            endpoint,
            event,
            now,
            now,
          );
        }
      });
    },
    async take({ endpoint, limit, leaseMs }) {
      // Most of the time there is nothing: that is seen without a write.
      if (!isFree(head(database, endpoint))) return [];
      return database.write("relaxed", () => {
        if (!isFree(head(database, endpoint))) return [];
        const rows = database.all<OutboxRow>(
          "SELECT * FROM outbox WHERE endpoint = ? ORDER BY id LIMIT ?",
          endpoint,
          limit,
        );
        const nextAtMs = Date.now() + leaseMs;
        database.run(
          "UPDATE outbox SET next_at = ?, owner = ? WHERE endpoint = ? AND id <= ?",
          nextAtMs,
          currentOwner(),
          endpoint,
          rows.at(-1)!.id,
        );
        return rows.map((row) => ({
          id: row.id,
          endpoint: row.endpoint,
          event: row.event,
          attempts: row.attempts,
          nextAtMs,
          createdAtMs: row.created_at,
        }));
      });
    },
    async dueAtMs(endpoint) {
      return head(database, endpoint)?.next_at;
    },
    async remove(ids) {
      database.write("relaxed", () => {
        for (const id of ids) database.run("DELETE FROM outbox WHERE id = ?", id);
      });
    },
    async postpone(ids, nextAtMs) {
      database.write("relaxed", () => {
        for (const id of ids) {
          database.run(
            "UPDATE outbox SET attempts = attempts + 1, next_at = ?, owner = NULL WHERE id = ?",
            nextAtMs,
            id,
          );
        }
      });
    },
    async pending() {
      return database
        .all<{ endpoint: string; count: number; oldest: number }>(
          "SELECT endpoint, count(*) AS count, min(created_at) AS oldest FROM outbox GROUP BY endpoint",
        )
        .map((row) => ({ endpoint: row.endpoint, count: row.count, oldestAtMs: row.oldest }));
    },
    async trim(endpoint, keep) {
      return database.write("relaxed", () =>
        database.run(
          `DELETE FROM outbox WHERE endpoint = ?1 AND id <=
             (SELECT id FROM outbox WHERE endpoint = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
          endpoint,
          keep,
        ),
      );
    },
  };
}

function head(database: SqliteDatabase, endpoint: string): Pick<OutboxRow, "next_at" | "owner"> | undefined {
  return database.first("SELECT next_at, owner FROM outbox WHERE endpoint = ? ORDER BY id LIMIT 1", endpoint);
}

/** Due, or in the hands of a process that has died over it. */
function isFree(row: Pick<OutboxRow, "next_at" | "owner"> | undefined): boolean {
  if (row === undefined) return false;
  return row.next_at <= Date.now() || (row.owner !== null && isOwnerAlive(row.owner) === false);
}
