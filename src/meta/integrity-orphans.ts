import type { SqliteDatabase } from "./sqlite-database.ts";

export interface OrphanRows {
  readonly table: string;
  readonly parent: string;
  readonly rows: number;
}

interface ForeignKey {
  readonly table: string;
  readonly parent: string;
  readonly columns: readonly { readonly from: string; readonly to: string }[];
}

/** Rows without the row they belong to. By the schema's own words, so that a table that comes later is checked as well. */
export function findOrphans(database: SqliteDatabase, { repair }: { repair: boolean }): OrphanRows[] {
  const found: OrphanRows[] = [];
  for (const key of foreignKeys(database)) {
    const condition = orphanCondition(key);
    const rows = database.first<{ n: number }>(
      `SELECT count(*) AS n FROM "${key.table}" AS child WHERE ${condition}`,
    )!.n;
    if (rows === 0) continue;
    found.push({ table: key.table, parent: key.parent, rows });
    if (!repair) continue;
    if (key.table === "repository_tags") rejoinTags(database);
    if (key.table === "repository_manifests" || key.table === "repository_blobs")
      rejoinRepositories(database);
    database.run(`DELETE FROM "${key.table}" AS child WHERE ${condition}`);
  }
  return found;
}

function foreignKeys(database: SqliteDatabase): ForeignKey[] {
  const tables = database.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'");
  return tables.flatMap(({ name }) => {
    const rows = database.all<{ id: number; table: string; from: string; to: string }>(
      `SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?)`,
      name,
    );
    return [...Map.groupBy(rows, (row) => row.id).values()].map((columns) => ({
      table: name,
      parent: columns[0]!.table,
      columns,
    }));
  });
}

function orphanCondition({ parent, columns }: ForeignKey): string {
  const join = columns.map(({ from, to }) => `parent."${to}" = child."${from}"`).join(" AND ");
  const set = columns.map(({ from }) => `child."${from}" IS NOT NULL`).join(" AND ");
  return `${set} AND NOT EXISTS (SELECT 1 FROM "${parent}" AS parent WHERE ${join})`;
}

function rejoinTags(database: SqliteDatabase): void {
  database.run(
    `INSERT OR IGNORE INTO repository_manifests (repository, digest, pushed_at)
     SELECT repository, digest, max(tagged_at) FROM repository_tags t
     WHERE EXISTS (SELECT 1 FROM manifests m WHERE m.digest = t.digest)
       AND EXISTS (SELECT 1 FROM repositories r WHERE r.name = t.repository) GROUP BY repository, digest`,
  );
}

function rejoinRepositories(database: SqliteDatabase): void {
  database.run(
    `INSERT OR IGNORE INTO repositories (name)
     SELECT repository FROM repository_manifests UNION SELECT repository FROM repository_blobs`,
  );
}
