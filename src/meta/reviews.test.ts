import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { RepositoryTable } from "./meta.ts";
import { type AgingMeta, agingMeta } from "./testing/aging-meta.ts";
import { codeOf, digest, manifestRecord, removeImage, sorted } from "./testing/sample-records.ts";

const hourMs = 60 * 60 * 1000;
const grace = { graceMs: 24 * hourMs, limit: 1000 };
const untagged = { ...grace, untaggedAfterMs: 48 * hourMs };

let given: AgingMeta;
let repositories: RepositoryTable;
beforeEach(async () => {
  given = await agingMeta();
  repositories = given.meta.repositories;
});
afterEach(() => given[Symbol.asyncDispose]());

const link = (repository: string, ...names: string[]) =>
  Promise.all(
    names.map((name) =>
      repositories.linkBlob(repository, { digest: digest(name), sizeBytes: name.length * 100 }),
    ),
  );

/** A push as clients do it. */
async function push(
  repository: string,
  name: string,
  tags: string[],
  parts: { layers?: string[]; children?: string[]; subject?: string } = {},
) {
  await link(repository, ...(parts.layers ?? []));
  await repositories.putManifest(repository, manifestRecord(name, parts), tags);
}

/** One collection, carried out to the end. */
async function collect(options: typeof grace & { untaggedAfterMs?: number } = grace) {
  const done = await given.meta.reviews.collect(options);
  await given.meta.garbage.settle(done.blobs);
  return done.blobs.toSorted();
}

const has = async (repository: string, name: string) =>
  (await repositories.hasBlob(repository, digest(name))) !== undefined;
const hasManifest = async (repository: string, name: string) =>
  (await repositories.getManifest(repository, { digest: digest(name) })) !== undefined;
const reasons = async (options: object = {}) => {
  const { verdicts } = await given.meta.reviews.explain({ ...grace, ...options });
  return verdicts.map(({ review, decision, reason }) => `${review.kind} ${decision}: ${reason}`).toSorted();
};

describe("links", () => {
  test("a link whose manifest never came goes after the grace time, and its blob with it", async () => {
    await link("r", "a");
    given.elapse(23 * hourMs);
    expect(await collect()).toEqual([]);
    given.elapse(hourMs);
    expect(await collect()).toEqual(sorted("a"));
    expect(await has("r", "a")).toBe(false);
    expect(await repositories.exists("r")).toBe(false);
    expect(await given.meta.reviews.pending()).toEqual({ count: 0, manifests: 0 });
  });

  test("a blob stays where another repository has it", async () => {
    await link("r", "a");
    given.elapse(12 * hourMs);
    await link("q", "a");
    given.elapse(13 * hourMs);
    expect(await collect()).toEqual([]);
    expect([await has("r", "a"), await has("q", "a")]).toEqual([false, true]);
  });

  test("who is told that a blob is there has the grace time again", async () => {
    await link("r", "a", "b");
    given.elapse(20 * hourMs);
    expect(await given.other.repositories.touch("r", digest("a"))).toBeGreaterThan(Date.now());
    expect(await repositories.touch("q", digest("a"))).toBeUndefined();
    given.elapse(20 * hourMs);
    expect(await collect()).toEqual(sorted("b"));
    expect(await repositories.touch("r", digest("b"))).toBeUndefined();
    given.elapse(4 * hourMs);
    expect(await collect()).toEqual(sorted("a"));
  });

  test("touch() writes nothing for what a manifest uses, and seldom for what none does", async () => {
    await push("r", "m", ["v1"], { layers: ["a"] });
    expect(await repositories.touch("r", digest("a"))).toBe(Number.POSITIVE_INFINITY);
    expect(await repositories.touch("r", digest("m"))).toBe(Number.POSITIVE_INFINITY);
    await link("r", "b");
    const writes = () => given.rows.query("PRAGMA data_version").get();
    const before = writes();
    await repositories.touch("r", digest("b"));
    expect(writes()).toEqual(before);
    given.elapse(hourMs);
    const aged = writes();
    await repositories.touch("r", digest("b"));
    expect(writes()).not.toEqual(aged);
  });

  test("what a manifest names stays until it has been gone for the grace time", async () => {
    await push("r", "m", ["v1"], { layers: ["a"] });
    given.elapse(1000 * hourMs);
    expect(await collect(untagged)).toEqual([]);
    await repositories.deleteManifest("r", digest("m"));
    expect(await hasManifest("r", "m")).toBe(false);
    given.elapse(23 * hourMs);
    expect(await collect()).toEqual([]);
    expect(await has("r", "a")).toBe(true);
    given.elapse(hourMs);
    expect(await collect()).toEqual(sorted("a", "m"));
  });

  test("a blob that many manifests name elsewhere goes from the repository that does not use it", async () => {
    await link("r", "empty");
    for (let number = 0; number < 300; number++) {
      await repositories.putManifest("q", manifestRecord(`q${number}`, { config: "empty" }), []);
    }
    await push("used", "m", [], { layers: ["empty"] });
    await link("q", "empty");
    given.elapse(25 * hourMs);
    expect(await collect()).toEqual([]);
    expect([await has("r", "empty"), await has("q", "empty"), await has("used", "empty")]).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe("untagged manifests", () => {
  test("stay for ever without a policy, and go with one that comes later", async () => {
    await push("r", "m", [], { layers: ["a"] });
    given.elapse(1000 * hourMs);
    expect(await collect()).toEqual([]);
    expect(await given.meta.reviews.pending()).toEqual({ count: 0, manifests: 1 });
    expect(await collect(untagged)).toEqual(sorted("m"));
    expect(await has("r", "a")).toBe(true);
    given.elapse(24 * hourMs);
    expect(await collect(untagged)).toEqual(sorted("a"));
  });

  test("an index keeps its children, a subject its referrers, and these theirs", async () => {
    await push("r", "child", [], { layers: ["a"] });
    await push("r", "index", ["v1"], { children: ["child"] });
    await push("r", "sbom", [], { subject: "child", layers: ["s"] });
    await push("r", "signature", [], { subject: "sbom" });
    given.elapse(1000 * hourMs);
    expect(await collect(untagged)).toEqual([]);
    expect(await hasManifest("r", "signature")).toBe(true);
    await repositories.deleteTag("r", "v1");
    given.elapse(47 * hourMs);
    expect(await collect(untagged)).toEqual([]);
    given.elapse(hourMs);
    expect(await collect(untagged)).toEqual(sorted("index"));
    // Each of the others was in use until now: somebody may have been told that it is there.
    for (const names of [["child"], ["a", "sbom"], ["s", "signature"]]) {
      given.elapse(23 * hourMs);
      expect(await collect(untagged)).toEqual([]);
      given.elapse(hourMs);
      expect(await collect(untagged)).toEqual(sorted(...names));
    }
    expect(await repositories.exists("r")).toBe(false);
  });

  test("a client that was told that a layer is there has the grace time, also when its manifest goes at once", async () => {
    await push("r", "m", [], { layers: ["a"] });
    given.elapse(47 * hourMs);
    expect(await repositories.touch("r", digest("a"))).toBe(Number.POSITIVE_INFINITY);
    given.elapse(2 * hourMs);
    expect(await collect(untagged)).toEqual(sorted("m"));
    given.elapse(22 * hourMs);
    expect(await collect(untagged)).toEqual([]);
    await push("r", "n", ["v1"], { layers: [] });
    await repositories.putManifest("r", manifestRecord("o", { layers: ["a"] }), ["v2"]);
    given.elapse(100 * hourMs);
    expect(await collect(untagged)).toEqual([]);
  });

  test("an index that is still waited for keeps its children, however old they are", async () => {
    await push("r", "child", []);
    given.elapse(40 * hourMs);
    await push("r", "index", [], { children: ["child"] });
    given.elapse(20 * hourMs);
    expect(await collect(untagged)).toEqual([]);
    await repositories.putManifest("r", manifestRecord("index", { children: ["child"] }), ["v1"]);
    given.elapse(1000 * hourMs);
    expect(await collect(untagged)).toEqual([]);
    expect(await hasManifest("r", "child")).toBe(true);
  });

  test("a tag that moves leaves its manifest to the policy; a touch gives it time", async () => {
    await push("r", "one", ["latest"]);
    await push("r", "two", ["latest"]);
    given.elapse(40 * hourMs);
    await repositories.touch("r", digest("one"));
    given.elapse(40 * hourMs);
    expect(await collect(untagged)).toEqual([]);
    given.elapse(9 * hourMs);
    expect(await collect(untagged)).toEqual(sorted("one"));
  });

  test("an index that is its own child's referrer does not keep itself", async () => {
    await push("r", "child", []);
    await repositories.putManifest("r", manifestRecord("index", { children: ["child"], subject: "child" }), [
      "v1",
    ]);
    await repositories.deleteTag("r", "v1");
    given.elapse(49 * hourMs);
    expect(await collect(untagged)).toEqual([]);
    given.elapse(24 * hourMs);
    expect(await collect(untagged)).toEqual(sorted("child", "index"));
  });
});

describe("the collector", () => {
  test("takes no more than it is asked to at once", async () => {
    await link("r", ...Array.from({ length: 20 }, (_, index) => `blob ${index}`));
    given.elapse(25 * hourMs);
    const blobs: string[] = [];
    for (let steps = 0; ; steps++) {
      const step = await given.meta.reviews.collect({ ...grace, limit: 6 });
      expect(step.reviewed).toBeLessThanOrEqual(6);
      blobs.push(...step.blobs);
      await given.meta.garbage.settle(step.blobs);
      if (step.reviewed < 6) break;
      expect(steps).toBeLessThan(20);
    }
    expect(blobs).toHaveLength(20);
  });

  test("what could not be deleted comes back", async () => {
    await link("r", "a");
    given.elapse(25 * hourMs);
    const { blobs } = await given.meta.reviews.collect(grace);
    await given.meta.garbage.unclaim(blobs);
    expect(await collect()).toEqual([]);
    given.elapse(25 * hourMs);
    expect(await collect()).toEqual(sorted("a"));
  });

  test("two collectors never get the same blob", async () => {
    await link("r", "a", "b", "c");
    given.elapse(25 * hourMs);
    const [one, two] = await Promise.all([
      given.meta.reviews.collect(grace),
      given.other.reviews.collect(grace),
    ]);
    expect([...one.blobs, ...two.blobs].toSorted()).toEqual(sorted("a", "b", "c"));
  });

  test("what a lease holds is looked at again when it ends, also by time", async () => {
    await link("r", "a");
    const lease = await given.meta.leases.acquire({ purpose: "pull", ttlMs: 60_000 });
    await given.meta.leases.hold(lease, [digest("a")]);
    given.elapse(25 * hourMs);
    expect(await collect()).toEqual([]);
    expect(await has("r", "a")).toBe(false);
    expect(await given.meta.reviews.pending()).toMatchObject({ count: 0 });
    await given.meta.leases.renew(lease, -1);
    expect(await collect()).toEqual([]);
    given.elapse(25 * hourMs);
    expect(await collect()).toEqual(sorted("a"));
  });

  test("local images, containers and the build cache are looked at when they go", async () => {
    const { meta } = given;
    await meta.manifests.put(manifestRecord("i", { layers: ["l"] }));
    await meta.images.put({ target: digest("i"), names: ["h/a:1"] });
    await meta.cache.put({ key: "k", value: "", blobs: [digest("l")], sizeBytes: 1 });
    given.elapse(25 * hourMs);
    expect(await collect()).toEqual([]);
    await removeImage(meta, "i");
    given.elapse(25 * hourMs);
    expect(await collect()).toEqual(sorted("i"));
    await meta.cache.delete("k");
    given.elapse(25 * hourMs);
    expect(await collect()).toEqual(sorted("l"));
  });
});

describe("explain()", () => {
  test("says what will be done and why", async () => {
    await push("library/app", "m", ["v1"], { layers: ["a"] });
    await link("library/app", "loose");
    expect(await reasons()).toEqual([]);
    expect(await reasons({ everything: true })).toEqual(
      [
        "object keep: it is linked in library/app",
        "object keep: it is linked in library/app",
        "object keep: tag v1 of library/app points to it",
        expect.stringMatching(/^link wait: pushed: in its grace period until 20/),
      ].toSorted(),
    );
    given.elapse(25 * hourMs);
    expect(await reasons()).toEqual([
      "link remove: no manifest of library/app names it (pushed)",
      "object keep: it is linked in library/app",
      "object keep: tag v1 of library/app points to it",
      "object remove: nothing refers to it (new)",
      "repository keep: it is not empty",
    ]);
    expect(await collect()).toEqual(sorted("loose"));
  });

  test("goes page by page", async () => {
    await link("r", ...Array.from({ length: 9 }, (_, index) => `blob ${index}`));
    const seen = new Set<string>();
    const { reviews } = given.meta;
    for (let page = await reviews.explain({ ...grace, everything: true, limit: 4 }); ; ) {
      for (const { review } of page.verdicts) seen.add(`${review.kind} ${review.digest}`);
      if (page.next === undefined) break;
      page = await reviews.explain({ ...grace, everything: true, limit: 4, after: page.next });
    }
    expect(seen.size).toBe(18);
  });
});

describe("deleted tags", () => {
  const undo = { undoMs: 24 * hourMs };

  test("a deleted tag comes back, and what it keeps is not collected meanwhile", async () => {
    await push("r", "m", ["v1"], { layers: ["a"] });
    await repositories.deleteTag("r", "v1", undo);
    expect(await repositories.deletedTags("r")).toMatchObject([{ tag: "v1", digest: digest("m") }]);
    given.elapse(23 * hourMs);
    const impatient = { graceMs: 0, untaggedAfterMs: 0, limit: 1000 };
    expect(await collect(impatient)).toEqual([]);
    expect(await repositories.restoreTag("r", "v1")).toMatchObject({ tag: "v1", digest: digest("m") });
    expect((await repositories.getManifest("r", { tag: "v1" }))?.digest).toBe(digest("m"));
    expect(await repositories.deletedTags("r")).toEqual([]);
    given.elapse(1000 * hourMs);
    expect(await collect(impatient)).toEqual([]);
    expect(await has("r", "a")).toBe(true);
  });

  test("it expires, and then what it kept goes", async () => {
    await push("r", "m", ["v1"], { layers: ["a"] });
    await repositories.deleteManifest("r", digest("m"), undo);
    expect(await hasManifest("r", "m")).toBe(false);
    given.elapse(25 * hourMs);
    expect(await repositories.deletedTags()).toEqual([]);
    expect(await repositories.restoreTag("r", "v1")).toBeUndefined();
    expect((await given.meta.reviews.explain(grace)).verdicts.map((verdict) => verdict.decision)).toContain(
      "remove",
    );
    expect(await collect()).toEqual(sorted("m"));
    given.elapse(25 * hourMs);
    expect(await collect()).toEqual(sorted("a"));
  });

  test("an index deleted by digest comes back with children, referrers and links", async () => {
    await push("r", "child", [], { layers: ["a"] });
    await push("r", "index", ["v1", "v2"], { children: ["child"] });
    await push("r", "signature", [], { subject: "index", layers: ["s"] });
    await repositories.deleteManifest("r", digest("index"), undo);
    await repositories.deleteManifest("r", digest("child"), undo);
    await repositories.deleteManifest("r", digest("signature"));
    for (const name of ["index", "child", "signature"]) expect(await hasManifest("r", name)).toBe(false);
    given.elapse(23 * hourMs);
    expect(await collect({ graceMs: 0, untaggedAfterMs: 0, limit: 1000 })).toEqual([]);
    await repositories.restoreTag("r", "v2");
    for (const name of ["index", "child", "signature"]) expect(await hasManifest("r", name)).toBe(true);
    expect([await has("r", "a"), await has("r", "s")]).toEqual([true, true]);
    expect((await repositories.deletedTags("r")).map(({ tag }) => tag)).toEqual(["v1"]);
  });

  test("what was deleted before the tag stays deleted; what never was here does not come", async () => {
    await push("r", "m", ["v1"]);
    await push("r", "bad signature", [], { subject: "m" });
    await push("elsewhere", "private", [], { subject: "m", layers: ["secret"] });
    await repositories.deleteManifest("r", digest("bad signature"), undo);
    await Bun.sleep(2);
    await repositories.deleteManifest("r", digest("m"), undo);
    await repositories.restoreTag("r", "v1");
    expect(await hasManifest("r", "m")).toBe(true);
    expect(await hasManifest("r", "bad signature")).toBe(false);
    expect(await hasManifest("r", "private")).toBe(false);
    await repositories.putManifest(
      "thief",
      manifestRecord("x", { children: ["private"], layers: ["secret"] }),
      ["t"],
    );
    await repositories.deleteTag("thief", "t", undo);
    await repositories.restoreTag("thief", "t");
    expect(await hasManifest("thief", "private")).toBe(false);
    expect(await has("thief", "secret")).toBe(false);
  });

  test("a moved tag can be moved back, and forth; a chosen one by digest", async () => {
    for (const name of ["one", "two", "three"]) {
      await repositories.putManifest("r", manifestRecord(name), ["latest"], undo);
      await Bun.sleep(2);
    }
    expect((await repositories.deletedTags("r")).map((tag) => tag.digest)).toEqual([
      digest("two"),
      digest("one"),
    ]);
    await repositories.restoreTag("r", "latest", undo);
    expect((await repositories.getManifest("r", { tag: "latest" }))?.digest).toBe(digest("two"));
    await repositories.restoreTag("r", "latest", { ...undo, digest: digest("one") });
    expect((await repositories.getManifest("r", { tag: "latest" }))?.digest).toBe(digest("one"));
    expect((await repositories.deletedTags("r")).map((tag) => tag.digest).toSorted()).toEqual(
      sorted("two", "three"),
    );
    expect(await repositories.restoreTag("r", "latest", { digest: digest("four") })).toBeUndefined();
  });

  test("restoring does not move an immutable tag", async () => {
    await repositories.putManifest("r", manifestRecord("one"), ["v1"], undo);
    await repositories.putManifest("r", manifestRecord("two"), ["v1"], undo);
    expect(await codeOf(repositories.restoreTag("r", "v1", { isImmutable: () => true }))).toBe("denied");
    expect((await repositories.getManifest("r", { tag: "v1" }))?.digest).toBe(digest("two"));
  });
});
