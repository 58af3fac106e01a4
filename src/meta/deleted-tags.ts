import type { Digest } from "../oci/mod.ts";
import { known } from "./bury.ts";
import type { DeletedTag, RepositoryTable } from "./meta.ts";
import { makeRepository } from "./repository-blobs.ts";
import { countLinks } from "./repository-manifests.ts";
import { pointTag } from "./repository-tags.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

type Methods = Pick<RepositoryTable, "deletedTags" | "restoreTag">;

/**
 * A tag that is deleted or moved leaves a row for as long as it can be brought back. Its manifest stays where it is, as one without this
 * tag; when a manifest is deleted as well, and a deleted tag reaches it, it leaves the API at once and a row in `deleted_manifests`,
 * which keeps its contents. What comes back is what was there when the tag went: nothing that was never in this repository (naming a
 * digest gives nobody the right to read it), and nothing that had been deleted before.
 */
export function deletedTags(database: SqliteDatabase): Methods {
  return {
    async deletedTags(repository) {
      return list(database, { repository });
    },
    restoreTag(repository, tag, options = {}) {
      return database.writeTogether("durable", () => {
        const [found] = list(database, { repository, tag, digest: options.digest });
        if (found === undefined) return undefined;
        makeRepository(database, repository);
        restoreManifests(database, found);
        pointTag(database, { repository, tag, digest: found.digest, now: Date.now() }, options);
        return found;
      });
    },
  };
}

function list(
  database: SqliteDatabase,
  of: { repository?: string | undefined; tag?: string; digest?: Digest | undefined },
): DeletedTag[] {
  return database
    .all<{ repository: string; tag: string; digest: Digest; deleted_at: number; expires_at: number }>(
      `SELECT repository, tag, digest, deleted_at, expires_at FROM deleted_tags d
       WHERE (?1 IS NULL OR repository = ?1) AND (?2 IS NULL OR tag = ?2) AND (?3 IS NULL OR digest = ?3) AND expires_at > ?4
         AND EXISTS (SELECT 1 FROM manifests m WHERE m.digest = d.digest)
         AND (EXISTS (SELECT 1 FROM repository_manifests m WHERE m.repository = d.repository AND m.digest = d.digest)
           OR EXISTS (SELECT 1 FROM deleted_manifests m WHERE m.repository = d.repository AND m.digest = d.digest))
       ORDER BY deleted_at DESC, repository, tag, digest`,
      of.repository ?? null,
      of.tag ?? null,
      of.digest ?? null,
      Date.now(),
    )
    .map((row) => ({
      repository: row.repository,
      tag: row.tag,
      digest: row.digest,
      deletedAtMs: row.deleted_at,
      expiresAtMs: row.expires_at,
    }));
}

function restoreManifests(database: SqliteDatabase, { repository, digest, deletedAtMs }: DeletedTag): void {
  const below = database.all<{ digest: string; pushed_at: number | null; media_type: string | null }>(
    `WITH RECURSIVE below (digest) AS (
       SELECT ?2 UNION SELECT edges.target FROM below JOIN edges ON edges.source = below.digest WHERE ${known("edges.target")})
     SELECT below.digest AS digest, d.pushed_at AS pushed_at, d.media_type AS media_type FROM below
       LEFT JOIN deleted_manifests d ON d.repository = ?1 AND d.digest = below.digest AND d.deleted_at >= ?3
         AND EXISTS (SELECT 1 FROM manifests m WHERE m.digest = d.digest)`,
    repository,
    digest,
    deletedAtMs,
  );
  for (const manifest of below) {
    if (manifest.pushed_at !== null) {
      database.run(
        `INSERT INTO repository_manifests (repository, digest, pushed_at, media_type) VALUES (?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
        repository,
        manifest.digest,
        manifest.pushed_at,
        manifest.media_type,
      );
    }
    countLinks(database, repository, manifest.digest);
  }
}
