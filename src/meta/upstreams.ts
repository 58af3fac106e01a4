import type { Digest } from "../oci/mod.ts";
import { insertManifest } from "./manifests.ts";
import type { ManifestRecord, Quota } from "./meta.ts";
import { withinQuota } from "./quota.ts";
import { ownMediaType } from "./repository-manifests.ts";
import { immutableAbove } from "./repository-tags.ts";
import { namersOf, subjectsOf, userOf } from "./repository-use.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** A tag as it stands here. */
export interface MirroredTag {
  readonly digest: Digest;
  /** When the upstream last said that this is what the tag points to, ms since the epoch; absent: it was pushed here, and is ours. */
  readonly checkedAtMs?: number;
}

/** A manifest that came from upstream and that nobody has asked for in a while. */
export interface UnusedManifest {
  readonly repository: string;
  readonly digest: Digest;
  readonly usedAtMs: number;
}

/**
 * What came from upstream registries. Content that was pushed here has no record, and none of these methods touches it: the difference
 * is made in the same step that pushes, whoever pushes.
 */
export interface UpstreamTable {
  /** undefined when there is no such tag here. */
  getTag(repository: string, tag: string): Promise<MirroredTag | undefined>;
  hasManifest(repository: string, digest: Digest): Promise<boolean>;
  /**
   * Puts a manifest that an upstream gave into the repository, and points `tag` to it. False, and nothing of the tag changes, when the
   * tag has been pushed here meanwhile. @throws KasaneError `denied` over the quota: then nothing has changed
   */
  putManifest(
    repository: string,
    record: ManifestRecord,
    options: { tag?: string; atMs: number; quota?: Quota },
  ): Promise<boolean>;
  /** Points a tag of the upstream, or a new one, to a manifest that is in the repository. False when there is none, or the tag is ours. */
  putTag(repository: string, tag: string, record: { digest: Digest; atMs: number }): Promise<boolean>;
  /** The upstream has been asked for the tag. One relaxed write: a crash only makes it be asked again. */
  noteChecked(repository: string, tag: string, atMs: number): Promise<void>;
  /** Somebody has asked for these; a tag counts as its manifest. One relaxed write for many. */
  noteUses(
    uses: readonly { repository: string; reference: { tag: string } | { digest: Digest }; atMs: number }[],
  ): Promise<void>;
  /** The size of a blob that a manifest in the repository names, as that manifest has it. */
  blobSize(repository: string, digest: Digest): Promise<number | undefined>;
  /** Manifests not used since `beforeMs`, longest unused first; `after` is the last one of the page before. */
  unused(
    beforeMs: number,
    page: { after?: UnusedManifest | undefined; limit: number },
  ): Promise<UnusedManifest[]>;
  /**
   * Takes such a manifest out of its repository, with the tags that point to it; its bytes go with the garbage. False, and nothing is
   * done, when it was used meanwhile, a tag or index of ours or an immutable tag needs it, or it has a subject that is still there.
   */
  drop(manifest: UnusedManifest, options?: { isImmutable?: (tag: string) => boolean }): Promise<boolean>;
}

export function upstreamTable(database: SqliteDatabase): UpstreamTable {
  /** Inside a write. A tag here without a record of the upstream is ours. */
  const isOurs = (repository: string, tag: string) =>
    database.first(
      `SELECT 1 FROM repository_tags t WHERE repository = ?1 AND tag = ?2
         AND NOT EXISTS (SELECT 1 FROM upstream_tags u WHERE u.repository = ?1 AND u.tag = ?2)`,
      repository,
      tag,
    ) !== undefined;

  /** Inside a write. */
  const pointTag = (repository: string, tag: string, { digest, atMs }: { digest: Digest; atMs: number }) => {
    if (isOurs(repository, tag)) return false;
    database.run(
      `INSERT INTO repository_tags (repository, tag, digest, tagged_at) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET digest = excluded.digest, tagged_at = excluded.tagged_at WHERE digest <> excluded.digest`,
      repository,
      tag,
      digest,
      atMs,
    );
    database.run(
      `INSERT INTO upstream_tags (repository, tag, checked_at) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET checked_at = excluded.checked_at`,
      repository,
      tag,
      atMs,
    );
    return true;
  };

  return {
    async getTag(repository, tag) {
      const row = database.first<{ digest: string; checked_at: number | null }>(
        `SELECT t.digest, u.checked_at FROM repository_tags t
         LEFT JOIN upstream_tags u ON u.repository = t.repository AND u.tag = t.tag
         WHERE t.repository = ? AND t.tag = ?`,
        repository,
        tag,
      );
      return (
        row && {
          digest: row.digest as Digest,
          ...(row.checked_at !== null && { checkedAtMs: row.checked_at }),
        }
      );
    },
    async hasManifest(repository, digest) {
      return (
        database.first(
          "SELECT 1 FROM repository_manifests WHERE repository = ? AND digest = ?",
          repository,
          digest,
        ) !== undefined
      );
    },
    putManifest(repository, record, { tag, atMs, quota }) {
      const put = () => {
        database.run("INSERT OR IGNORE INTO repositories (name) VALUES (?)", repository);
        insertManifest(database, record);
        const isNew = database.run(
          `INSERT OR IGNORE INTO repository_manifests (repository, digest, pushed_at, media_type)
           VALUES (?1, ?2, ?3, ${ownMediaType})`,
          repository,
          record.digest,
          atMs,
          record.mediaType,
        );
        if (isNew > 0) {
          database.run(
            "INSERT OR REPLACE INTO upstream_manifests (repository, digest, used_at) VALUES (?, ?, ?)",
            repository,
            record.digest,
            atMs,
          );
        }
        return tag === undefined || pointTag(repository, tag, { digest: record.digest, atMs });
      };
      return database.writeTogether("durable", () => withinQuota(database, { repository, quota }, put));
    },
    async putTag(repository, tag, { digest, atMs }) {
      return database.writeTogether("durable", () => {
        const isHere = database.first(
          "SELECT 1 FROM repository_manifests WHERE repository = ? AND digest = ?",
          repository,
          digest,
        );
        return isHere !== undefined && pointTag(repository, tag, { digest, atMs });
      });
    },
    async noteChecked(repository, tag, atMs) {
      await database.writeTogether("relaxed", () => {
        database.run(
          "UPDATE upstream_tags SET checked_at = max(checked_at, ?) WHERE repository = ? AND tag = ?",
          atMs,
          repository,
          tag,
        );
      });
    },
    async noteUses(uses) {
      await database.writeTogether("relaxed", () => {
        for (const { repository, reference, atMs } of uses) {
          const [digest, ...values] =
            "tag" in reference
              ? [
                  "(SELECT digest FROM repository_tags WHERE repository = ?2 AND tag = ?3)",
                  atMs,
                  repository,
                  reference.tag,
                ]
              : ["?3", atMs, repository, reference.digest];
          database.run(
            `UPDATE upstream_manifests SET used_at = ?1 WHERE repository = ?2 AND digest = ${digest} AND used_at < ?1`,
            ...values,
          );
        }
      });
    },
    async blobSize(repository, digest) {
      const user = userOf(database, { repository, digest });
      if (user === undefined) return undefined;
      const row = database.first<{ parts: string }>(
        "SELECT parts FROM manifests WHERE digest = ?",
        user.manifest,
      );
      const { config, layers } = JSON.parse(row?.parts ?? "{}") as Partial<ManifestRecord>;
      return [...(config ? [config] : []), ...(layers ?? [])].find((part) => part.digest === digest)?.size;
    },
    async unused(beforeMs, { after, limit }) {
      return database
        .all<{ repository: string; digest: string; used_at: number }>(
          `SELECT repository, digest, used_at FROM upstream_manifests
           WHERE used_at < ?1 AND (used_at, repository, digest) > (?2, ?3, ?4)
           ORDER BY used_at, repository, digest LIMIT ?5`,
          beforeMs,
          after?.usedAtMs ?? Number.MIN_SAFE_INTEGER,
          after?.repository ?? "",
          after?.digest ?? "",
          limit,
        )
        .map((row) => ({
          repository: row.repository,
          digest: row.digest as Digest,
          usedAtMs: row.used_at,
        }));
    },
    async drop({ repository, digest, usedAtMs }, options = {}) {
      return database.writeTogether("durable", () => {
        // Kept: what a tag of ours points to, what an index or subject in the repository refers to.
        const isFree = database.first(
          `SELECT 1 FROM upstream_manifests u WHERE repository = ?1 AND digest = ?2 AND used_at <= ?3
             AND NOT EXISTS (
               SELECT 1 FROM repository_tags t WHERE t.repository = ?1 AND t.digest = ?2
                 AND NOT EXISTS (SELECT 1 FROM upstream_tags o WHERE o.repository = ?1 AND o.tag = t.tag))`,
          repository,
          digest,
          usedAtMs,
        );
        if (isFree === undefined || isNeeded(database, { repository, digest })) return false;
        if (immutableAbove(database, { repository, digest }, options) !== undefined) return false;
        database.run(
          "DELETE FROM repository_manifests WHERE repository = ? AND digest = ?",
          repository,
          digest,
        );
        return true;
      });
    },
  };
}

/** By its subject that is here, or by an index of ours. */
function isNeeded(database: SqliteDatabase, at: { repository: string; digest: Digest }): boolean {
  const has = (table: string, manifest: string) =>
    database.first(`SELECT 1 FROM ${table} WHERE repository = ? AND digest = ?`, at.repository, manifest) !==
    undefined;
  return (
    subjectsOf(database, at.digest).some((subject) => has("repository_manifests", subject)) ||
    namersOf(database, at).some(
      (source) =>
        source !== at.digest && has("repository_manifests", source) && !has("upstream_manifests", source),
    )
  );
}
