import { Roots } from "./roots.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** A sum that is kept and the one that the rows make. */
export interface WrongSum {
  /** Absent: of everything that is hosted. */
  readonly repository?: string;
  readonly keptBytes: number;
  readonly actualBytes: number;
}

/** What nothing keeps and no review will ever look at, by kind. */
export interface Forgotten {
  readonly links: number;
  readonly objects: number;
  readonly repositories: number;
}

/** Inside a transaction: sums of bytes that quotas rely on. */
export function findWrongSums(database: SqliteDatabase, options: { repair: boolean }): WrongSum[] {
  const wrong: WrongSum[] = database
    .all<{ name: string; kept: number; actual: number }>(
      `SELECT name, bytes AS kept, actual FROM (SELECT name, bytes,
         (SELECT coalesce(sum(size), 0) FROM repository_blobs WHERE repository = name AND is_counted = 1)
         + (SELECT coalesce(sum(m.size), 0) FROM repository_manifests r JOIN manifests m ON m.digest = r.digest
            WHERE r.repository = name) AS actual
       FROM repositories) WHERE bytes <> actual`,
    )
    .map(({ name, kept, actual }) => ({ repository: name, keptBytes: kept, actualBytes: actual }));
  const hosted = database.first<{ kept: number; actual: number }>(
    `SELECT (SELECT value FROM counters WHERE name = 'hosted') AS kept,
       (SELECT coalesce(sum(size), 0) FROM repository_blobs b WHERE is_counted = 1 AND NOT EXISTS (
          SELECT 1 FROM repository_blobs o WHERE o.digest = b.digest AND o.is_counted = 1 AND o.repository < b.repository))
       + (SELECT coalesce(sum(size), 0) FROM manifests WHERE digest IN (SELECT digest FROM repository_manifests)) AS actual`,
  )!;
  if (hosted.kept !== hosted.actual) wrong.push({ keptBytes: hosted.kept, actualBytes: hosted.actual });
  if (!options.repair) return wrong;
  for (const { repository, actualBytes } of wrong) {
    if (repository === undefined) {
      database.run("UPDATE counters SET value = ? WHERE name = 'hosted'", actualBytes);
    } else database.run("UPDATE repositories SET bytes = ? WHERE name = ?", actualBytes, repository);
  }
  return wrong;
}

/** Inside a transaction. With `repair` the collector looks at them when their grace time is over. */
export function findForgotten(database: SqliteDatabase, options: { repair: boolean }): Forgotten {
  const links = database.all<{ repository: string; digest: string }>(
    `SELECT repository, digest FROM repository_blobs b
     WHERE NOT EXISTS (SELECT 1 FROM reviews WHERE repository = b.repository AND digest = b.digest AND kind = 'link')
       AND NOT EXISTS (SELECT 1 FROM edges e WHERE e.target = b.digest AND e.source = e.manifest AND (
         EXISTS (SELECT 1 FROM repository_manifests WHERE repository = b.repository AND digest = e.source)
         OR EXISTS (SELECT 1 FROM deleted_manifests WHERE repository = b.repository AND digest = e.source)))`,
  );
  const candidates = database.all<{ digest: string }>(
    `SELECT digest FROM blobs b
     WHERE NOT EXISTS (SELECT 1 FROM reviews WHERE repository = '' AND digest = b.digest AND kind = 'object')
       AND NOT EXISTS (SELECT 1 FROM repository_blobs WHERE digest = b.digest)
       AND NOT EXISTS (SELECT 1 FROM claims WHERE key = b.digest)`,
  );
  // A lease of a dead process still has its rows: when they go, a trigger writes the review.
  const held = new Set(
    database.all<{ key: string }>("SELECT DISTINCT key FROM lease_keys").map((row) => row.key),
  );
  const roots = new Roots(database);
  const objects = candidates.filter(
    ({ digest }) => !held.has(digest) && roots.of(digest) === undefined && !isComing(database, digest),
  );
  const repositories = database.all<{ name: string }>(
    `SELECT name FROM repositories r
     WHERE NOT EXISTS (SELECT 1 FROM reviews WHERE repository = r.name AND kind = 'repository')
       AND NOT EXISTS (SELECT 1 FROM repository_blobs WHERE repository = r.name)
       AND NOT EXISTS (SELECT 1 FROM repository_manifests WHERE repository = r.name)`,
  );
  if (options.repair) {
    const review = (repository: string, digest: string, kind: string) =>
      database.run(
        "INSERT OR IGNORE INTO reviews (repository, digest, kind, since, reason) VALUES (?, ?, ?, ?, 'found by fsck')",
        repository,
        digest,
        kind,
        Date.now(),
      );
    for (const { repository, digest } of links) review(repository, digest, "link");
    for (const { digest } of objects) review("", digest, "object");
    for (const { name } of repositories) review(name, "", "repository");
  }
  return { links: links.length, objects: objects.length, repositories: repositories.length };
}

/** What is above it waits for the collector itself: when that goes, what it named is looked at. */
function isComing(database: SqliteDatabase, digest: string): boolean {
  const waiting = database.first(
    `WITH RECURSIVE above (digest) AS (
       SELECT ?1 UNION SELECT edges.source FROM above JOIN edges ON edges.target = above.digest)
     SELECT 1 FROM above WHERE EXISTS (SELECT 1 FROM reviews r WHERE r.repository = '' AND r.digest = above.digest AND r.kind = 'object')
       OR EXISTS (SELECT 1 FROM claims WHERE key = above.digest)
       OR EXISTS (SELECT 1 FROM lease_keys WHERE key = above.digest)`,
    digest,
  );
  return waiting !== undefined;
}
