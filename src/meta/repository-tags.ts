import { KasaneError } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";
import { buryTag } from "./bury.ts";
import type { RepositoryTable, TagChange } from "./meta.ts";
import { namersOf } from "./repository-use.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

type Methods = Pick<RepositoryTable, "deleteTag" | "listTags" | "tagDetails" | "notePulls">;

export interface Tag {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
}

export function repositoryTags(database: SqliteDatabase): Methods {
  return {
    deleteTag(repository, tag, options = {}) {
      return database.writeTogether("durable", () => {
        const digest = targetOf(database, { repository, tag });
        if (digest === undefined || digest !== (options.digest ?? digest)) return false;
        checkMutable({ repository, tag, digest }, options);
        buryTag(database, { repository, tag, digest, now: Date.now() }, options);
        database.run("DELETE FROM repository_tags WHERE repository = ? AND tag = ?", repository, tag);
        return true;
      });
    },
    async listTags(repository, { after = "", limit }) {
      return database
        .all<{ tag: string }>(
          "SELECT tag FROM repository_tags WHERE repository = ? AND tag > ? ORDER BY tag LIMIT ?",
          repository,
          after,
          limit,
        )
        .map((row) => row.tag);
    },
    async tagDetails(repository, { after = "", limit }) {
      const rows = database.all<{
        tag: string;
        digest: string;
        media_type: string;
        tagged_at: number;
        pulled_at: number;
      }>(
        `SELECT t.tag, t.digest, coalesce(r.media_type, m.media_type) AS media_type, t.tagged_at,
           max(coalesce(t.pulled_at, 0), coalesce(r.pulled_at, 0)) AS pulled_at
         FROM repository_tags t JOIN manifests m ON m.digest = t.digest
         JOIN repository_manifests r ON r.repository = t.repository AND r.digest = t.digest
         WHERE t.repository = ? AND t.tag > ? ORDER BY t.tag LIMIT ?`,
        repository,
        after,
        limit,
      );
      return rows.map((row) => ({
        tag: row.tag,
        digest: row.digest as Digest,
        mediaType: row.media_type,
        taggedAtMs: row.tagged_at,
        ...(row.pulled_at > 0 && { pulledAtMs: row.pulled_at }),
      }));
    },
    async notePulls(pulls) {
      if (pulls.length === 0) return;
      const noted = JSON.stringify(pulls);
      await database.writeTogether("relaxed", () => {
        // Several processes note late and in any order: the latest time stays, also over a move. Who decides by it errs on the side of keeping.
        database.run(
          `UPDATE repository_tags AS t SET pulled_at = p.at FROM (
             SELECT value ->> 'repository' AS repository, value ->> 'tag' AS tag,
               max(CAST(value ->> 'atMs' AS INTEGER)) AS at FROM json_each(?) WHERE value ->> 'tag' IS NOT NULL GROUP BY 1, 2) p
           WHERE t.repository = p.repository AND t.tag = p.tag AND coalesce(t.pulled_at, 0) < p.at`,
          noted,
        );
        database.run(
          `UPDATE repository_manifests AS m SET pulled_at = p.at FROM (
             SELECT value ->> 'repository' AS repository, value ->> 'digest' AS digest,
               max(CAST(value ->> 'atMs' AS INTEGER)) AS at FROM json_each(?) GROUP BY 1, 2) p
           WHERE m.repository = p.repository AND m.digest = p.digest AND coalesce(m.pulled_at, 0) < p.at`,
          noted,
        );
      });
    },
  };
}

/** Inside a write: the tag points to the manifest from now on, and what it pointed to can be brought back. */
export function pointTag(database: SqliteDatabase, to: Tag & { now: number }, options: TagChange): void {
  const before = targetOf(database, to);
  if (before !== undefined && before !== to.digest) {
    checkMutable({ ...to, digest: before }, options);
    buryTag(database, { ...to, digest: before }, options);
  }
  database.run(
    `INSERT INTO repository_tags (repository, tag, digest, tagged_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET digest = excluded.digest, tagged_at = excluded.tagged_at`,
    to.repository,
    to.tag,
    to.digest,
    to.now,
  );
}

export function tagsOf(database: SqliteDatabase, at: { repository: string; digest: Digest }): string[] {
  return database
    .all<{ tag: string }>(
      "SELECT tag FROM repository_tags WHERE repository = ? AND digest = ? ORDER BY tag",
      at.repository,
      at.digest,
    )
    .map((row) => row.tag);
}

function targetOf(database: SqliteDatabase, at: { repository: string; tag: string }): Digest | undefined {
  return database.first<{ digest: Digest }>(
    "SELECT digest FROM repository_tags WHERE repository = ? AND tag = ?",
    at.repository,
    at.tag,
  )?.digest;
}

/** @throws KasaneError `denied` */
export function checkMutable({ repository, tag, digest }: Tag, { isImmutable }: TagChange): void {
  if (!isImmutable?.(tag)) return;
  throw new KasaneError(
    "denied",
    `tag ${tag} of ${repository} is immutable: it stays at ${digest}; push under another tag`,
    { hint: "the registry's rules say which tags are immutable" },
  );
}

/**
 * A tag that cannot be moved is worth little when what it names can be taken away: an image of an index, a layer of an image.
 * @throws KasaneError `denied`
 */
export function checkUnneeded(
  database: SqliteDatabase,
  at: { repository: string; digest: Digest },
  options: TagChange,
): void {
  const tag = immutableAbove(database, at, options);
  if (tag === undefined) return;
  throw new KasaneError(
    "denied",
    `cannot delete ${at.digest} from ${at.repository}: tag ${tag} needs it, which is immutable`,
    { hint: "the registry's rules say which tags are immutable" },
  );
}

/** An immutable tag that names this, or something above it. */
export function immutableAbove(
  database: SqliteDatabase,
  { repository, digest }: { repository: string; digest: Digest },
  { isImmutable }: Pick<TagChange, "isImmutable">,
): string | undefined {
  if (isImmutable === undefined) return undefined;
  const isHere = "SELECT 1 FROM repository_manifests WHERE repository = ? AND digest = ?";
  // A Set that is walked sees what is added on the way.
  const above = new Set([digest]);
  for (const at of above) {
    const tag = tagsOf(database, { repository, digest: at }).find((name) => isImmutable(name));
    if (tag !== undefined) return tag;
    for (const source of namersOf(database, { repository, digest: at })) {
      if (database.first(isHere, repository, source)) above.add(source as Digest);
    }
  }
  return undefined;
}
