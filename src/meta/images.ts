import { KasaneError } from "../lib/errors.ts";
import type { Digest } from "../oci/mod.ts";
import { factsByTarget, factsOfTarget, idsOfImages, insertFacts, matchIds, rowsOf } from "./image-facts.ts";
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

/** Whole tables (or what is asked for of them) and a join here: a subquery for each image takes SQLite four times as long. */
function listFacts(
  database: SqliteDatabase,
  targets?: readonly Digest[],
): { record: ImageRecord; facts: ImageFacts[] }[] {
  const facts = factsByTarget(database, targets);
  const names = namesByTarget(database, "image_names", targets);
  const digests = namesByTarget(database, "image_digests", targets);
  const described = {
    columns: "target, stored_at, built_at, tagged_at",
    table: "(SELECT * FROM images WHERE is_described = 1)",
    end: "ORDER BY stored_at DESC, target",
  };
  const none: string[] = [];
  return rowsOf<Omit<ImageRow, "names" | "digests">>(database, described, targets).map((row) => ({
    record: recordOf(row, names.get(row.target) ?? none, digests.get(row.target) ?? none),
    facts: facts.get(row.target) ?? [],
  }));
}

function namesByTarget(
  database: SqliteDatabase,
  table: "image_names" | "image_digests",
  targets?: readonly Digest[],
): Map<string, string[]> {
  // A row for each image, and no name has a line end in it: of five thousand names, rows of their own take more than all the rest.
  const few = { columns: "target, group_concat(name, char(10) ORDER BY name) AS names", table };
  // An index has all of them in this order; the aggregate would sort each image's once more.
  const all = {
    columns: "target, group_concat(name, char(10)) AS names",
    table: `(SELECT target, name FROM ${table} ORDER BY target, name)`,
  };
  const named = { ...(targets ? few : all), end: "GROUP BY target" };
  const byTarget = new Map<string, string[]>();
  for (const { target, names } of rowsOf<{ target: string; names: string }>(database, named, targets)) {
    byTarget.set(target, names.split("\n"));
  }
  return byTarget;
}

function descriptors(database: SqliteDatabase): ImageDescriptor[] {
  const names = namesByTarget(database, "image_names");
  const rows = database.all<{
    target: string;
    media_type: string;
    artifact_type: string | null;
    size: number;
  }>(
    `SELECT target, media_type, artifact_type, size
     FROM images i JOIN manifests m ON m.digest = i.target ORDER BY target`,
  );
  return rows.map((row) => ({
    target: row.target as Digest,
    mediaType: row.media_type,
    ...(row.artifact_type !== null && { artifactType: row.artifact_type }),
    sizeBytes: row.size,
    names: names.get(row.target) ?? [],
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
  const { target, stored_at: storedAtMs, built_at: builtAtMs, tagged_at: taggedAtMs } = row;
  const record = { target: target as Digest, names, repoDigests, storedAtMs };
  if (builtAtMs === null) return taggedAtMs === null ? record : { ...record, taggedAtMs };
  return taggedAtMs === null ? { ...record, builtAtMs } : { ...record, builtAtMs, taggedAtMs };
}
