import type { SQLQueryBindings } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { imageTable } from "./images.ts";
import { layerTable } from "./layers.ts";
import { manifestTable } from "./manifests.ts";
import { repositoryTable } from "./repositories.ts";
import type { MeasuredImage, SpaceTable } from "./space.ts";
import { spaceTable } from "./space.ts";
import type { ImageSurvey } from "./space-survey.ts";
import { SqliteDatabase } from "./sqlite-database.ts";
import { digest, manifestRecord, removeImage } from "./testing/sample-records.ts";

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

let database: Recorded;
let space: SpaceTable;

beforeEach(async () => {
  database = new Recorded(":memory:", { readOnly: false });
  space = spaceTable(database);
  const manifests = manifestTable(database);
  for (const name of ["a", "b"]) {
    await manifests.put(
      manifestRecord(name, { config: `${name}-config`, layers: ["base", `${name}-layer`] }),
    );
  }
  await imageTable(database).put({ target: digest("a"), names: ["docker.io/library/a:latest"] });
});
afterEach(() => database.close());

/** Each thing takes a byte. */
function oneByteEach(survey: ImageSurvey): MeasuredImage[] {
  return survey.images.map((target) => ({
    isPassing: false,
    spaces: [
      {
        target,
        manifest: target,
        contents: [target, ...survey.edges.filter(({ from }) => from === target).map(({ to }) => to)].map(
          (node) => ({ node, storedBytes: 1, transferredBytes: 1, unpackedBytes: 0 }),
        ),
        chains: [],
      },
    ],
  }));
}

/** What had to be measured. */
async function measured(options = { isReadOnly: false, isPassing: false }): Promise<string[]> {
  const seen: string[] = [];
  await space.measure((survey) => {
    seen.push(...survey.images);
    return oneByteEach(survey).map((image) => ({ ...image, isPassing: options.isPassing }));
  }, options);
  return seen;
}

test("what local images lead to is surveyed, and of the rest only what keeps it is told", async () => {
  await space.measure(
    (survey) => {
      expect([...survey.manifests.keys()]).toEqual([digest("a")]);
      expect(survey.edges.map(({ to }) => to).sort()).toEqual(
        [digest("a-config"), digest("a-layer"), digest("base")].sort(),
      );
      return oneByteEach(survey);
    },
    { isReadOnly: false },
  );
  // b is nobody's: it keeps nothing.
  expect((await space.sharing([])).keepers).toEqual(new Map());
  await repositoryTable(database).putManifest(
    "r",
    manifestRecord("b", { config: "b-config", layers: ["base", "b-layer"] }),
    ["v1"],
  );
  const { keepers, kept, nodes } = await space.sharing([]);
  expect(keepers).toEqual(new Map([[digest("base"), new Set(["repository"])]]));
  expect(kept).toEqual(new Set([digest("base")]));
  expect(nodes.map(({ node, spaces }) => [node, spaces.length])).toEqual([[digest("base"), 1]]);
});

test("an image is measured once, and again when something that it leads to comes, goes or becomes known", async () => {
  expect(await measured()).toEqual([digest("a")]);
  expect(await measured()).toEqual([]);
  const manifests = manifestTable(database);
  await manifests.put(manifestRecord("other", { config: "other-config", layers: ["base"] }));
  expect(await measured()).toEqual([]);
  await manifests.put(manifestRecord("signature", { config: "c", layers: ["s"], subject: "a" }));
  expect(await measured()).toEqual([digest("a")]);
  const layer = { diffId: digest("tar"), tarSizeBytes: 1, contentSizeBytes: 1, sizeBytes: 1, mediaType: "" };
  await layerTable(database).put({ blob: digest("unrelated"), ...layer });
  expect(await measured()).toEqual([]);
  await layerTable(database).put({ blob: digest("base"), ...layer });
  expect(await measured()).toEqual([digest("a")]);
  database.run("INSERT INTO blobs VALUES (?)", digest("a-layer"));
  expect(await measured()).toEqual([digest("a")]);
  database.run("DELETE FROM blobs WHERE digest = ?", digest("a-layer"));
  expect(await measured()).toEqual([digest("a")]);
  await removeImage({ images: imageTable(database) }, "a");
  expect(await measured()).toEqual([]);
  expect(await space.spaces()).toEqual([]);
});

test("what is on its way, and what cannot be kept, counts now and is measured again the next time", async () => {
  await imageTable(database).put({ target: digest("b"), names: [] });
  await measured();
  await removeImage({ images: imageTable(database) }, "b");
  await imageTable(database).put({ target: digest("b"), names: [] });
  for (const options of [
    { isReadOnly: true, isPassing: false },
    { isReadOnly: false, isPassing: true },
  ]) {
    expect(await measured(options)).toEqual([digest("b")]);
    expect((await space.spaces()).map(({ target }) => target).sort()).toEqual(
      [digest("a"), digest("b")].sort(),
    );
    expect(await space.sums()).toMatchObject({ storedBytes: 7 });
    const { nodes } = await space.sharing([]);
    expect(nodes.map(({ node, spaces }) => [node, spaces.length])).toEqual([[digest("base"), 2]]);
  }
  expect(await measured()).toEqual([digest("b")]);
  expect(await measured()).toEqual([]);
});

test("a layer counts once for each stack it stands on", async () => {
  const images: Record<string, readonly [chain: string, sizeBytes: number][]> = {
    ab: [
      ["a", 100],
      ["a b", 20],
    ],
    ac: [
      ["a", 100],
      ["a c", 3],
    ],
    b: [["b", 20]],
    none: [],
  };
  for (const name of Object.keys(images)) {
    await manifestTable(database).put(manifestRecord(name, { config: `${name}-config` }));
    await imageTable(database).put({ target: digest(name), names: [] });
  }
  await space.measure(
    (survey) =>
      oneByteEach(survey).map(({ spaces: [whole] }) => {
        const name = Object.keys(images).find((each) => digest(each) === whole!.target);
        const chains = (images[name ?? "none"] ?? []).map(([chain, sizeBytes]) => ({
          chain: digest(chain),
          sizeBytes,
        }));
        return { isPassing: false, spaces: [{ ...whole!, config: digest(`${name}-config`), chains }] };
      }),
    { isReadOnly: false },
  );
  expect(await space.chainBytes()).toBe(100 + 20 + 3 + 20);
  const chains = await space.chains([digest("ab-config"), digest("none-config")]);
  expect(Object.fromEntries(chains)).toEqual({
    [digest("ab-config")]: [
      { chain: digest("a"), sizeBytes: 100, isShared: true },
      { chain: digest("a b"), sizeBytes: 20, isShared: false },
    ].sort((a, b) => (a.chain < b.chain ? -1 : 1)),
  });
});

test("no table that grows with what is hosted is walked over", async () => {
  await repositoryTable(database).putManifest("r", manifestRecord("b", { config: "b-config" }), ["v1"]);
  database.run("INSERT INTO cache VALUES ('k', '', 1, 0, 0, 0)");
  database.run("INSERT INTO cache_blobs VALUES ('k', ?, 0)", digest("base"));
  database.seen.length = 0;
  await measured();
  await space.spaces();
  await space.sharing([]);
  await space.cached();
  await space.chains([digest("a-config")]);
  const walks = database.plans().filter((line) => /^SCAN /.test(line));
  expect(walks.length).toBeGreaterThan(0);
  for (const line of walks) {
    // Local images and what was found of them, containers, leases, the cache, layers of these, and what was reached from them.
    expect(line).toMatch(
      /^SCAN (images|image_\w+|containers|leases|lease_keys|cache_\w+|layers|l|reached|r|below|b|c|e|s|j|own|inside|json_each|\(subquery-?\d+\)|CONSTANT ROW|\d+ CONSTANT ROWS?)\b/,
    );
  }
});
