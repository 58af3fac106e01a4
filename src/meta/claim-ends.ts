import type { BlobNote } from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** Inside a write. Stays the same as long as no removal has ended. */
export function claimEnds(database: SqliteDatabase): BlobNote {
  const { value } = database.first<{ value: BlobNote }>(
    "SELECT value FROM counters WHERE name = 'claim ends'",
  )!;
  return value;
}
