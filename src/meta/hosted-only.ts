import type { Digest } from "../oci/mod.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** See LayerTable.hostedOnly(). Walks down from what is local, which does not grow with what is hosted. */
export function hostedOnly(database: SqliteDatabase, diffIds: readonly Digest[]): Digest[] {
  if (diffIds.length === 0) return [];
  const rows = database.all<{ diff_id: Digest }>(
    `WITH RECURSIVE local (digest) AS (
       SELECT target FROM images UNION SELECT image FROM containers UNION SELECT digest FROM cache_blobs
       UNION SELECT key FROM lease_keys
       UNION SELECT e.target FROM local l CROSS JOIN edges e ON e.source = l.digest),
     asked (diff_id, blob) AS (
       SELECT l.diff_id, l.blob FROM json_each(?) j CROSS JOIN layers l ON l.diff_id = j.value)
     SELECT diff_id FROM asked EXCEPT SELECT diff_id FROM asked WHERE blob IN (SELECT digest FROM local)`,
    JSON.stringify(diffIds),
  );
  return rows.map(({ diff_id }) => diff_id);
}
