import type { Descriptor, Digest } from "../oci/mod.ts";
import { Roots } from "./roots.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** Everything that local images, the build cache and containers lead to, and what keeps it, of one moment. */
export interface Survey {
  readonly images: readonly Digest[];
  /** Blobs that the build cache names, each once. */
  readonly cached: readonly Digest[];
  /** Manifests among it. */
  readonly manifests: ReadonlyMap<Digest, SurveyedManifest>;
  /** Layers among it, by blob. */
  readonly layers: ReadonlyMap<Digest, SurveyedLayer>;
  /** From a manifest to what it names, and from a subject to what refers to it. */
  readonly edges: readonly { readonly from: Digest; readonly to: Digest }[];
  /** What something else than a local image keeps: a hosted repository, a container, the build cache, a running process. */
  readonly keepers: ReadonlyMap<Digest, ReadonlySet<KeeperKind>>;
  /** diffIDs of a layer that none of these leads to: its index and its directory stay. */
  readonly keptDiffIds: ReadonlySet<Digest>;
}

export type KeeperKind = "repository" | "container" | "cache" | "process";

export interface SurveyedManifest {
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly config?: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly children: readonly Descriptor[];
}

export interface SurveyedLayer {
  readonly diffId: Digest;
  readonly contentSizeBytes: number;
}

/** What accounting of space reads. */
export interface SpaceTable {
  /** Reads that once, however much else the store holds. */
  survey(): Promise<Survey>;
}

export function spaceTable(database: SqliteDatabase): SpaceTable {
  return {
    async survey() {
      return database.read(() => survey(database));
    },
  };
}

const reached = `WITH RECURSIVE reached (digest) AS (
  SELECT target FROM images UNION SELECT digest FROM cache_blobs UNION SELECT image FROM containers
  UNION SELECT e.target FROM reached r CROSS JOIN edges e ON e.source = r.digest)`;

function survey(database: SqliteDatabase): Survey {
  const images = database.all<{ target: Digest }>("SELECT target FROM images").map(({ target }) => target);
  const edges = database.all<{ from: Digest; to: Digest }>(
    `${reached} SELECT r.digest AS "from", e.target AS "to" FROM reached r CROSS JOIN edges e ON e.source = r.digest`,
  );
  const cached = database
    .all<{ digest: Digest }>("SELECT DISTINCT digest FROM cache_blobs")
    .map(({ digest }) => digest);
  const contained = database.all<{ image: Digest }>("SELECT DISTINCT image FROM containers");
  const digests = new Set<Digest>([...images, ...cached, ...contained.map(({ image }) => image)]);
  for (const { to } of edges) digests.add(to);
  const list = JSON.stringify([...digests]);
  const layers = layersOf(database, list);
  const keepers = directKeepers(database, list);
  addOutsideKeepers(database, { digests, edges, keepers });
  return {
    images,
    cached,
    manifests: manifestsOf(database, list),
    layers,
    edges,
    keepers,
    keptDiffIds: keptDiffIds(database, layers, list),
  };
}

function manifestsOf(database: SqliteDatabase, list: string): Map<Digest, SurveyedManifest> {
  const rows = database.all<{ digest: Digest; media_type: string; size: number; parts: string }>(
    `SELECT m.digest, m.media_type, m.size, m.parts FROM json_each(?) j CROSS JOIN manifests m ON m.digest = j.value`,
    list,
  );
  return new Map(
    rows.map(({ digest, media_type, size, parts }) => {
      const { config, layers, children } = JSON.parse(parts) as SurveyedManifest;
      return [
        digest,
        { mediaType: media_type, sizeBytes: size, ...(config && { config }), layers, children },
      ];
    }),
  );
}

function layersOf(database: SqliteDatabase, list: string): Map<Digest, SurveyedLayer> {
  const rows = database.all<{ blob: Digest; diff_id: Digest; content_size: number }>(
    `SELECT l.blob, l.diff_id, l.content_size FROM json_each(?) j CROSS JOIN layers l ON l.blob = j.value`,
    list,
  );
  return new Map(
    rows.map(({ blob, diff_id, content_size }) => [
      blob,
      { diffId: diff_id, contentSizeBytes: content_size },
    ]),
  );
}

type Keepers = Map<Digest, Set<KeeperKind>>;

/** The rows that keep a thing itself: see roots.ts, which asks the same of one thing at a time. */
function directKeepers(database: SqliteDatabase, list: string): Keepers {
  const roots = new Roots(database, { isExpiredGone: true });
  const keepers: Keepers = new Map();
  const rows = database.all<{ digest: Digest; kind: KeeperKind; name: string }>(
    `WITH wanted AS MATERIALIZED (SELECT value AS digest FROM json_each(?1))
     SELECT digest, 'repository' AS kind, '' AS name FROM wanted w
       WHERE EXISTS (SELECT 1 FROM repository_blobs r WHERE r.digest = w.digest)
         OR EXISTS (SELECT 1 FROM repository_manifests r WHERE r.digest = w.digest)
         OR EXISTS (SELECT 1 FROM deleted_manifests r WHERE r.digest = w.digest AND r.expires_at > ?2)
     UNION ALL SELECT w.digest, 'process', k.lease FROM wanted w CROSS JOIN lease_keys k ON k.key = w.digest
     UNION ALL SELECT w.digest, 'cache', '' FROM wanted w CROSS JOIN cache_blobs c ON c.digest = w.digest
     UNION ALL SELECT w.digest, 'container', '' FROM wanted w CROSS JOIN containers c ON c.image = w.digest`,
    list,
    roots.nowMs,
  );
  for (const { digest, kind, name } of rows) {
    if (kind === "process" && roots.deadLeases.has(name)) continue;
    addKeeper(keepers, digest, kind);
  }
  return keepers;
}

function addKeeper(keepers: Keepers, digest: Digest, kind: KeeperKind): void {
  const kinds = keepers.get(digest);
  if (kinds) kinds.add(kind);
  else keepers.set(digest, new Set([kind]));
}

/** What is named by a manifest that no local image leads to, where that manifest lives. */
function addOutsideKeepers(
  database: SqliteDatabase,
  found: { digests: ReadonlySet<Digest>; edges: Survey["edges"]; keepers: Keepers },
): void {
  const { digests, edges, keepers } = found;
  // What is below something that is kept needs no further reason.
  const isKept = new Set(keepers.keys());
  const below = Map.groupBy(edges, ({ from }) => from);
  for (const digest of isKept) for (const { to } of below.get(digest) ?? []) isKept.add(to);
  const others = [...digests].filter((digest) => !isKept.has(digest));
  const roots = new Roots(database, { isExpiredGone: true });
  const parents = database.all<{ target: Digest; source: Digest }>(
    `SELECT e.target, e.source FROM json_each(?1) j CROSS JOIN edges e ON e.target = j.value
     WHERE e.source NOT IN (SELECT value FROM json_each(?2))`,
    JSON.stringify(others),
    JSON.stringify([...digests]),
  );
  const isLive = new Map<Digest, boolean>();
  for (const { target, source } of parents) {
    if (keepers.has(target)) continue;
    if (!isLive.has(source)) isLive.set(source, roots.of(source) !== undefined);
    if (isLive.get(source)) addKeeper(keepers, target, "repository");
  }
}

function keptDiffIds(
  database: SqliteDatabase,
  layers: ReadonlyMap<Digest, SurveyedLayer>,
  list: string,
): Set<Digest> {
  const diffIds = JSON.stringify([...new Set([...layers.values()].map(({ diffId }) => diffId))]);
  const rows = database.all<{ diff_id: Digest }>(
    `SELECT DISTINCT l.diff_id FROM json_each(?1) j CROSS JOIN layers l ON l.diff_id = j.value
     WHERE l.blob NOT IN (SELECT value FROM json_each(?2))`,
    diffIds,
    list,
  );
  return new Set(rows.map((row) => row.diff_id));
}
