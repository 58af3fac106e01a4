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
    async olderThan(timeMs) {
      return database
        .all<UploadRow>("SELECT * FROM uploads WHERE started_at < ? ORDER BY started_at, id", timeMs)
        .map(uploadOf);
    },
  };
}

function uploadOf(row: UploadRow): UploadRecord {
  return { id: row.id, repository: row.repository, startedAtMs: row.started_at, offset: row.received };
}
