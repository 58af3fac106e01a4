import { Database } from "bun:sqlite";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Meta } from "../meta.ts";
import { openSqliteMeta } from "../sqlite-meta.ts";

/** A database in a file, on which time passes when the test says so. */
export interface AgingMeta extends AsyncDisposable {
  readonly meta: Meta;
  /** Another opener of the same file. */
  readonly other: Meta;
  /** For looking at rows. */
  readonly rows: Database;
  /** Makes everything older by this much, as if the time had passed. */
  elapse(ms: number): void;
}

const times = {
  reviews: ["since"],
  deleted_tags: ["deleted_at", "expires_at"],
  deleted_manifests: ["deleted_at", "expires_at"],
};

export async function agingMeta(): Promise<AgingMeta> {
  const directory = await mkdtemp(join(tmpdir(), "kasane-aging-"));
  const path = join(directory, "meta.db");
  const [meta, other] = [openSqliteMeta(path), openSqliteMeta(path)];
  const rows = new Database(path);
  rows.run("PRAGMA busy_timeout = 10000");
  rows.run("PRAGMA synchronous = OFF");
  return {
    meta,
    other,
    rows,
    elapse(ms) {
      for (const [table, columns] of Object.entries(times)) {
        rows.run(
          `UPDATE ${table} SET ${columns.map((column) => `${column} = ${column} - ${ms}`).join(", ")}`,
        );
      }
    },
    async [Symbol.asyncDispose]() {
      rows.close();
      await meta.close();
      await other.close();
      await rm(directory, { recursive: true });
    },
  };
}
