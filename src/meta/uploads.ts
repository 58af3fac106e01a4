import { claimEnds } from "./claim-ends.ts";
import type { UploadRecord, UploadTable } from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

interface UploadRow {
  readonly id: string;
  readonly repository: string;
  readonly started_at: number;
  readonly received: number;
  readonly client: string | null;
}

export function uploadTable(database: SqliteDatabase): UploadTable {
  return {
    put(record, limits) {
      return database.writeTogether("relaxed", () => {
        if (limits !== undefined && isFull(database, record, limits)) return false;
        database.run(
          "INSERT OR REPLACE INTO uploads (id, repository, started_at, received, client) VALUES (?, ?, ?, ?, ?)",
          record.id,
          record.repository,
          record.startedAtMs,
          record.offset,
          record.client ?? null,
        );
        return true;
      });
    },
    async noteBytes(id, bytes) {
      await database.writeTogether("relaxed", () => {
        // 0 would say that storage knows nothing of it.
        database.run("UPDATE uploads SET received = ? WHERE id = ?", Math.max(1, bytes), id);
      });
    },
    async bytesOf(client, { except }) {
      const own = "coalesce((SELECT received FROM uploads WHERE id = ?2 AND client = ?1), 0)";
      return database.first<{ bytes: number }>(
        `SELECT coalesce(sum(received), 0) - ${own} AS bytes FROM uploads WHERE client = ?1`,
        client,
        except,
      )!.bytes;
    },
    async get(id) {
      const row = database.first<UploadRow>("SELECT * FROM uploads WHERE id = ?", id);
      return row && uploadOf(row);
    },
    async delete(id) {
      await database.writeTogether("relaxed", () => {
        database.run("DELETE FROM uploads WHERE id = ?", id);
      });
    },
    begin(id) {
      return database.writeTogether(
        "relaxed",
        () => database.run("UPDATE uploads SET received = 1 WHERE id = ? AND received = 0", id) > 0,
      );
    },
    take({ digest, upload }) {
      return database.writeTogether("relaxed", () => {
        if (upload !== undefined && !isTaken(database, upload)) return undefined;
        database.run("INSERT OR IGNORE INTO blobs VALUES (?)", digest);
        return claimEnds(database);
      });
    },
    deleteUnbegun({ startedBeforeMs }) {
      return database.writeTogether("relaxed", () =>
        database.run("DELETE FROM uploads WHERE started_at < ? AND received = 0", startedBeforeMs),
      );
    },
    async olderThan(timeMs) {
      return database
        .all<UploadRow>("SELECT * FROM uploads WHERE started_at < ? ORDER BY started_at, id", timeMs)
        .map(uploadOf);
    },
  };
}

function isFull(
  database: SqliteDatabase,
  { client }: UploadRecord,
  limits: { readonly uploads: number; readonly bytes: number },
): boolean {
  if (client === undefined) return false;
  const { uploads, bytes } = database.first<{ uploads: number; bytes: number | null }>(
    "SELECT count(*) AS uploads, sum(received) AS bytes FROM uploads WHERE client = ?",
    client,
  )!;
  const isReached = (used: number, limit: number) => limit > 0 && used >= limit;
  return isReached(uploads, limits.uploads) || isReached(bytes ?? 0, limits.bytes);
}

function isTaken(database: SqliteDatabase, { id, repository }: { id: string; repository: string }): boolean {
  const taken = database.run(
    `DELETE FROM uploads WHERE id = ?1 AND repository = ?2 AND received = 0
       AND NOT EXISTS (SELECT 1 FROM lease_locks WHERE key = 'upload:' || ?1)`,
    id,
    repository,
  );
  return taken > 0;
}

function uploadOf(row: UploadRow): UploadRecord {
  return {
    id: row.id,
    repository: row.repository,
    startedAtMs: row.started_at,
    offset: row.received,
    ...(row.client !== null && { client: row.client }),
  };
}
