import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ManifestRecord, Meta } from "./meta.ts";
import { digest, type MetaFixture, manifestRecord } from "./testing/sample-records.ts";

/** Every claim of upstreams.ts, for any implementation. */
export function describeUpstreams(name: string, open: () => Promise<MetaFixture>): void {
  describe(name, () => {
    let fixture: MetaFixture;
    let meta: Meta;
    beforeEach(async () => {
      fixture = await open();
      meta = fixture.meta;
    });
    afterEach(async () => {
      await meta.close();
      await fixture.dispose();
    });

    const repository = "hub/library/app";
    const one = manifestRecord("one", { config: "cfg", layers: ["layer"] });
    const two = manifestRecord("two", { config: "cfg" });
    const mirror = (record: ManifestRecord, tag?: string, atMs = 1000) =>
      meta.upstreams.putManifest(repository, record, { atMs, ...(tag !== undefined && { tag }) });
    const push = (record: ManifestRecord, ...tags: string[]) =>
      meta.repositories.putManifest(repository, record, tags);
    const tag = (name: string) => meta.upstreams.getTag(repository, name);
    const has = async (record: ManifestRecord) =>
      (await meta.repositories.getManifest(repository, { digest: record.digest })) !== undefined;
    const unused = (beforeMs = 10_000) => meta.upstreams.unused(beforeMs, { limit: 100 });

    test("a mirrored manifest and tag are read like any other", async () => {
      expect(await tag("v1")).toBeUndefined();
      expect(await mirror(one, "v1")).toBe(true);
      expect(await tag("v1")).toEqual({ digest: one.digest, checkedAtMs: 1000 });
      expect((await meta.repositories.getManifest(repository, { tag: "v1" }))?.digest).toBe(one.digest);
      expect(await meta.repositories.list({ limit: 10 })).toEqual([repository]);
      expect(await meta.upstreams.hasManifest(repository, one.digest)).toBe(true);
      expect(await meta.upstreams.hasManifest("other", one.digest)).toBe(false);
    });

    test("a mirrored tag moves with the upstream, and stays fresh when it does not", async () => {
      await mirror(one, "v1");
      expect(await mirror(two, "v1", 2000)).toBe(true);
      expect(await tag("v1")).toEqual({ digest: two.digest, checkedAtMs: 2000 });
      await meta.upstreams.noteChecked(repository, "v1", 3000);
      await meta.upstreams.noteChecked(repository, "v1", 2500);
      expect(await tag("v1")).toEqual({ digest: two.digest, checkedAtMs: 3000 });
      expect(await meta.upstreams.putTag(repository, "v1", { digest: one.digest, atMs: 4000 })).toBe(true);
      expect(await tag("v1")).toEqual({ digest: one.digest, checkedAtMs: 4000 });
      const absent = { digest: digest("absent"), atMs: 5000 };
      expect(await meta.upstreams.putTag(repository, "v1", absent)).toBe(false);
    });

    test("a tag that was pushed here is never moved by the upstream, not even with the same digest", async () => {
      await push(one, "ours");
      await mirror(one, "both");
      await push(one, "both");
      await mirror(one, "moved");
      await push(two, "moved");
      for (const name of ["ours", "both", "moved"]) {
        const before = await tag(name);
        expect(before).toEqual({ digest: name === "moved" ? two.digest : one.digest });
        expect(await mirror(manifestRecord("three"), name)).toBe(false);
        expect(await meta.upstreams.putTag(repository, name, { digest: one.digest, atMs: 1 })).toBe(false);
        await meta.upstreams.noteChecked(repository, name, 9000);
        expect(await tag(name)).toEqual(before);
      }
    });

    test("a tag that was deleted comes back from the upstream", async () => {
      await push(one, "v1");
      await meta.repositories.deleteTag(repository, "v1");
      expect(await mirror(two, "v1")).toBe(true);
      await meta.repositories.deleteTag(repository, "v1");
      expect(await tag("v1")).toBeUndefined();
      await mirror(two, "v1");
      await meta.repositories.deleteManifest(repository, two.digest);
      expect(await tag("v1")).toBeUndefined();
      expect(await unused()).toMatchObject([]);
    });

    test("blobSize() is what the repository's manifests say", async () => {
      await mirror(one);
      expect(await meta.upstreams.blobSize(repository, digest("layer"))).toBe(5);
      expect(await meta.upstreams.blobSize(repository, digest("cfg"))).toBe(3);
      expect(await meta.upstreams.blobSize(repository, one.digest)).toBeUndefined();
      expect(await meta.upstreams.blobSize("other", digest("layer"))).toBeUndefined();
    });

    test("what nobody uses is found, longest unused first, and dropped with its tags", async () => {
      await mirror(one, "v1", 1000);
      await mirror(two, "v2", 2000);
      await push(manifestRecord("ours"), "ours");
      await meta.upstreams.noteUses([
        { repository, reference: { tag: "v1" }, atMs: 5000 },
        { repository, reference: { digest: digest("ours") }, atMs: 5000 },
      ]);
      expect((await unused()).map(({ usedAtMs }) => usedAtMs)).toEqual([2000, 5000]);
      const [first] = await unused(3000);
      expect(first).toEqual({ repository, digest: two.digest, usedAtMs: 2000 });
      expect(await meta.upstreams.unused(10_000, { after: first, limit: 1 })).toMatchObject([
        { digest: one.digest },
      ]);
      expect(await meta.upstreams.drop(first!)).toBe(true);
      expect(await meta.upstreams.drop(first!)).toBe(false);
      expect(await tag("v2")).toBeUndefined();
      expect(await has(two)).toBe(false);
      expect(await has(one)).toBe(true);
    });

    test("what is used meanwhile, tagged or needed by ours, or refers to what is there, stays", async () => {
      const child = manifestRecord("child");
      const signature = manifestRecord("signature", { subject: "one" });
      await mirror(child);
      await push(manifestRecord("our index", { children: ["child"] }), "index");
      await mirror(one, "v1");
      await mirror(signature);
      const [used] = (await unused()).filter((found) => found.digest === one.digest);
      await meta.upstreams.noteUses([{ repository, reference: { digest: one.digest }, atMs: 1500 }]);
      expect(await meta.upstreams.drop(used!)).toBe(false);
      const drop = async (record: ManifestRecord) => {
        const found = (await unused()).find((each) => each.digest === record.digest);
        return found !== undefined && (await meta.upstreams.drop(found));
      };
      expect(await drop(child)).toBe(false);
      expect(await drop(signature)).toBe(false);
      expect(await drop(one)).toBe(true);
      expect(await drop(signature)).toBe(true);
      await mirror(two, "v2");
      await push(two, "ours");
      expect(await drop(two)).toBe(false);
      expect(await has(two)).toBe(true);
    });

    test("what an immutable tag names stays, with all below it", async () => {
      const [child, index] = [manifestRecord("child"), manifestRecord("index", { children: ["child"] })];
      await mirror(index, "v1");
      await mirror(child);
      await mirror(two, "dev");
      const isImmutable = (name: string) => name.startsWith("v");
      const dropped: string[] = [];
      for (const found of await unused()) {
        if (await meta.upstreams.drop(found, { isImmutable })) dropped.push(found.digest);
      }
      expect(dropped).toEqual([two.digest]);
      expect([await has(index), await has(child)]).toEqual([true, true]);
    });

    test("a child goes although the upstream's index stays", async () => {
      const child = manifestRecord("child");
      await mirror(manifestRecord("index", { children: ["child"] }), "v1", 8000);
      await mirror(child, undefined, 1000);
      const [found] = await unused(5000);
      expect(await meta.upstreams.drop(found!)).toBe(true);
    });
  });
}
