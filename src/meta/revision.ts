import type { SqliteDatabase } from "./sqlite-database.ts";

/** Reads what the triggers of schema/revision.ts count, and that only when something has been committed since the last time. */
export function repositoryRevision(database: SqliteDatabase): () => number {
  let version = -1;
  let revision = -1;
  return () => {
    const now = database.version();
    if (now !== version) {
      revision = database.first<{ value: number }>(
        "SELECT value FROM counters WHERE name = 'repositories'",
      )!.value;
      version = now;
    }
    return revision;
  };
}
