import type { Writable } from "../lib/mod.ts";
import type { Digest, Platform } from "../oci/mod.ts";
import type { IdMatch, ImageFacts } from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** What there is of an image manifest; nothing but the target where there is none. */
export interface FactsRow {
  readonly target: string;
  /** Null for the target itself. */
  readonly manifest: string | null;
  readonly position: number;
  readonly config: string;
  readonly platform: string;
  readonly created_at: number | null;
  readonly content_size: number;
  readonly labels: string;
}

/** Of `image_manifests m`. */
export const factsColumns =
  "nullif(manifest, m.target) AS manifest, position, config, platform, created_at, content_size, labels";

/** Inside a write. Adds to what is known: a platform that another process brings in at the same time is not forgotten. */
export function insertFacts(database: SqliteDatabase, target: Digest, facts: readonly ImageFacts[]): void {
  const isThere = database.run("UPDATE images SET is_described = 1 WHERE target = ?", target) > 0;
  if (!isThere) return;
  for (const [position, fact] of facts.entries()) {
    database.run(
      `INSERT OR REPLACE INTO image_manifests
         (target, manifest, position, config, platform, created_at, content_size, labels)
       SELECT ?1, digest, ?3, ?4, ?5, ?6, ?7, ?8 FROM manifests WHERE digest = ?2`,
      target,
      fact.manifest,
      position,
      fact.id,
      JSON.stringify(fact.platform),
      fact.createdAtMs ?? null,
      fact.contentSizeBytes,
      JSON.stringify(fact.labels),
    );
  }
}

/** In the order of the index. */
export function factsOfTarget(database: SqliteDatabase, target: Digest): ImageFacts[] {
  const rows = database.all<FactsRow>(
    `SELECT target, ${factsColumns} FROM image_manifests m WHERE target = ?`,
    target,
  );
  return inPosition(rows).map(factsReader());
}

/** Few images have several: they are put in order here, instead of all of them by SQLite. */
export function inPosition(rows: readonly FactsRow[]): FactsRow[] {
  return rows.toSorted((a, b) => a.position - b.position);
}

export function idsOfImages(database: SqliteDatabase): { ids: Digest[]; others: Digest[] } {
  const ids = database.all<{ config: Digest }>(
    `SELECT DISTINCT config FROM (SELECT min(config) AS config FROM image_manifests GROUP BY target HAVING count(*) = 1)`,
  );
  const others = database.all<{ target: Digest }>(
    `SELECT target FROM images WHERE is_described = 1
     EXCEPT SELECT target FROM image_manifests GROUP BY target HAVING count(*) = 1`,
  );
  return { ids: ids.map(({ config }) => config), others: others.map(({ target }) => target) };
}

/** `g` comes after every hexadecimal digit, so that each of the three is a scan over a range of an index. */
export function matchIds(database: SqliteDatabase, prefix: string, limit: number): IdMatch[] {
  const rows = database.all<{ id: string; target: string; manifest: string | null }>(
    `WITH matches (id, target, manifest) AS (
       SELECT target, target, NULL FROM images WHERE target >= ?1 AND target < ?1 || 'g'
       UNION SELECT manifest, target, nullif(manifest, target) FROM image_manifests
         WHERE manifest >= ?1 AND manifest < ?1 || 'g'
       UNION SELECT config, target, nullif(manifest, target) FROM image_manifests
         WHERE config >= ?1 AND config < ?1 || 'g')
     SELECT id, target, manifest FROM matches
     WHERE id IN (SELECT DISTINCT id FROM matches ORDER BY id LIMIT ?2) ORDER BY id, target, manifest`,
    prefix,
    limit,
  );
  return rows.map(({ id, target, manifest }) => ({
    id: id as Digest,
    target: target as Digest,
    ...(manifest !== null && { manifest: manifest as Digest }),
  }));
}

/** For one query: most images have the platform and the labels of the one before, and a text that was just read is not read again. */
export function factsReader(): (row: FactsRow) => ImageFacts {
  let platformText = "";
  let platform: Platform | undefined;
  let labelsText = "";
  let labels: Record<string, string> | undefined;
  return (row) => {
    if (row.platform !== platformText) {
      platformText = row.platform;
      platform = JSON.parse(platformText) as Platform;
    }
    if (row.labels !== labelsText) {
      labelsText = row.labels;
      labels = JSON.parse(labelsText) as Record<string, string>;
    }
    const facts: Writable<ImageFacts> = {
      manifest: (row.manifest ?? row.target) as Digest,
      id: row.config as Digest,
      platform: platform!,
      contentSizeBytes: row.content_size,
      labels: labels!,
    };
    if (row.created_at !== null) facts.createdAtMs = row.created_at;
    return facts;
  };
}
