import type { Digest } from "../oci/mod.ts";
import type { TagChange } from "./meta.ts";
import { sourcesOf } from "./repository-use.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** Manifests of a repository, with those that were deleted and can be brought back. ?1 the repository. */
export const known = (digest: string) =>
  `(EXISTS (SELECT 1 FROM repository_manifests WHERE repository = ?1 AND digest = ${digest})
    OR EXISTS (SELECT 1 FROM deleted_manifests WHERE repository = ?1 AND digest = ${digest}))`;

/** Inside a write, before the tag goes. */
export function buryTag(
  database: SqliteDatabase,
  { repository, tag, digest, now }: { repository: string; tag: string; digest: Digest; now: number },
  { undoMs = 0 }: TagChange,
): void {
  if (undoMs <= 0) return;
  database.run(
    `INSERT INTO deleted_tags (repository, tag, digest, deleted_at, expires_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET deleted_at = excluded.deleted_at, expires_at = excluded.expires_at`,
    repository,
    tag,
    digest,
    now,
    now + undoMs,
  );
}

/** Inside a write, before the manifest goes and after its tags: keeps it where a deleted tag reaches it. */
export function buryManifest(
  database: SqliteDatabase,
  { repository, digest, now }: { repository: string; digest: Digest; now: number },
): void {
  const anyDeleted = "SELECT 1 FROM deleted_tags WHERE repository = ? LIMIT 1";
  if (!database.first(anyDeleted, repository)) return;
  let untilMs = 0;
  // A Set that is walked sees what is added on the way.
  const above = new Set<string>([digest]);
  for (const at of above) {
    const tags = "SELECT max(expires_at) AS until FROM deleted_tags WHERE repository = ? AND digest = ?";
    untilMs = Math.max(untilMs, database.first<{ until: number | null }>(tags, repository, at)?.until ?? 0);
    for (const source of sourcesOf(database, { repository, digest: at })) {
      if (database.first<{ is: number }>(`SELECT ${known("?2")} AS "is"`, repository, source)?.is === 1)
        above.add(source);
    }
  }
  if (untilMs <= now) return;
  database.run(
    `INSERT INTO deleted_manifests (repository, digest, pushed_at, media_type, deleted_at, expires_at)
     SELECT repository, digest, pushed_at, media_type, ?3, ?4 FROM repository_manifests WHERE repository = ?1 AND digest = ?2
     ON CONFLICT DO UPDATE SET media_type = excluded.media_type, deleted_at = excluded.deleted_at, expires_at = excluded.expires_at`,
    repository,
    digest,
    now,
    untilMs,
  );
}
