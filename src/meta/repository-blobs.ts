import type { Digest } from "../oci/mod.ts";
import { claimEnds } from "./claim-ends.ts";
import type { RepositoryTable } from "./meta.ts";
import { withinQuota } from "./quota.ts";
import { checkUnneeded } from "./repository-tags.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

type Methods = Pick<
  RepositoryTable,
  "linkBlob" | "linkNoted" | "hasBlob" | "touch" | "repositoriesWithBlob" | "unlinkBlob"
>;

/** A client that asks for a blob again and again has it noted once in this time, ms: the grace time is shorter by as much. */
const touchIntervalMs = 5 * 60 * 1000;

export function makeRepository(database: SqliteDatabase, repository: string): void {
  database.run("INSERT OR IGNORE INTO repositories (name) VALUES (?)", repository);
}

function link(
  database: SqliteDatabase,
  repository: string,
  blob: { digest: Digest; sizeBytes: number },
): void {
  makeRepository(database, repository);
  database.run(
    `INSERT INTO repository_blobs (repository, digest, size, linked_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET size = excluded.size, linked_at = excluded.linked_at, is_counted = 1`,
    repository,
    blob.digest,
    blob.sizeBytes,
    Date.now(),
  );
}

export function repositoryBlobs(database: SqliteDatabase): Methods {
  return {
    linkBlob(repository, blob, { quota } = {}) {
      const add = () => {
        database.run("INSERT OR IGNORE INTO blobs VALUES (?)", blob.digest);
        link(database, repository, blob);
      };
      return database.writeTogether("durable", () => withinQuota(database, { repository, quota }, add));
    },
    linkNoted(repository, blob, { quota } = {}) {
      const add = () => link(database, repository, blob);
      return database.writeTogether("durable", () => {
        // Whoever removes a blob claims it, removes its bytes, and then its note and the claim in one step. Then another may note it anew.
        if (claimEnds(database) !== blob.noted) return false;
        const isThere = database.first(
          "SELECT 1 FROM blobs WHERE digest = ?1 AND NOT EXISTS (SELECT 1 FROM claims WHERE key = ?1)",
          blob.digest,
        );
        if (isThere === undefined) return false;
        withinQuota(database, { repository, quota }, add);
        return true;
      });
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
    unlinkBlob(repository, digest, options = {}) {
      return database.writeTogether("durable", () => {
        checkUnneeded(database, { repository, digest }, options);
        const unlinked = database.run(
          "DELETE FROM repository_blobs WHERE repository = ? AND digest = ?",
          repository,
          digest,
        );
        return unlinked > 0;
      });
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
