import type { Digest } from "../oci/mod.ts";
import { endClaims } from "./claims.ts";
import { collect } from "./collect.ts";
import type { Patience } from "./finding.ts";
import { hostedOnly } from "./hosted-only.ts";
import { removeImage } from "./images.ts";
import type { RemovedNames } from "./meta.ts";
import type { Foreseen, Loss, Removal } from "./reviews.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

const nothing: Loss = { blobs: [], diffIds: [] };

/** Inside a rehearsal: removes, collects, and tells. */
export function foresee(
  database: SqliteDatabase,
  options: {
    patience: Patience;
    removals: readonly Removal[];
    diffIds: readonly Digest[];
    nowMs: number;
  },
): Foreseen {
  const already = collectAll(database, options);
  const removals = options.removals.map((removal) => {
    const outcome = remove(database, removal);
    // Names alone keep nothing.
    return { ...outcome, ...(outcome.isDeleted ? collectAll(database, options) : nothing) };
  });
  return { already, removals, hostedOnly: hostedOnly(database, options.diffIds) };
}

function remove(database: SqliteDatabase, removal: Removal): RemovedNames {
  if (removal.kind === "image") return removeImage(database, removal);
  const [table, column, value] =
    removal.kind === "container" ? ["containers", "id", removal.id] : ["cache", "key", removal.key];
  return { untagged: [], isDeleted: database.run(`DELETE FROM ${table} WHERE ${column} = ?`, value) > 0 };
}

function collectAll(database: SqliteDatabase, options: { patience: Patience; nowMs: number }): Loss {
  const blobs: Digest[] = [];
  const diffIds: Digest[] = [];
  const limit = 1000;
  for (;;) {
    const step = collect(database, { ...options, limit });
    blobs.push(...step.blobs);
    diffIds.push(...step.diffIds);
    // As if the bytes were gone: the next step looks at every claim there is.
    endClaims(database, step.blobs, { isRemoved: true });
    if (step.reviewed < limit) return { blobs, diffIds };
  }
}
