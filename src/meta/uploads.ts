import type { UploadRecord, UploadTable } from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

interface UploadRow {
  readonly id: string;
  readonly repository: string;
  readonly started_at: number;
  readonly received: number;
}

export function uploadTable(database: SqliteDatabase): UploadTable {
  return {
    async put(record) {
      await database.writeTogether("relaxed", () => {
        database.run(
          "INSERT OR REPLACE INTO uploads (id, repository, started_at, received) VALUES (?, ?, ?, ?)",
          record.id,
          record.repository,
          record.startedAtMs,
          record.offset,
        );
      });
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
        if (upload !== undefined && !isTaken(database, upload)) return false;
        database.run("INSERT OR IGNORE INTO blobs VALUES (?)", digest);
        return true;
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
  return { id: row.id, repository: row.repository, startedAtMs: row.started_at, offset: row.received };
}
