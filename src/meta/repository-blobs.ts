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
      const review = database.first<{ since: number }>(
        "SELECT min(since) AS since FROM reviews WHERE repository = ? AND digest = ? HAVING count(*) > 0",
        repository,
        digest,
      );
      if (review === undefined || review.since > now - touchIntervalMs) return;
      await database.writeTogether("relaxed", () => {
        database.run(
          "UPDATE reviews SET since = ? WHERE repository = ? AND digest = ?",
          now,
          repository,
          digest,
        );
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
