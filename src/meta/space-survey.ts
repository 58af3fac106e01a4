import type { Descriptor, Digest } from "../oci/mod.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** Everything that some local images lead to, of one moment. */
export interface ImageSurvey {
  readonly images: readonly Digest[];
  /** Manifests among it. */
  readonly manifests: ReadonlyMap<Digest, SurveyedManifest>;
  /** Layers among it, by blob. */
  readonly layers: ReadonlyMap<Digest, SurveyedLayer>;
  /** From a manifest to what it names, and from a subject to what refers to it. */
  readonly edges: readonly { readonly from: Digest; readonly to: Digest }[];
  /** Blobs among it that are here, or about to be, or about to go. */
  readonly noted: ReadonlySet<Digest>;
}

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

/** Inside a transaction. */
export function surveyImages(database: SqliteDatabase, images: readonly Digest[]): ImageSurvey {
  const edges = database.all<{ from: Digest; to: Digest }>(
    `WITH RECURSIVE reached (digest) AS (
       SELECT value FROM json_each(?) UNION SELECT e.target FROM reached r CROSS JOIN edges e ON e.source = r.digest)
     SELECT r.digest AS "from", e.target AS "to" FROM reached r CROSS JOIN edges e ON e.source = r.digest`,
    JSON.stringify(images),
  );
  const digests = new Set<Digest>(images);
  for (const { to } of edges) digests.add(to);
  const list = JSON.stringify([...digests]);
  return {
    images,
    manifests: manifestsOf(database, list),
    layers: layersOf(database, list),
    edges,
    noted: notedOf(database, list),
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

function notedOf(database: SqliteDatabase, list: string): Set<Digest> {
  const rows = database.all<{ digest: Digest }>(
    `SELECT b.digest FROM json_each(?) j CROSS JOIN blobs b ON b.digest = j.value`,
    list,
  );
  return new Set(rows.map(({ digest }) => digest));
}
