import type { Digest } from "../oci/mod.ts";
import type { LeaseId, ManifestRecord, ManifestTable } from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

export interface ManifestRow {
  readonly digest: string;
  readonly media_type: string;
  readonly artifact_type: string | null;
  readonly subject: string | null;
  readonly parts: string;
  readonly bytes: Uint8Array;
}

export const manifestColumns = "digest, media_type, artifact_type, subject, parts, bytes";

export function manifestTable(database: SqliteDatabase): ManifestTable {
  return {
    async put(record, lease) {
      // Rooted by nothing yet: whatever roots it later is durable, and takes this along.
      database.write("relaxed", () => {
        if (lease !== undefined) {
          // Who only looks needs none of it.
          const { checkLease } = require("./leases.ts") as typeof import("./leases.ts");
          checkLease(database, lease);
        }
        insertManifest(database, record, lease);
      });
    },
    async get(digest) {
      const row = database.first<ManifestRow>(
        `SELECT ${manifestColumns} FROM manifests WHERE digest = ?`,
        digest,
      );
      return row && manifestOf(row);
    },
    async referrers(subject) {
      const rows = database.all<ManifestRow>(
        `SELECT ${manifestColumns} FROM manifests WHERE subject = ?
         AND NOT EXISTS (SELECT 1 FROM repository_manifests r WHERE r.digest = manifests.digest)
         ORDER BY digest LIMIT ${referrersLimit}`,
        subject,
      );
      return rows.map(manifestOf);
    },
  };
}

/** Their bytes are in memory together. */
const referrersLimit = 1000;

/** Inside a write. */
export function insertManifest(database: SqliteDatabase, record: ManifestRecord, lease?: LeaseId): void {
  const { digest, mediaType, bytes, artifactType, subject, ...parts } = record;
  if (lease !== undefined) {
    database.run(
      "INSERT INTO lease_keys VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
      lease,
      digest,
    );
  }
  database.run("INSERT OR IGNORE INTO blobs VALUES (?)", digest);
  const isNew = database.run(
    "INSERT OR IGNORE INTO manifests (digest, media_type, artifact_type, subject, size, parts, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
    digest,
    mediaType,
    artifactType ?? null,
    subject ?? null,
    bytes.length,
    JSON.stringify(parts),
    bytes,
  );
  if (isNew === 0) return;
  insertEdges(database, record);
}

/** Inside a write. */
export function insertEdges(database: SqliteDatabase, record: ManifestRecord): void {
  for (const [source, target] of edgesOf(record)) {
    database.run(
      "INSERT OR IGNORE INTO edges (source, target, manifest) VALUES (?, ?, ?)",
      source,
      target,
      record.digest,
    );
  }
}

/** Source and target of each reference: from a manifest to what it names, and from its subject to it. */
export function edgesOf(record: ManifestRecord): [source: string, target: string][] {
  const { digest, subject } = record;
  const named = [record.config ?? [], record.layers, record.children].flat();
  const edges = named.map((descriptor): [string, string] => [digest, descriptor.digest]);
  if (subject !== undefined) edges.push([subject, digest]);
  return edges;
}

export function manifestOf(row: ManifestRow): ManifestRecord {
  const parts = JSON.parse(row.parts) as Pick<
    ManifestRecord,
    "layers" | "children" | "annotations" | "config"
  >;
  return {
    digest: row.digest as Digest,
    mediaType: row.media_type,
    bytes: row.bytes,
    ...(row.artifact_type !== null && { artifactType: row.artifact_type }),
    ...(row.subject !== null && { subject: row.subject as Digest }),
    ...parts,
  };
}
