import type { Digest } from "../oci/mod.ts";
import { buryManifest, buryTag } from "./bury.ts";
import { checkUnclaimed } from "./leases.ts";
import { insertManifest, type ManifestRow, manifestOf } from "./manifests.ts";
import type { ReferrerRecord, RepositoryTable, TagChange } from "./meta.ts";
import { withinQuota } from "./quota.ts";
import { makeRepository } from "./repository-blobs.ts";
import { checkMutable, checkUnneeded, pointTag, tagsOf } from "./repository-tags.ts";
import { userOf } from "./repository-use.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

type Methods = Pick<RepositoryTable, "putManifest" | "getManifest" | "deleteManifest" | "referrers">;

export function repositoryManifests(database: SqliteDatabase): Methods {
  return {
    putManifest(repository, record, tags, options = {}) {
      const put = () => {
        const now = Date.now();
        checkUnclaimed(database, record.digest);
        makeRepository(database, repository);
        insertManifest(database, record);
        database.run(
          `INSERT INTO repository_manifests (repository, digest, pushed_at, media_type) VALUES (?1, ?2, ?3, ${ownMediaType})
           ON CONFLICT DO UPDATE SET pushed_at = excluded.pushed_at, media_type = excluded.media_type`,
          repository,
          record.digest,
          now,
          record.mediaType,
        );
        countLinks(database, repository, record.digest);
        for (const tag of tags) pointTag(database, { repository, tag, digest: record.digest, now }, options);
      };
      const asked = { repository, quota: options.quota };
      return database.writeTogether("durable", () => withinQuota(database, asked, put));
    },
    async getManifest(repository, reference) {
      const digest =
        "tag" in reference ? "(SELECT digest FROM repository_tags WHERE repository = ?1 AND tag = ?2)" : "?2";
      const row = database.first<ManifestRow>(
        `SELECT m.digest AS digest, coalesce(r.media_type, m.media_type) AS media_type, artifact_type, subject, parts, bytes
         FROM repository_manifests r JOIN manifests m ON m.digest = r.digest
         WHERE r.repository = ?1 AND r.digest = ${digest}`,
        repository,
        "tag" in reference ? reference.tag : reference.digest,
      );
      return row && manifestOf(row);
    },
    deleteManifest(repository, digest, options = {}) {
      return database.writeTogether("durable", () =>
        deleteManifest(database, { repository, digest }, options),
      );
    },
    async referrers(repository, subject, { after = "" as Digest, limit, artifactType }) {
      const ofType = artifactType === undefined ? "" : "AND f.artifact_type = ?5";
      // Not the bytes: whoever pushes decides how many there are, and a list needs none of them.
      return database
        .all<ReferrerRow>(
          `SELECT f.digest AS digest, coalesce(r.media_type, m.media_type) AS media_type, size,
             f.artifact_type AS artifact_type, parts -> '$.annotations' AS annotations
           FROM referrers f CROSS JOIN manifests m ON m.digest = f.digest
             CROSS JOIN repository_manifests r ON r.repository = f.repository AND r.digest = f.digest
           WHERE f.repository = ?1 AND f.subject = ?2 ${ofType} AND f.digest > ?3
           ORDER BY f.digest LIMIT ?4`,
          repository,
          subject,
          after,
          limit,
          ...(artifactType === undefined ? [] : [artifactType]),
        )
        .map(referrerOf);
    },
  };
}

/** Inside an INSERT with ?2 the digest and ?4 the type it was pushed as: NULL for nearly all, whose bytes say what they are. */
export const ownMediaType = "nullif(?4, (SELECT media_type FROM manifests WHERE digest = ?2))";

interface ReferrerRow {
  readonly digest: Digest;
  readonly media_type: string;
  readonly size: number;
  readonly artifact_type: string | null;
  readonly annotations: string | null;
}

function referrerOf({ digest, media_type, size, artifact_type, annotations }: ReferrerRow): ReferrerRecord {
  return {
    digest,
    mediaType: media_type,
    sizeBytes: size,
    ...(artifact_type !== null && { artifactType: artifact_type }),
    ...(annotations !== null && { annotations: JSON.parse(annotations) }),
  };
}

function deleteManifest(
  database: SqliteDatabase,
  at: { repository: string; digest: Digest },
  options: TagChange,
): { tags: string[] } | undefined {
  const { repository, digest } = at;
  const tags = tagsOf(database, at);
  for (const tag of tags) checkMutable({ repository, tag, digest }, options);
  checkUnneeded(database, at, options);
  const now = Date.now();
  for (const tag of tags) buryTag(database, { ...at, tag, now }, options);
  buryManifest(database, { ...at, now });
  const wasThere =
    database.run("DELETE FROM repository_manifests WHERE repository = ? AND digest = ?", repository, digest) >
    0;
  if (!wasThere) return undefined;
  uncountLinks(database, at);
  return { tags };
}

/** What a manifest names counts, also where it was waiting for the collector. */
export function countLinks(database: SqliteDatabase, repository: string, manifest: string): void {
  database.run(
    `UPDATE repository_blobs SET is_counted = 1 WHERE repository = ?1 AND is_counted = 0
       AND digest IN (SELECT target FROM edges WHERE source = ?2 AND manifest = ?2)`,
    repository,
    manifest,
  );
}

/** What only the deleted manifest named waits for the collector, and counts no more. */
function uncountLinks(database: SqliteDatabase, at: { repository: string; digest: Digest }): void {
  const links = database.all<{ digest: string }>(
    `SELECT b.digest AS digest FROM edges e JOIN repository_blobs b ON b.repository = ?1 AND b.digest = e.target
     WHERE e.source = ?2 AND e.manifest = ?2 AND b.is_counted = 1`,
    at.repository,
    at.digest,
  );
  for (const { digest } of links) {
    if (userOf(database, { repository: at.repository, digest })) continue;
    database.run(
      "UPDATE repository_blobs SET is_counted = 0 WHERE repository = ? AND digest = ?",
      at.repository,
      digest,
    );
  }
}
