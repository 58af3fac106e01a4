import type { Digest } from "../oci/mod.ts";
import type { SpaceTables } from "./measured-spaces.ts";
import { Roots } from "./roots.ts";
import type { KeeperKind, Sharing, SpaceNode } from "./space.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

type Keepers = Map<SpaceNode, Set<KeeperKind>>;

/** Inside a transaction. */
export function readSharing(
  database: SqliteDatabase,
  tables: SpaceTables,
  others: readonly SpaceNode[],
): Sharing {
  const keepers = keepersOf(database, tables.contents);
  const kept = belowOf(database, [...keepers.keys()]);
  for (const diffId of keptDiffIds(database, tables.contents)) kept.add(`diff ${diffId}`);
  return { nodes: sharedNodes(database, tables.contents, [...kept, ...others]), kept, keepers };
}

/** Those that several spaces have, and `others`. One row for each: a row for each pair takes SQLite and us twice as long. */
function sharedNodes(
  database: SqliteDatabase,
  contents: string,
  others: readonly SpaceNode[],
): Sharing["nodes"] {
  const columns = "node, max(stored) AS stored, '[' || group_concat(space) || ']' AS spaces";
  const rows = database.all<{ node: SpaceNode; stored: number; spaces: string }>(
    `SELECT ${columns} FROM ${contents} GROUP BY node HAVING count(*) > 1`,
  );
  if (others.length > 0) {
    rows.push(
      ...database.all<(typeof rows)[number]>(
        `SELECT ${columns} FROM ${contents} WHERE node IN (SELECT value FROM json_each(?))
         GROUP BY node HAVING count(*) = 1`,
        JSON.stringify(others),
      ),
    );
  }
  return rows.map(({ node, stored, spaces }) => ({
    node,
    storedBytes: stored,
    spaces: JSON.parse(spaces) as number[],
  }));
}

/** Everything below these, and they themselves. */
function belowOf(database: SqliteDatabase, nodes: readonly SpaceNode[]): Set<SpaceNode> {
  if (nodes.length === 0) return new Set();
  const rows = database.all<{ node: SpaceNode }>(
    `WITH RECURSIVE below (node) AS (
       SELECT value FROM json_each(?) UNION SELECT e.target FROM below b CROSS JOIN edges e ON e.source = b.node)
     SELECT node FROM below
     UNION SELECT 'diff ' || l.diff_id FROM below b CROSS JOIN layers l ON l.blob = b.node`,
    JSON.stringify(nodes),
  );
  return new Set(rows.map(({ node }) => node));
}

/** The rows that keep a thing itself, and manifests that no local image leads to: see roots.ts, which asks the same of one thing at a time. */
function keepersOf(database: SqliteDatabase, contents: string): Keepers {
  const keepers: Keepers = new Map();
  const add = (node: SpaceNode, kind: KeeperKind) => {
    const kinds = keepers.get(node);
    if (kinds) kinds.add(kind);
    else keepers.set(node, new Set([kind]));
  };
  const isHosting = database.first(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM repository_blobs) OR EXISTS (SELECT 1 FROM repository_manifests)
       OR EXISTS (SELECT 1 FROM deleted_manifests)`,
  );
  const roots = new Roots(database, { isExpiredGone: true });
  if (isHosting) for (const node of hostedOf(database, contents, roots.nowMs)) add(node, "repository");
  const own = ownRoots(database, contents).filter(
    ({ kind, name }) => kind !== "process" || !roots.deadLeases.has(name),
  );
  for (const { node, kind, isInside } of own) if (isInside) add(node, kind);
  // A manifest outside lives for one of these reasons only.
  if (isHosting || own.some(({ isInside }) => !isInside)) {
    for (const node of namedOutside(database, contents, { roots, keepers })) add(node, "repository");
  }
  return keepers;
}

function hostedOf(database: SqliteDatabase, contents: string, nowMs: number): SpaceNode[] {
  const rows = database.all<{ node: SpaceNode }>(
    `SELECT DISTINCT node FROM ${contents} c
     WHERE EXISTS (SELECT 1 FROM repository_blobs r WHERE r.digest = c.node)
       OR EXISTS (SELECT 1 FROM repository_manifests r WHERE r.digest = c.node)
       OR EXISTS (SELECT 1 FROM deleted_manifests r WHERE r.digest = c.node AND r.expires_at > ?)`,
    nowMs,
  );
  return rows.map(({ node }) => node);
}

/** Containers, the build cache and leases, with what each of them keeps, where that is among the images' or a manifest. */
function ownRoots(
  database: SqliteDatabase,
  contents: string,
): { node: SpaceNode; kind: KeeperKind; name: string; isInside: boolean }[] {
  const rows = database.all<{ node: SpaceNode; kind: KeeperKind; name: string; is_inside: number }>(
    `WITH own (node, kind, name) AS (
       SELECT image, 'container', '' FROM containers UNION SELECT digest, 'cache', '' FROM cache_blobs
       UNION SELECT key, 'process', lease FROM lease_keys)
     SELECT node, kind, name, EXISTS (SELECT 1 FROM ${contents} c WHERE c.node = own.node) AS is_inside FROM own
     WHERE is_inside OR EXISTS (SELECT 1 FROM manifests m WHERE m.digest = own.node)`,
  );
  return rows.map(({ is_inside, ...row }) => ({ ...row, isInside: is_inside === 1 }));
}

/** What is named by a manifest that no local image leads to, where that manifest lives. */
function namedOutside(
  database: SqliteDatabase,
  contents: string,
  { roots, keepers }: { roots: Roots; keepers: Keepers },
): Set<SpaceNode> {
  // What is below something that is kept needs no further reason.
  const kept = belowOf(database, [...keepers.keys()]);
  const parents = database.all<{ target: SpaceNode; source: Digest }>(
    `SELECT e.target, e.source FROM (SELECT DISTINCT node FROM ${contents}) c CROSS JOIN edges e ON e.target = c.node
     WHERE e.target NOT IN (SELECT value FROM json_each(?))
       AND NOT EXISTS (SELECT 1 FROM ${contents} inside WHERE inside.node = e.source)`,
    JSON.stringify([...kept]),
  );
  const isLive = new Map<Digest, boolean>();
  const named = new Set<SpaceNode>();
  for (const { target, source } of parents) {
    if (named.has(target)) continue;
    if (!isLive.has(source)) isLive.set(source, roots.of(source) !== undefined);
    if (isLive.get(source)) named.add(target);
  }
  return named;
}

/** diffIDs of a layer that no local image leads to: its index and its directory stay. */
function keptDiffIds(database: SqliteDatabase, contents: string): Digest[] {
  // Nearly always every layer is of an image, and unpacks to what no other does: then two counts say so, in a third of the time.
  const { all, inside } = database.first<{ all: number; inside: number }>(
    `SELECT (SELECT count(*) FROM layers) AS "all",
       (SELECT count(*) FROM (SELECT DISTINCT node FROM ${contents} WHERE node >= 'diff ' AND node < 'diff!')) AS inside`,
  )!;
  if (all === inside) return [];
  const rows = database.all<{ diff_id: Digest }>(
    `SELECT DISTINCT diff_id FROM layers l WHERE NOT EXISTS (SELECT 1 FROM ${contents} c WHERE c.node = l.blob)`,
  );
  return rows.map((row) => row.diff_id);
}

/** Inside a transaction. What the build cache leads to; `isAlone` what no image and nothing else keeps. */
export function readCached(
  database: SqliteDatabase,
  { contents }: SpaceTables,
): { node: SpaceNode; isAlone: boolean }[] {
  const roots = database.all<{ digest: Digest }>("SELECT DISTINCT digest FROM cache_blobs");
  if (roots.length === 0) return [];
  const nodes = belowOf(
    database,
    roots.map(({ digest }) => digest),
  );
  database.run("CREATE TEMP TABLE IF NOT EXISTS cache_contents (node TEXT PRIMARY KEY) WITHOUT ROWID");
  database.run("DELETE FROM cache_contents");
  database.run("INSERT INTO cache_contents SELECT value FROM json_each(?)", JSON.stringify([...nodes]));
  const keepers = [...keepersOf(database, "cache_contents")];
  const others = keepers.filter(([, kinds]) => kinds.size > 1 || !kinds.has("cache"));
  const kept = belowOf(
    database,
    others.map(([node]) => node),
  );
  for (const diffId of keptDiffIds(database, "cache_contents")) kept.add(`diff ${diffId}`);
  const inImages = database.all<{ node: SpaceNode }>(
    `SELECT node FROM cache_contents c WHERE EXISTS (SELECT 1 FROM ${contents} i WHERE i.node = c.node)`,
  );
  for (const { node } of inImages) kept.add(node);
  return [...nodes].map((node) => ({ node, isAlone: !kept.has(node) }));
}
