import type { Digest, Platform } from "../oci/mod.ts";
import type { IdMatch, ImageFacts } from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

interface FactsRow {
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

const facts = {
  columns:
    "target, nullif(manifest, target) AS manifest, position, config, platform, created_at, content_size, labels",
  table: "image_manifests",
  end: "",
};

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

/** What is asked of every described image, or of `targets` alone. */
export function rowsOf<T>(
  database: SqliteDatabase,
  from: { readonly columns: string; readonly table: string; readonly end: string },
  targets?: readonly Digest[],
): T[] {
  const { columns, table, end } = from;
  if (targets === undefined) return database.all<T>(`SELECT ${columns} FROM ${table} ${end}`);
  return database.all<T>(
    `SELECT ${columns} FROM json_each(?) j CROSS JOIN ${table} ON target = j.value ${end}`,
    JSON.stringify(targets),
  );
}

/** By target, each in the order of its index. */
export function factsByTarget(
  database: SqliteDatabase,
  targets?: readonly Digest[],
): Map<string, ImageFacts[]> {
  const byTarget = new Map<string, ImageFacts[]>();
  const read = factsReader();
  const rows = rowsOf<FactsRow>(database, facts, targets);
  for (let at = 0; at < rows.length; ) {
    const first = rows[at++]!;
    const { target } = first;
    // The primary key begins with the target: those of one image come one after the other.
    if (rows[at]?.target !== target) {
      byTarget.set(target, [read(first)]);
      continue;
    }
    const own = [first];
    while (rows[at]?.target === target) own.push(rows[at++]!);
    // Few images have several: they are put in order here, instead of all of them by SQLite.
    own.sort((a, b) => a.position - b.position);
    byTarget.set(target, own.map(read));
  }
  return byTarget;
}

export function factsOfTarget(database: SqliteDatabase, target: Digest): ImageFacts[] {
  return factsByTarget(database, [target]).get(target) ?? [];
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
function factsReader(): (row: FactsRow) => ImageFacts {
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

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
