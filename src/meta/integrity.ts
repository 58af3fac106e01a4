import type { Digest } from "../oci/mod.ts";
import { insertClaims } from "./claims.ts";
import { type Forgotten, findForgotten, findWrongSums, type WrongSum } from "./integrity-garbage.ts";
import { findOrphans, type OrphanRows } from "./integrity-orphans.ts";
import { type Users, usersOf } from "./integrity-users.ts";
import { isHeld } from "./leases.ts";
import {
  edgesOf,
  insertEdges,
  insertManifest,
  type ManifestRow,
  manifestColumns,
  manifestOf,
} from "./manifests.ts";
import type { ManifestRecord } from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** What a check of the store needs to see and to put right, and nobody else: rows as they are, also those that cannot be. */
export interface IntegrityTable {
  /** What the database says of its own file; empty when it is sound. */
  check(): Promise<string[]>;
  /** Rows that belong to a row that is not there. With `repair` they go; tags whose manifest is there are joined to it again instead. */
  orphans(options?: { repair: boolean }): Promise<OrphanRows[]>;
  /** Sums of bytes that are not what the rows make. With `repair` they are counted again. */
  wrongSums(options?: { repair: boolean }): Promise<WrongSum[]>;
  /** Garbage that the collector would never find. With `repair` it looks at it like at everything else. */
  forgotten(options?: { repair: boolean }): Promise<Forgotten>;
  /** Manifests as they stand, by digest. The bytes need not be right. */
  manifests(page: { after?: Digest; limit: number }): Promise<StoredManifest[]>;
  /** Makes row and references of the manifest what `record` says. */
  replaceManifest(record: ManifestRecord): Promise<void>;
  /** Removes the manifest with its tags and image names, whatever refers to it. Look at users() first. */
  dropManifest(digest: Digest): Promise<void>;
  /** Every blob that some repository links, by digest, with the sizes its links tell. */
  links(page: { after?: Digest; limit: number }): Promise<{ digest: Digest; sizesBytes: number[] }[]>;
  /** Gives all links of the blob this size. */
  resizeLinks(digest: Digest, sizeBytes: number): Promise<void>;
  /** Takes the blob from every repository, and forgets what is known of it as a layer. */
  dropLinks(digest: Digest): Promise<void>;
  /** Facts of layers, by blob. */
  layers(page: {
    after?: Digest;
    limit: number;
  }): Promise<{ blob: Digest; diffId: Digest; sizeBytes: number }[]>;
  dropLayer(blob: Digest): Promise<void>;
  /** Those of `digests` that are noted as being in storage. */
  noted(digests: readonly Digest[]): Promise<Set<Digest>>;
  note(digest: Digest): Promise<void>;
  /** Who reaches the blob or manifest: what people have to push or pull again when it is lost. */
  users(digest: Digest): Promise<Users>;
  /**
   * Claims what nobody holds, also what is referred to: until garbage.settle() nobody else can take hold of it. Returns the keys that
   * are this process's now.
   */
  seize(keys: readonly string[]): Promise<string[]>;
}

export interface StoredManifest extends ManifestRecord {
  readonly sizeBytes: number;
  /** `source target` of every reference kept beside it. */
  readonly edges: readonly string[];
}

export function integrityTable(database: SqliteDatabase): IntegrityTable {
  return {
    async check() {
      const said = database.all<{ integrity_check: string }>("PRAGMA integrity_check(100)");
      return said.map((row) => row.integrity_check).filter((line) => line !== "ok");
    },
    async orphans({ repair } = { repair: false }) {
      return repair
        ? database.write("durable", () => findOrphans(database, { repair }))
        : database.read(() => findOrphans(database, { repair }));
    },
    async wrongSums({ repair } = { repair: false }) {
      return repair
        ? database.write("durable", () => findWrongSums(database, { repair }))
        : database.read(() => findWrongSums(database, { repair }));
    },
    async forgotten({ repair } = { repair: false }) {
      return repair
        ? database.write("durable", () => findForgotten(database, { repair }))
        : database.read(() => findForgotten(database, { repair }));
    },
    async manifests({ after = "" as Digest, limit }) {
      return database.read(() =>
        database
          .all<ManifestRow & { size: number }>(
            `SELECT ${manifestColumns}, size FROM manifests WHERE digest > ? ORDER BY digest LIMIT ?`,
            after,
            limit,
          )
          .map((row) => ({
            ...manifestOf(row),
            sizeBytes: row.size,
            edges: keptEdges(database, row.digest),
          })),
      );
    },
    async replaceManifest(record) {
      database.write("durable", () => {
        const { digest, mediaType, bytes, artifactType, subject, ...parts } = record;
        database.run("DELETE FROM edges WHERE manifest = ?", digest);
        database.run(
          "UPDATE manifests SET media_type = ?, artifact_type = ?, subject = ?, size = ?, parts = ?, bytes = ? WHERE digest = ?",
          mediaType,
          artifactType ?? null,
          subject ?? null,
          bytes.length,
          JSON.stringify(parts),
          bytes,
          digest,
        );
        insertManifest(database, record);
        // Which leaves those of a manifest that is there already as they are.
        insertEdges(database, record);
      });
    },
    async dropManifest(digest) {
      database.write("durable", () => {
        database.run("DELETE FROM repository_manifests WHERE digest = ?", digest);
        database.run("DELETE FROM deleted_tags WHERE digest = ?", digest);
        database.run("DELETE FROM deleted_manifests WHERE digest = ?", digest);
        database.run("DELETE FROM images WHERE target = ?", digest);
        database.run("UPDATE counters SET value = value + 1 WHERE name = 'images'");
        database.run("DELETE FROM manifests WHERE digest = ?", digest);
      });
    },
    async links({ after = "" as Digest, limit }) {
      return database
        .all<{ digest: Digest; sizes: string }>(
          `SELECT digest, json_group_array(DISTINCT size) AS sizes FROM repository_blobs
           WHERE digest > ? GROUP BY digest ORDER BY digest LIMIT ?`,
          after,
          limit,
        )
        .map(({ digest, sizes }) => ({ digest, sizesBytes: JSON.parse(sizes) as number[] }));
    },
    async resizeLinks(digest, sizeBytes) {
      database.write("durable", () => {
        database.run("UPDATE repository_blobs SET size = ? WHERE digest = ?", sizeBytes, digest);
      });
    },
    async dropLinks(digest) {
      database.write("durable", () => {
        database.run("DELETE FROM repository_blobs WHERE digest = ?", digest);
        database.run("DELETE FROM layers WHERE blob = ?", digest);
      });
    },
    async layers({ after = "" as Digest, limit }) {
      return database
        .all<{ blob: Digest; diff_id: Digest; size: number }>(
          "SELECT blob, diff_id, size FROM layers WHERE blob > ? ORDER BY blob LIMIT ?",
          after,
          limit,
        )
        .map((row) => ({ blob: row.blob, diffId: row.diff_id, sizeBytes: row.size }));
    },
    async dropLayer(blob) {
      database.write("relaxed", () => {
        database.run("DELETE FROM layers WHERE blob = ?", blob);
      });
    },
    async noted(digests) {
      const rows = database.all<{ digest: Digest }>(
        "SELECT digest FROM blobs WHERE digest IN (SELECT value FROM json_each(?))",
        JSON.stringify(digests),
      );
      return new Set(rows.map((row) => row.digest));
    },
    async note(digest) {
      database.write("durable", () => {
        database.run("INSERT OR IGNORE INTO blobs VALUES (?)", digest);
      });
    },
    async users(digest) {
      return database.read(() => usersOf(database, digest));
    },
    async seize(keys) {
      return database.write("relaxed", () =>
        insertClaims(
          database,
          keys.filter((key) => !isHeld(database, key)),
        ),
      );
    },
  };
}

function keptEdges(database: SqliteDatabase, manifest: string): string[] {
  return database
    .all<{ source: string; target: string }>("SELECT source, target FROM edges WHERE manifest = ?", manifest)
    .map(({ source, target }) => `${source} ${target}`);
}

/** `source target` of every reference that is kept beside a manifest. */
export function expectedEdges(record: ManifestRecord): string[] {
  return [...new Set(edgesOf(record).map((edge) => edge.join(" ")))];
}
