import type { Digest, Platform } from "../oci/mod.ts";
import type { SpaceTables } from "./measured-spaces.ts";
import type { ChainRecord, SpaceRecord, SpaceSums } from "./space.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

interface SpaceRow {
  readonly id: number;
  readonly target: Digest;
  /** Null for the target itself. */
  readonly manifest: Digest | null;
  readonly config: Digest | null;
  readonly platform: string | null;
  readonly transferred: number;
  readonly stored: number;
  readonly unpacked: number;
}

export function readSpaces(database: SqliteDatabase, { spaces }: SpaceTables): SpaceRecord[] {
  // Ids count upwards within an image.
  const rows = database.all<SpaceRow>(
    `SELECT id, target, nullif(manifest, target) AS manifest, config, platform, transferred, stored, unpacked FROM ${spaces} ORDER BY id`,
  );
  return rows.map((row) => ({
    id: row.id,
    target: row.target,
    manifest: row.manifest ?? row.target,
    config: row.config ?? undefined,
    platform: row.platform === null ? undefined : (JSON.parse(row.platform) as Platform),
    transferredBytes: row.transferred,
    storedBytes: row.stored,
    unpackedBytes: row.unpacked,
  }));
}

export function readSums(database: SqliteDatabase, { contents }: SpaceTables): SpaceSums {
  return database.first<SpaceSums & Record<string, number>>(
    `SELECT coalesce(sum(transferred), 0) AS transferredBytes, coalesce(sum(stored), 0) AS storedBytes,
       coalesce(sum(unpacked), 0) AS unpackedBytes
     FROM (SELECT max(transferred) AS transferred, max(stored) AS stored, max(unpacked) AS unpacked
       FROM ${contents} GROUP BY node)`,
  )!;
}

export function readChains(
  database: SqliteDatabase,
  { spaces, chains }: SpaceTables,
  ids: readonly Digest[],
): Map<Digest, ChainRecord[]> {
  const rows = database.all<{ config: Digest; chain: Digest; size: number; is_shared: number }>(
    `SELECT DISTINCT s.config, c.chain, c.size, EXISTS (
       SELECT 1 FROM ${chains} other JOIN ${spaces} o ON o.id = other.space
       WHERE other.chain = c.chain AND o.config <> s.config) AS is_shared
     FROM ${spaces} s JOIN ${chains} c ON c.space = s.id WHERE s.config IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  );
  const byId = new Map<Digest, ChainRecord[]>();
  for (const { config, chain, size, is_shared } of rows) {
    const record = { chain, sizeBytes: size, isShared: is_shared === 1 };
    const known = byId.get(config);
    if (known) known.push(record);
    else byId.set(config, [record]);
  }
  return byId;
}
