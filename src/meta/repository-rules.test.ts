import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Meta, RepositoryTable } from "./meta.ts";
import { storeSchema } from "./schema/store.ts";
import { openSqliteMeta } from "./sqlite-meta.ts";
import { codeOf, digest, manifestRecord, sorted } from "./testing/sample-records.ts";

let meta: Meta;
let repositories: RepositoryTable;
beforeEach(() => {
  meta = openSqliteMeta(":memory:");
  repositories = meta.repositories;
});
afterEach(() => meta.close());

const blob = (name: string, sizeBytes: number) => ({ digest: digest(name), sizeBytes });
const usage = async (repository: string) => {
  const { repositoryBytes, totalBytes } = await repositories.usage(repository);
  return [repositoryBytes, totalBytes];
};

describe("usage() and quotas", () => {
  test("each blob counts once in its repository, and once in all of them", async () => {
    expect(await usage("r")).toEqual([0, 0]);
    await repositories.linkBlob("r", blob("a", 100));
    await repositories.linkBlob("r", blob("a", 100));
    await repositories.linkBlob("q", blob("a", 100));
    await repositories.linkBlob("q", blob("b", 10));
    await repositories.putManifest("r", manifestRecord("m"), ["1", "2"]);
    await repositories.putManifest("q", manifestRecord("m"), []);
    expect(await usage("r")).toEqual([101, 111]);
    expect(await usage("q")).toEqual([111, 111]);
    await repositories.unlinkBlob("q", digest("a"));
    expect(await usage("q")).toEqual([11, 111]);
    await repositories.unlinkBlob("r", digest("a"));
    await repositories.deleteManifest("r", digest("m"));
    expect(await usage("r")).toEqual([0, 11]);
    await repositories.deleteManifest("q", digest("m"));
    await repositories.unlinkBlob("q", digest("b"));
    expect(await usage("q")).toEqual([0, 0]);
  });

  test("what only a deleted manifest names does not count, until something names it again", async () => {
    for (const name of ["a", "shared"]) await repositories.linkBlob("r", blob(name, 100));
    const one = manifestRecord("1", { layers: ["a", "shared"] });
    await repositories.putManifest("r", one, ["v1"]);
    await repositories.putManifest("r", manifestRecord("2", { layers: ["shared"] }), ["v2"]);
    expect(await usage("r")).toEqual([202, 202]);
    await repositories.deleteManifest("r", one.digest, { undoMs: 60_000 });
    expect(await usage("r")).toEqual([101, 101]);
    await repositories.restoreTag("r", "v1");
    expect(await usage("r")).toEqual([202, 202]);
    await repositories.deleteManifest("r", one.digest);
    await repositories.linkBlob("r", blob("a", 100));
    expect(await usage("r")).toEqual([201, 201]);
  });

  test("a push over the quota is refused as a whole, and says what is used", async () => {
    const quota = { repositoryBytes: 150 };
    await repositories.linkBlob("r", blob("a", 100), { quota });
    await expect(repositories.linkBlob("r", blob("b", 51), { quota })).rejects.toMatchObject({
      code: "denied",
      message: expect.stringMatching(/51 bytes to r: its quota is 150 bytes, and 100 are in use/),
    });
    expect(await repositories.hasBlob("r", digest("b"))).toBeUndefined();
    await repositories.linkBlob("r", blob("b", 50), { quota });
    expect(await codeOf(repositories.putManifest("r", manifestRecord("m"), ["t"], { quota }))).toBe("denied");
    expect(await repositories.listTags("r", { limit: 1 })).toEqual([]);
    // What adds nothing is taken, however full it is.
    await repositories.linkBlob("r", blob("b", 50), { quota: { repositoryBytes: 1 } });
  });

  test("a total counts what is hosted once: a mount of it is free", async () => {
    const quota = { totalBytes: 100 };
    await repositories.linkBlob("r", blob("a", 100), { quota });
    await repositories.linkBlob("q", blob("a", 100), { quota });
    expect(await codeOf(repositories.linkBlob("q", blob("b", 1), { quota }))).toBe("denied");
  });

  test("checkRoom() tells beforehand what linkBlob() would, and changes nothing", async () => {
    const quota = { repositoryBytes: 150, totalBytes: 220 };
    await repositories.linkBlob("r", blob("a", 100));
    await repositories.linkBlob("q", blob("b", 100));
    const code = (repository: string, name: string, size: number) =>
      codeOf(repositories.checkRoom(repository, blob(name, size), { quota }));
    expect(await code("r", "c", 51)).toBe("denied");
    expect(await code("r", "c", 21)).toBe("denied");
    expect(await code("r", "c", 20)).toBe("no error");
    expect(await code("r", "a", 100)).toBe("no error");
    expect(await code("q", "a", 100)).toBe("denied");
    expect(await code("s", "a", 100)).toBe("no error");
    expect(await usage("r")).toEqual([100, 200]);
  });

  test("one refused push among many at once leaves the others", async () => {
    const quota = { repositoryBytes: 100 };
    const pushes = Array.from({ length: 30 }, (_, index) =>
      codeOf(repositories.linkBlob(`r${index % 3}`, blob(`b${index}`, 30), { quota })),
    );
    const codes = await Promise.all(pushes);
    expect(codes.filter((code) => code === "no error")).toHaveLength(9);
    expect(await usage("r0")).toEqual([90, 270]);
  });
});

describe("immutable tags", () => {
  const options = { isImmutable: (tag: string) => tag.startsWith("v") };

  test("neither move nor go; the same again is fine, and so are others", async () => {
    const [one, two] = [manifestRecord("one"), manifestRecord("two")];
    await repositories.putManifest("r", one, ["v1", "latest"], options);
    await repositories.putManifest("r", one, ["v1"], options);
    expect(await codeOf(repositories.putManifest("r", two, ["new", "v1"], options))).toBe("denied");
    expect(await repositories.getManifest("r", { digest: two.digest })).toBeUndefined();
    await repositories.putManifest("r", two, ["latest"], options);
    expect(await codeOf(repositories.deleteTag("r", "v1", options))).toBe("denied");
    expect(await codeOf(repositories.deleteManifest("r", one.digest, options))).toBe("denied");
    expect(await repositories.deleteTag("r", "v2", options)).toBe(false);
    expect(await repositories.deleteManifest("r", two.digest, options)).toEqual({ tags: ["latest"] });
    expect(await repositories.listTags("r", { limit: 9 })).toEqual(["v1"]);
  });

  test("what they name stays with them, at any depth: images of an index, layers, configs", async () => {
    const image = manifestRecord("image", { config: "config", layers: ["layer"] });
    const index = manifestRecord("index", { children: ["image"] });
    const signature = manifestRecord("signature", { subject: "index", layers: ["signed"] });
    for (const repository of ["r", "q"]) {
      for (const name of ["config", "layer", "signed", "loose"]) {
        await repositories.linkBlob(repository, blob(name, 1));
      }
      await repositories.putManifest(repository, image, ["latest"], options);
      await repositories.putManifest(repository, index, [repository === "r" ? "v1" : "dev"], options);
      await repositories.putManifest(repository, signature, [], options);
    }
    expect(await codeOf(repositories.deleteManifest("r", image.digest, options))).toBe("denied");
    expect(await codeOf(repositories.unlinkBlob("r", digest("layer"), options))).toBe("denied");
    expect(await codeOf(repositories.unlinkBlob("r", digest("config"), options))).toBe("denied");
    expect(await repositories.hasBlob("r", digest("layer"))).toBeDefined();
    expect(await repositories.deleteTag("r", "latest", options)).toBe(true);
    expect(await repositories.deleteManifest("r", signature.digest, options)).toEqual({ tags: [] });
    expect(await repositories.unlinkBlob("r", digest("signed"), options)).toBe(true);
    expect(await repositories.unlinkBlob("r", digest("loose"), options)).toBe(true);
    // Another repository's tags are its own.
    expect(await repositories.unlinkBlob("q", digest("layer"), options)).toBe(true);
    expect(await repositories.deleteManifest("q", image.digest, options)).toEqual({ tags: ["latest"] });
  });

  test("deleteTag() with a digest takes the tag only while it points there", async () => {
    await repositories.putManifest("r", manifestRecord("one"), ["t"]);
    expect(await repositories.deleteTag("r", "t", { digest: digest("two") })).toBe(false);
    expect(await repositories.deleteTag("r", "t", { digest: digest("one") })).toBe(true);
  });
});

describe("tagDetails() and notePulls()", () => {
  test("tags with their times, by name, page by page", async () => {
    await repositories.putManifest("r", manifestRecord("one"), ["b", "a"]);
    await repositories.putManifest("r", manifestRecord("two", { children: [] }), ["c"]);
    const [a] = await repositories.tagDetails("r", { limit: 1 });
    expect(a).toMatchObject({ tag: "a", digest: digest("one"), mediaType: manifestRecord("one").mediaType });
    expect(a!.taggedAtMs).toBeWithin(Date.now() - 10_000, Date.now() + 1);
    expect(a).not.toHaveProperty("pulledAtMs");
    const rest = await repositories.tagDetails("r", { after: "a", limit: 10 });
    expect(rest.map(({ tag }) => tag)).toEqual(["b", "c"]);
  });

  test("the latest pull stays, whoever notes it when; a pull by digest counts for the tags that point there", async () => {
    await repositories.putManifest("r", manifestRecord("one"), ["a", "b"]);
    await repositories.putManifest("r", manifestRecord("two"), ["c"]);
    const pull = (name: string, atMs: number, tag?: string) => ({
      repository: "r",
      digest: digest(name),
      atMs,
      ...(tag !== undefined && { tag }),
    });
    await repositories.notePulls([pull("two", 500, "c"), pull("two", 700, "c"), pull("gone", 900, "x")]);
    await repositories.notePulls([pull("two", 600, "c"), pull("one", 100)]);
    await repositories.notePulls([]);
    const times = async () =>
      (await repositories.tagDetails("r", { limit: 9 })).map(({ tag, pulledAtMs }) => [tag, pulledAtMs]);
    expect(await times()).toEqual([
      ["a", 100],
      ["b", 100],
      ["c", 700],
    ]);
    await repositories.putManifest("r", manifestRecord("three"), ["c"]);
    expect((await times())[2]).toEqual(["c", 700]);
  });
});

test("what a database of version 1 had is counted and looked at once", async () => {
  await using directory = {
    path: await mkdtemp(join(tmpdir(), "kasane-migrate-")),
    async [Symbol.asyncDispose]() {
      await rm(this.path, { recursive: true });
    },
  };
  const path = join(directory.path, "meta.db");
  const old = new Database(path);
  old.run(storeSchema);
  const [m, a] = [digest("m"), digest("a")];
  const [loose, stray] = [digest("loose"), digest("stray")];
  old.run("INSERT INTO blobs VALUES (?), (?), (?), (?)", [m, a, loose, stray]);
  old.run("INSERT INTO repositories VALUES ('q'), ('r')");
  old.run("INSERT INTO manifests (digest, media_type, size, parts, bytes) VALUES (?, 'x', 7, '{}', x'00')", [
    m,
  ]);
  old.run("INSERT INTO edges VALUES (?1, ?2, ?1)", [m, a]);
  old.run("INSERT INTO repository_blobs VALUES ('r', ?1, 100, 0), ('q', ?1, 100, 0), ('r', ?2, 10, 0)", [
    a,
    loose,
  ]);
  old.run("INSERT INTO repository_manifests VALUES ('r', ?, 0)", [m]);
  old.run("INSERT INTO repository_tags VALUES ('r', 'v1', ?, 0)", [m]);
  old.run("PRAGMA user_version = 1");
  old.close();

  const migrated = openSqliteMeta(path);
  expect(await migrated.repositories.usage("r")).toEqual({ repositoryBytes: 117, totalBytes: 117 });
  expect(await migrated.repositories.usage("q")).toEqual({ repositoryBytes: 100, totalBytes: 117 });
  const { blobs } = await migrated.reviews.collect({ graceMs: 0, untaggedAfterMs: 0, limit: 100 });
  expect(blobs.toSorted()).toEqual(sorted("loose", "stray"));
  expect(await migrated.repositories.list({ limit: 9 })).toEqual(["r"]);
  expect(await migrated.repositories.usage("r")).toEqual({ repositoryBytes: 107, totalBytes: 107 });
  await migrated.close();
});
