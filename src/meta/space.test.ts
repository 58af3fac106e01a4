import type { SQLQueryBindings } from "bun:sqlite";
import { expect, test } from "bun:test";
import { imageTable } from "./images.ts";
import { manifestTable } from "./manifests.ts";
import { repositoryTable } from "./repositories.ts";
import { spaceTable } from "./space.ts";
import { SqliteDatabase } from "./sqlite-database.ts";
import { digest, manifestRecord } from "./testing/sample-records.ts";

class Recorded extends SqliteDatabase {
  readonly seen: { sql: string; values: SQLQueryBindings[] }[] = [];

  override all<T>(sql: string, ...values: SQLQueryBindings[]): T[] {
    this.seen.push({ sql, values });
    return super.all<T>(sql, ...values);
  }

  plans(): string[] {
    return this.seen.flatMap(({ sql, values }) =>
      super.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(({ detail }) => detail),
    );
  }
}

async function storeOfTwo(database: SqliteDatabase): Promise<void> {
  const manifests = manifestTable(database);
  for (const name of ["a", "b"]) {
    await manifests.put(
      manifestRecord(name, { config: `${name}-config`, layers: ["base", `${name}-layer`] }),
    );
  }
  await imageTable(database).put({ target: digest("a"), names: ["docker.io/library/a:latest"] });
}

test("survey() reads what local images lead to, and of the rest only what keeps it", async () => {
  const database = new Recorded(":memory:", { readOnly: false });
  await storeOfTwo(database);
  const { manifests, edges, keepers } = await spaceTable(database).survey();
  expect([...manifests.keys()]).toEqual([digest("a")]);
  expect(edges.map(({ to }) => to).sort()).toEqual(
    [digest("a-config"), digest("a-layer"), digest("base")].sort(),
  );
  // b is nobody's: it keeps nothing.
  expect(keepers).toEqual(new Map());
  await repositoryTable(database).putManifest(
    "r",
    manifestRecord("b", { config: "b-config", layers: ["base", "b-layer"] }),
    ["v1"],
  );
  const hosted = await spaceTable(database).survey();
  expect(hosted.keepers).toEqual(new Map([[digest("base"), new Set(["repository"])]]));
  await database.close();
});

test("no table that grows with what is hosted is walked over", async () => {
  const database = new Recorded(":memory:", { readOnly: false });
  await storeOfTwo(database);
  database.seen.length = 0;
  await spaceTable(database).survey();
  const walks = database.plans().filter((line) => /^SCAN /.test(line));
  expect(walks.length).toBeGreaterThan(0);
  for (const line of walks) {
    // Local images, containers, leases and the cache, and what was reached from them.
    expect(line).toMatch(/^SCAN (images|containers|leases|cache_blobs|reached|r|w|j|json_each|wanted)\b/);
  }
  await database.close();
});
