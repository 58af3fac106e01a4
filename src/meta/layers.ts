import type { Digest } from "../oci/mod.ts";
import { hostedOnly } from "./hosted-only.ts";
import type { LayerRecord, LayerTable } from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

interface LayerRow {
  readonly blob: string;
  readonly diff_id: string;
  readonly tar_size: number;
  readonly content_size: number;
  readonly size: number;
  readonly media_type: string;
}

const columns = "blob, diff_id, tar_size, content_size, size, media_type";

export function layerTable(database: SqliteDatabase): LayerTable {
  return {
    async put(record) {
      // A blob's layer facts never change, and can be read from the blob again.
      database.write("relaxed", () => {
        database.run("INSERT OR IGNORE INTO blobs VALUES (?)", record.blob);
        database.run(
          `INSERT OR REPLACE INTO layers (${columns}) VALUES (?, ?, ?, ?, ?, ?)`,
          record.blob,
          record.diffId,
          record.tarSizeBytes,
          record.contentSizeBytes,
          record.sizeBytes,
          record.mediaType,
        );
      });
    },
    async byBlob(blob) {
      const row = database.first<LayerRow>(`SELECT ${columns} FROM layers WHERE blob = ?`, blob);
      return row && layerOf(row);
    },
    async byDiffId(diffId) {
      return database
        .all<LayerRow>(`SELECT ${columns} FROM layers WHERE diff_id = ? ORDER BY blob`, diffId)
        .map(layerOf);
    },
    async hostedOnly(diffIds) {
      return hostedOnly(database, diffIds);
    },
  };
}

function layerOf(row: LayerRow): LayerRecord {
  return {
    blob: row.blob as Digest,
    diffId: row.diff_id as Digest,
    tarSizeBytes: row.tar_size,
    contentSizeBytes: row.content_size,
    sizeBytes: row.size,
    mediaType: row.media_type,
  };
}
