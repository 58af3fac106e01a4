import type { Digest } from "../oci/mod.ts";
import { insertManifest, type ManifestRow, manifestColumns, manifestOf } from "./manifests.ts";
import type { RepositoryTable } from "./meta.ts";
import { repositoryRevision } from "./revision.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** Lists are in byte order ("ASCIIbetical" in the distribution specification), pages start after a key and not at a number. */
export function repositoryTable(database: SqliteDatabase): RepositoryTable {
  const make = (repository: string) =>
    database.run("INSERT OR IGNORE INTO repositories VALUES (?)", repository);

  return {
    async list({ after = "", limit }) {
      return database
        .all<{ name: string }>(
          "SELECT name FROM repositories WHERE name > ? ORDER BY name LIMIT ?",
          after,
          limit,
        )
        .map((row) => row.name);
    },
    revision: repositoryRevision(database),
    async exists(repository) {
      return database.first("SELECT 1 FROM repositories WHERE name = ?", repository) !== undefined;
    },
    async linkBlob(repository, { digest, sizeBytes }) {
      database.write("durable", () => {
        make(repository);
        database.run("INSERT OR IGNORE INTO blobs VALUES (?)", digest);
        database.run(
          `INSERT INTO repository_blobs VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET size = excluded.size, linked_at = excluded.linked_at`,
          repository,
          digest,
          sizeBytes,
          Date.now(),
        );
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
    tagDetails: () => Promise.reject(new Error("not built yet")),
    notePulls: async () => {},
    deletedTags: () => Promise.reject(new Error("not built yet")),
    restoreTag: () => Promise.reject(new Error("not built yet")),
    usage: () => Promise.reject(new Error("not built yet")),
    async unlinkBlob(repository, digest) {
      return database.write(
        "durable",
        () =>
          database.run(
            "DELETE FROM repository_blobs WHERE repository = ? AND digest = ?",
            repository,
            digest,
          ) > 0,
      );
    },
    async putManifest(repository, record, tags) {
      const now = Date.now();
      database.write("durable", () => {
        make(repository);
        insertManifest(database, record);
        database.run(
          "INSERT INTO repository_manifests VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET pushed_at = excluded.pushed_at",
          repository,
          record.digest,
          now,
        );
        for (const tag of tags) {
          database.run(
            `INSERT INTO repository_tags VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET digest = excluded.digest, tagged_at = excluded.tagged_at`,
            repository,
            tag,
            record.digest,
            now,
          );
        }
      });
    },
    async getManifest(repository, reference) {
      const table = "tag" in reference ? "repository_tags" : "repository_manifests";
      const column = "tag" in reference ? "tag" : "digest";
      const row = database.first<ManifestRow>(
        `SELECT ${manifestColumns} FROM manifests
         WHERE digest = (SELECT digest FROM ${table} WHERE repository = ? AND ${column} = ?)`,
        repository,
        "tag" in reference ? reference.tag : reference.digest,
      );
      return row && manifestOf(row);
    },
    async deleteManifest(repository, digest) {
      return database.write(
        "durable",
        () =>
          database.run(
            "DELETE FROM repository_manifests WHERE repository = ? AND digest = ?",
            repository,
            digest,
          ) > 0,
      );
    },
    async deleteTag(repository, tag) {
      return database.write(
        "durable",
        () =>
          database.run("DELETE FROM repository_tags WHERE repository = ? AND tag = ?", repository, tag) > 0,
      );
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
    async referrers(repository, subject, { artifactType, after = "" as Digest, limit }) {
      return database
        .all<ManifestRow>(
          `SELECT ${manifestColumns} FROM manifests m
           WHERE subject = ?1 AND digest > ?2
             AND EXISTS (SELECT 1 FROM repository_manifests r WHERE r.repository = ?3 AND r.digest = m.digest)
             AND (?4 IS NULL OR coalesce(artifact_type, parts ->> '$.config.mediaType') = ?4)
           ORDER BY digest LIMIT ?5`,
          subject,
          after,
          repository,
          artifactType ?? null,
          limit,
        )
        .map(manifestOf);
    },
  };
}
