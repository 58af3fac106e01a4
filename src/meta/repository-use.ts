import type { SqliteDatabase } from "./sqlite-database.ts";

/** Above so many manifests that name one blob (the empty config), it is cheaper to ask the repository's manifests. */
const manyNames = 256;

/**
 * Manifests that name the digest as config, layer or child: all of them that the repository has, or had and can bring back, and perhaps
 * others. It costs no more than the repository has manifests, however many others name it elsewhere.
 */
export function namersOf(database: SqliteDatabase, link: { repository: string; digest: string }): string[] {
  const naming = database.all<{ source: string }>(
    "SELECT source FROM edges WHERE target = ? AND source = manifest LIMIT ?",
    link.digest,
    manyNames,
  );
  return naming.length < manyNames ? naming.map((row) => row.source) : namingHere(database, link);
}

/** What keeps a manifest in the repository, in the same way: what names it, and its subject. */
export function sourcesOf(
  database: SqliteDatabase,
  manifest: { repository: string; digest: string },
): Set<string> {
  return new Set([...namersOf(database, manifest), ...subjectsOf(database, manifest.digest)]);
}

/** Of a manifest: one at most. */
export function subjectsOf(database: SqliteDatabase, manifest: string): string[] {
  return database
    .all<{ source: string }>(
      "SELECT source FROM edges WHERE manifest = ?1 AND target = ?1 AND source <> ?1",
      manifest,
    )
    .map((row) => row.source);
}

/**
 * A manifest of the repository that names the blob, or undefined. Manifests that can be brought back count with `undoneAtMs`: until they
 * expire, what they name stays where it is.
 */
export function userOf(
  database: SqliteDatabase,
  link: { repository: string; digest: string },
  options: { undoneAtMs?: number; except?: ReadonlySet<string> } = {},
): { manifest: string; isDeleted: boolean } | undefined {
  const { repository } = link;
  const sources = namersOf(database, link);
  const isHere = (source: string) =>
    !options.except?.has(`${repository} ${source}`) &&
    database.first(
      "SELECT 1 FROM repository_manifests WHERE repository = ? AND digest = ?",
      repository,
      source,
    ) !== undefined;
  const isUndoable = (source: string) =>
    options.undoneAtMs !== undefined &&
    database.first(
      "SELECT 1 FROM deleted_manifests WHERE repository = ? AND digest = ? AND expires_at > ?",
      repository,
      source,
      options.undoneAtMs,
    ) !== undefined;
  const here = sources.find(isHere);
  if (here !== undefined) return { manifest: here, isDeleted: false };
  const deleted = sources.find(isUndoable);
  return deleted === undefined ? undefined : { manifest: deleted, isDeleted: true };
}

function namingHere(
  database: SqliteDatabase,
  { repository, digest }: { repository: string; digest: string },
): string[] {
  return database
    .all<{ digest: string }>(
      `SELECT m.digest AS digest FROM (
         SELECT digest FROM repository_manifests WHERE repository = ?1
         UNION ALL SELECT digest FROM deleted_manifests WHERE repository = ?1) m
       WHERE EXISTS (SELECT 1 FROM edges WHERE source = m.digest AND target = ?2 AND manifest = m.digest)`,
      repository,
      digest,
    )
    .map((row) => row.digest);
}
