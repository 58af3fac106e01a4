import type { Digest } from "../oci/mod.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** Who loses something when a blob or manifest is lost. */
export interface Users {
  readonly repositories: readonly { readonly repository: string; readonly tags: readonly string[] }[];
  /** Names of local images; an image without a name by its digest. */
  readonly images: readonly string[];
}

/** Manifests above a digest. The edge from a subject to its referrer is no reference of the subject's. */
const above = `WITH RECURSIVE above (digest) AS (
  SELECT ?1 UNION SELECT edges.source FROM above JOIN edges ON edges.target = above.digest AND edges.source = edges.manifest)`;

/** Whoever reaches the blob or manifest, directly or through what is above it. */
export function usersOf(database: SqliteDatabase, digest: Digest): Users {
  const manifests = database.all<{ repository: string; tags: string }>(
    `${above} SELECT m.repository AS repository,
       json_group_array(t.tag ORDER BY t.tag) FILTER (WHERE t.tag IS NOT NULL) AS tags
     FROM repository_manifests m LEFT JOIN repository_tags t ON t.repository = m.repository AND t.digest = m.digest
     WHERE m.digest IN (SELECT digest FROM above) GROUP BY m.repository`,
    digest,
  );
  const tagsOf = new Map(manifests.map((row) => [row.repository, JSON.parse(row.tags) as string[]]));
  const linking = database.all<{ repository: string }>(
    "SELECT repository FROM repository_blobs WHERE digest = ?",
    digest,
  );
  for (const { repository } of linking) if (!tagsOf.has(repository)) tagsOf.set(repository, []);
  const images = database.all<{ name: string }>(
    `${above} SELECT coalesce(n.name, i.target) AS name FROM images i LEFT JOIN image_names n ON n.target = i.target
     WHERE i.target IN (SELECT digest FROM above) ORDER BY name`,
    digest,
  );
  return {
    repositories: [...tagsOf]
      .map(([repository, tags]) => ({ repository, tags }))
      .sort((a, b) => (a.repository < b.repository ? -1 : 1)),
    images: images.map((row) => row.name),
  };
}
