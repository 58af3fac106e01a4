import { KasaneError } from "../lib/errors.ts";
import type { Writable } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";
import {
  type FactsRow,
  factsColumns,
  factsOfTarget,
  factsReader,
  idsOfImages,
  inPosition,
  insertFacts,
  matchIds,
} from "./image-facts.ts";
import type {
  ImageDescriptor,
  ImageFacts,
  ImageRecord,
  ImageRemoval,
  ImageTable,
  RemovedNames,
} from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

interface ImageRow {
  readonly target: string;
  readonly stored_at: number;
  readonly built_at: number | null;
  readonly tagged_at: number | null;
  readonly names: string;
  readonly digests: string;
}

const selectImages = `SELECT target, stored_at, built_at, tagged_at,
  (SELECT json_group_array(name ORDER BY name) FROM image_names n WHERE n.target = i.target) AS names,
  (SELECT json_group_array(name ORDER BY name) FROM image_digests d WHERE d.target = i.target) AS digests
  FROM images i`;

export function imageTable(database: SqliteDatabase): ImageTable {
  /** A change of names that must outlive a power cut, and that other processes can notice. */
  const change = <T>(work: () => T): T =>
    database.write("durable", () => {
      const result = work();
      database.run("UPDATE counters SET value = value + 1 WHERE name = 'images'");
      return result;
    });
  const revision = () =>
    database.first<{ value: number }>("SELECT value FROM counters WHERE name = 'images'")!.value;

  return {
    async put({ target, names, repoDigests = [], builtAtMs, facts }) {
      return change(() => {
        if (!database.first("SELECT 1 FROM manifests WHERE digest = ?", target)) {
          throw new KasaneError(
            "not-found",
            `cannot name image ${target}: its manifest is not in the store`,
            { hint: "pull, load or build it again" },
          );
        }
        const now = Date.now();
        database.run(
          `INSERT INTO images (target, stored_at, built_at, tagged_at) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET built_at = coalesce(excluded.built_at, built_at),
             tagged_at = coalesce(excluded.tagged_at, tagged_at)`,
          target,
          now,
          builtAtMs ?? null,
          names.length > 0 ? now : null,
        );
        const moved: { name: string; from: Digest }[] = [];
        for (const name of names) {
          const before = database.first<{ target: string }>(
            "SELECT target FROM image_names WHERE name = ?",
            name,
          );
          if (before && before.target !== target) moved.push({ name, from: before.target as Digest });
          database.run(
            `INSERT INTO image_names (name, target, tagged_at) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET target = excluded.target, tagged_at = excluded.tagged_at`,
            name,
            target,
            now,
          );
        }
        for (const name of repoDigests) {
          database.run(
            "INSERT INTO image_digests VALUES (?, ?) ON CONFLICT DO UPDATE SET target = excluded.target",
            name,
            target,
          );
        }
        if (facts) insertFacts(database, target, facts);
        return { moved };
      });
    },
    async describe(target, facts) {
      // Can be found out again: nothing that a power cut must not take.
      database.write("relaxed", () => insertFacts(database, target, facts));
    },
    async undescribed() {
      const rows = database.all<{ target: string }>("SELECT target FROM images WHERE is_described = 0");
      return rows.map((row) => row.target as Digest);
    },
    async facts(target) {
      return factsOfTarget(database, target);
    },
    async ids() {
      return database.read(() => idsOfImages(database));
    },
    async listFacts({ repositories } = {}) {
      return database.read(() => {
        const targets = repositories?.flatMap((repository) => targetsNamed(database, repository));
        return listFacts(database, targets && [...new Set(targets)]);
      });
    },
    async byIdPrefix(prefix, limit) {
      return matchIds(database, prefix, limit);
    },
    async byName(name) {
      const row = database.first<ImageRow>(
        `${selectImages} WHERE target = coalesce(
           (SELECT target FROM image_names WHERE name = ?1), (SELECT target FROM image_digests WHERE name = ?1))`,
        name,
      );
      return row && imageOf(row);
    },
    async byTarget(target) {
      const row = database.first<ImageRow>(`${selectImages} WHERE target = ?`, target);
      return row && imageOf(row);
    },
    async list() {
      return database.all<ImageRow>(`${selectImages} ORDER BY stored_at DESC, target`).map(imageOf);
    },
    async listNames() {
      const rows = database.all<{ name: string; target: string; at: number }>(
        `SELECT name, n.target, coalesce(n.tagged_at, i.tagged_at, i.stored_at) AS at
         FROM image_names n JOIN images i ON i.target = n.target ORDER BY name`,
      );
      return rows.map(({ name, target, at }) => ({ name, target: target as Digest, taggedAtMs: at }));
    },
    async remove(removal) {
      return change(() => removeImage(database, removal));
    },
    async revision() {
      return revision();
    },
    async snapshot() {
      return database.read(() => ({ revision: revision(), images: descriptors(database) }));
    },
  };
}

/** Inside a write. */
export function removeImage(
  database: SqliteDatabase,
  { target, names, deleteUnnamed }: ImageRemoval,
): RemovedNames {
  const untagged = names.filter((name) => {
    const tags = database.run("DELETE FROM image_names WHERE name = ? AND target = ?", name, target);
    return tags + database.run("DELETE FROM image_digests WHERE name = ? AND target = ?", name, target) > 0;
  });
  const isDeleted =
    deleteUnnamed &&
    database.run(
      `DELETE FROM images WHERE target = ?1 AND target NOT IN (SELECT target FROM image_names)
         AND target NOT IN (SELECT target FROM image_digests)`,
      target,
    ) > 0;
  return { untagged, isDeleted };
}

/** Images with a tag, or a repository digest, of the repository. `;` and `A` are what comes after `:` and `@`: a range of each index. */
function targetsNamed(database: SqliteDatabase, repository: string): Digest[] {
  const rows = database.all<{ target: string }>(
    `SELECT target FROM image_names WHERE name >= ?1 || ':' AND name < ?1 || ';'
     UNION SELECT target FROM image_digests WHERE name >= ?1 || '@' AND name < ?1 || 'A'`,
    repository,
  );
  return rows.map(({ target }) => target as Digest);
}

interface ListedRow extends FactsRow {
  readonly stored_at: number;
  readonly built_at: number | null;
  readonly tagged_at: number | null;
  readonly names: string | null;
  readonly digests: string | null;
}

/** One on a line: no name has a line end in it, and of five thousand names, rows of their own take more than all the rest. */
const namesOf = (table: "image_names" | "image_digests") =>
  `(SELECT group_concat(name, char(10)) FROM (SELECT name FROM ${table} n WHERE n.target = i.target ORDER BY name))`;

/** Described images by target, a row for each of their image manifests. */
const listed = (images: string) => `
  SELECT i.target, stored_at, built_at, tagged_at, ${namesOf("image_names")} AS names, ${namesOf("image_digests")} AS digests, ${factsColumns}
  FROM ${images} LEFT JOIN image_manifests m ON m.target = i.target WHERE is_described = 1 ORDER BY i.target`;

function listFacts(
  database: SqliteDatabase,
  targets?: readonly Digest[],
): { record: ImageRecord; facts: ImageFacts[] }[] {
  const rows =
    targets === undefined
      ? database.all<ListedRow>(listed("images i"))
      : database.all<ListedRow>(
          listed("json_each(?) j CROSS JOIN images i ON i.target = j.value"),
          JSON.stringify(targets),
        );
  const read = factsReader();
  const images: { record: ImageRecord; facts: ImageFacts[] }[] = [];
  for (let at = 0; at < rows.length; ) {
    const first = rows[at++]!;
    const { target } = first;
    const record = recordOf(first, linesOf(first.names), linesOf(first.digests));
    if (rows[at]?.target !== target) {
      images.push({ record, facts: first.config === null ? [] : [read(first)] });
      continue;
    }
    const own = [first];
    while (rows[at]?.target === target) own.push(rows[at++]!);
    images.push({ record, facts: inPosition(own).map(read) });
  }
  return images;
}

const noNames: string[] = [];

function linesOf(names: string | null): string[] {
  return names === null ? noNames : names.split("\n");
}

function descriptors(database: SqliteDatabase): ImageDescriptor[] {
  const rows = database.all<{
    target: string;
    media_type: string;
    artifact_type: string | null;
    size: number;
    names: string | null;
  }>(
    `SELECT target, media_type, artifact_type, size, ${namesOf("image_names")} AS names
     FROM images i JOIN manifests m ON m.digest = i.target ORDER BY target`,
  );
  return rows.map((row) => ({
    target: row.target as Digest,
    mediaType: row.media_type,
    ...(row.artifact_type !== null && { artifactType: row.artifact_type }),
    sizeBytes: row.size,
    names: linesOf(row.names),
  }));
}

function imageOf(row: ImageRow): ImageRecord {
  return recordOf(row, JSON.parse(row.names) as string[], JSON.parse(row.digests) as string[]);
}

function recordOf(
  row: Omit<ImageRow, "names" | "digests">,
  names: readonly string[],
  repoDigests: readonly string[],
): ImageRecord {
  const record: Writable<ImageRecord> = {
    target: row.target as Digest,
    names,
    repoDigests,
    storedAtMs: row.stored_at,
  };
  if (row.built_at !== null) record.builtAtMs = row.built_at;
  if (row.tagged_at !== null) record.taggedAtMs = row.tagged_at;
  return record;
}
