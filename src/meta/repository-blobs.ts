import type { RepositoryTable } from "./meta.ts";
import { withinQuota } from "./quota.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

type Methods = Pick<
  RepositoryTable,
  "linkBlob" | "hasBlob" | "touch" | "repositoriesWithBlob" | "unlinkBlob"
>;

/** A client that asks for a blob again and again has it noted once in this time, ms: the grace time is shorter by as much. */
const touchIntervalMs = 5 * 60 * 1000;

export function makeRepository(database: SqliteDatabase, repository: string): void {
  database.run("INSERT OR IGNORE INTO repositories (name) VALUES (?)", repository);
}

export function repositoryBlobs(database: SqliteDatabase): Methods {
  return {
    linkBlob(repository, { digest, sizeBytes }, { quota } = {}) {
      const link = () => {
        makeRepository(database, repository);
        database.run("INSERT OR IGNORE INTO blobs VALUES (?)", digest);
        database.run(
          `INSERT INTO repository_blobs (repository, digest, size, linked_at) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET size = excluded.size, linked_at = excluded.linked_at, is_counted = 1`,
          repository,
          digest,
          sizeBytes,
          Date.now(),
        );
      };
      return database.writeTogether("durable", () => withinQuota(database, { repository, quota }, link));
    },
    async hasBlob(repository, digest) {
      const row = database.first<{ size: number }>(
        "SELECT size FROM repository_blobs WHERE repository = ? AND digest = ?",
        repository,
        digest,
      );
      return row && { sizeBytes: row.size };
    },
    async touch(repository, digest) {
      const now = Date.now();
      const { since, isHere } = find(database, { repository, digest });
      if (isHere === 0) return undefined;
      // Nothing is in question, and nothing will be before something else is deleted.
      if (since === null) return Number.POSITIVE_INFINITY;
      if (since > now - touchIntervalMs) return since + touchIntervalMs;
      return database.writeTogether("relaxed", () => {
        database.run(
          "UPDATE reviews SET since = ? WHERE repository = ? AND digest = ?",
          now,
          repository,
          digest,
        );
        return find(database, { repository, digest }).isHere === 0 ? undefined : now + touchIntervalMs;
      });
    },
    async repositoriesWithBlob(digest, { after = "", limit }) {
      return database
        .all<{ repository: string }>(
          "SELECT repository FROM repository_blobs WHERE digest = ? AND repository > ? ORDER BY repository LIMIT ?",
          digest,
          after,
          limit,
        )
        .map((row) => row.repository);
    },
    unlinkBlob(repository, digest) {
      return database.writeTogether(
        "durable",
        () =>
          database.run(
            "DELETE FROM repository_blobs WHERE repository = ? AND digest = ?",
            repository,
            digest,
          ) > 0,
      );
    },
  };
}

function find(database: SqliteDatabase, { repository, digest }: { repository: string; digest: string }) {
  return database.first<{ since: number | null; isHere: number }>(
    `SELECT min(since) AS since,
       EXISTS (SELECT 1 FROM repository_blobs WHERE repository = ?1 AND digest = ?2)
         OR EXISTS (SELECT 1 FROM repository_manifests WHERE repository = ?1 AND digest = ?2) AS isHere
     FROM reviews WHERE repository = ?1 AND digest = ?2`,
    repository,
    digest,
  )!;
}
