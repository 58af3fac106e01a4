import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isKasaneError } from "../lib/mod.ts";
import { type Descriptor, type Digest, digestOf, mediaTypes } from "../oci/mod.ts";
import type { LeaseId, ManifestRecord, Meta } from "./meta.ts";

/** One fresh database for one test. */
export interface MetaFixture {
  readonly meta: Meta;
  dispose(): Promise<void>;
}

export const digest = (text: string): Digest => digestOf(text);

const descriptor = (text: string, mediaType: string = mediaTypes.ociLayerGzip): Descriptor => ({
  mediaType,
  digest: digest(text),
  size: text.length,
});

/** A manifest called `name` with the named layers, children and subject. */
export function manifestRecord(
  name: string,
  parts: {
    config?: string;
    layers?: string[];
    children?: string[];
    subject?: string;
    artifactType?: string;
  } = {},
): ManifestRecord {
  return {
    digest: digest(name),
    mediaType: parts.children ? mediaTypes.ociIndex : mediaTypes.ociManifest,
    bytes: new TextEncoder().encode(name),
    ...(parts.artifactType !== undefined && { artifactType: parts.artifactType }),
    ...(parts.subject !== undefined && { subject: digest(parts.subject) }),
    ...(parts.config !== undefined && { config: descriptor(parts.config, mediaTypes.ociConfig) }),
    layers: (parts.layers ?? []).map((layer) => descriptor(layer)),
    children: (parts.children ?? []).map((child) => descriptor(child, mediaTypes.ociManifest)),
  };
}

/** Every claim of meta.ts, for any implementation. */
export function describeMeta(name: string, open: () => Promise<MetaFixture>): void {
  describe(name, () => {
    let fixture: MetaFixture;
    let meta: Meta;
    let lease: LeaseId;
    beforeEach(async () => {
      fixture = await open();
      meta = fixture.meta;
      lease = await meta.leases.acquire({ purpose: "test", ttlMs: 60_000 });
    });
    afterEach(async () => {
      await meta.close();
      await fixture.dispose();
    });

    const putImage = async (image: string, names: string[] = [], layers: string[] = [`${image}-layer`]) => {
      await meta.manifests.put(manifestRecord(image, { config: `${image}-config`, layers }), lease);
      return meta.images.put({ target: digest(image), names });
    };
    const sweep = async () => {
      const { blobs, diffIds } = await meta.garbage.sweep({ linkGraceMs: -1 });
      await meta.garbage.settle(blobs);
      return { blobs: blobs.toSorted(), diffIds };
    };
    const sorted = (...names: string[]) => names.map(digest).toSorted();

    describe("manifests", () => {
      test("get() gives back what put() took, byte for byte", async () => {
        const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
        const record: ManifestRecord = {
          ...manifestRecord("all", {
            config: "c",
            layers: ["a", "b", "a"],
            subject: "s",
            artifactType: "text/x",
          }),
          bytes,
          annotations: { "org.example": "ü\u0000 😀" },
        };
        await meta.manifests.put(record);
        await meta.manifests.put(record, lease);
        expect(await meta.manifests.get(record.digest)).toEqual(record);
        const plain = manifestRecord("plain", { children: ["x"] });
        await meta.manifests.put(plain);
        expect(await meta.manifests.get(plain.digest)).toStrictEqual(plain);
        expect(await meta.manifests.get(digest("absent"))).toBeUndefined();
      });

      test("put() under a lease that is gone is refused", async () => {
        await meta.leases.release(lease);
        expect(await codeOf(meta.manifests.put(manifestRecord("late"), lease))).toBe("conflict");
        expect(await meta.manifests.get(digest("late"))).toBeUndefined();
      });
    });

    describe("images", () => {
      test("a name finds its image, and moves with the next one that takes it", async () => {
        expect(await putImage("one", ["docker.io/library/x:latest", "docker.io/library/x:1"])).toEqual({
          moved: [],
        });
        expect(await putImage("two", ["docker.io/library/x:latest"])).toEqual({
          moved: [{ name: "docker.io/library/x:latest", from: digest("one") }],
        });
        expect((await meta.images.byName("docker.io/library/x:latest"))?.target).toBe(digest("two"));
        expect((await meta.images.byTarget(digest("one")))?.names).toEqual(["docker.io/library/x:1"]);
        expect(await putImage("two", ["docker.io/library/x:latest"])).toEqual({ moved: [] });
      });

      test("records carry sorted names, repository digests and times", async () => {
        const before = Date.now();
        await meta.manifests.put(manifestRecord("m"), lease);
        await meta.images.put({
          target: digest("m"),
          names: ["h/b:2", "h/a:1"],
          repoDigests: [`h/b@${digest("m")}`, `h/a@${digest("m")}`],
          builtAtMs: 5,
        });
        const record = await meta.images.byName(`h/a@${digest("m")}`);
        expect(record).toMatchObject({
          target: digest("m"),
          names: ["h/a:1", "h/b:2"],
          repoDigests: [`h/a@${digest("m")}`, `h/b@${digest("m")}`],
          builtAtMs: 5,
        });
        expect(record!.storedAtMs).toBeGreaterThanOrEqual(before);
        expect(record!.taggedAtMs).toBeGreaterThanOrEqual(before);
        await meta.images.put({ target: digest("m"), names: [] });
        expect(await meta.images.byTarget(digest("m"))).toEqual(record!);
      });

      test("an image needs its manifest", async () => {
        expect(await codeOf(meta.images.put({ target: digest("nothing"), names: ["h/a:1"] }))).toBe(
          "not-found",
        );
        expect(await meta.images.list()).toEqual([]);
      });

      test("untag() takes one name, the last one leaves the image dangling", async () => {
        await putImage("one", ["h/a:1", "h/a:2"]);
        expect(await meta.images.untag("h/a:1")).toBe(true);
        expect(await meta.images.untag("h/a:1")).toBe(false);
        expect(await meta.images.untag("h/a:2")).toBe(true);
        expect((await meta.images.list()).map(({ target, names }) => ({ target, names }))).toEqual([
          { target: digest("one"), names: [] },
        ]);
      });

      test("delete() takes the image with all names", async () => {
        await putImage("one", ["h/a:1"]);
        expect(await meta.images.delete(digest("one"))).toBe(true);
        expect(await meta.images.delete(digest("one"))).toBe(false);
        expect(await meta.images.byName("h/a:1")).toBeUndefined();
        expect(await meta.images.list()).toEqual([]);
      });

      test("remove() takes names and, when none is left, the image", async () => {
        await putImage("one", ["h/a:1", "h/a:2"]);
        await meta.images.put({ target: digest("one"), names: [], repoDigests: [`h/a@${digest("one")}`] });
        await putImage("two", ["h/a:3"]);
        const remove = (names: string[], deleteUnnamed = true) =>
          meta.images.remove({ target: digest("one"), names, deleteUnnamed });
        expect(await remove(["h/a:1", "h/a:3", "h/a:4"])).toEqual({ untagged: ["h/a:1"], isDeleted: false });
        expect(await remove(["h/a:2"])).toEqual({ untagged: ["h/a:2"], isDeleted: false });
        expect(await remove([`h/a@${digest("one")}`], false)).toEqual({
          untagged: [`h/a@${digest("one")}`],
          isDeleted: false,
        });
        expect(await remove([])).toEqual({ untagged: [], isDeleted: true });
        expect(await remove([])).toEqual({ untagged: [], isDeleted: false });
        expect((await meta.images.list()).map((image) => image.target)).toEqual([digest("two")]);
      });

      test("snapshot() shows all of them with a revision that grows with every change", async () => {
        const start = await meta.images.revision();
        await putImage("one", ["h/b:1", "h/a:1"]);
        const first = await meta.images.snapshot();
        expect(first.revision).toBeGreaterThan(start);
        expect(first.images).toEqual([
          {
            target: digest("one"),
            mediaType: mediaTypes.ociManifest,
            sizeBytes: 3,
            names: ["h/a:1", "h/b:1"],
          },
        ]);
        await meta.images.untag("h/a:1");
        await meta.images.delete(digest("one"));
        const last = await meta.images.snapshot();
        expect(last.revision).toBeGreaterThan(first.revision + 1);
        expect(last).toEqual({ revision: await meta.images.revision(), images: [] });
      });
    });

    describe("repositories", () => {
      const repositories = () => meta.repositories;

      test("a blob is readable where it is linked, and nowhere else", async () => {
        await repositories().linkBlob("a/b", { digest: digest("x"), sizeBytes: 7 });
        await repositories().linkBlob("a/b", { digest: digest("x"), sizeBytes: 7 });
        expect(await repositories().hasBlob("a/b", digest("x"))).toEqual({ sizeBytes: 7 });
        expect(await repositories().hasBlob("a/c", digest("x"))).toBeUndefined();
        expect(await repositories().findBlob(digest("x"))).toBe("a/b");
        expect(await repositories().exists("a/b")).toBe(true);
        expect(await repositories().exists("a")).toBe(false);
        expect(await repositories().unlinkBlob("a/b", digest("x"))).toBe(true);
        expect(await repositories().unlinkBlob("a/b", digest("x"))).toBe(false);
        expect(await repositories().findBlob(digest("x"))).toBeUndefined();
      });

      test("manifests are found by tag and by digest of their repository", async () => {
        const record = manifestRecord("m", { layers: ["l"] });
        await repositories().putManifest("r", record, ["latest", "1"]);
        expect(await repositories().getManifest("r", { tag: "latest" })).toEqual(record);
        expect(await repositories().getManifest("r", { digest: record.digest })).toEqual(record);
        expect(await repositories().getManifest("r", { tag: "2" })).toBeUndefined();
        expect(await repositories().getManifest("other", { tag: "latest" })).toBeUndefined();
        expect(await repositories().getManifest("other", { digest: record.digest })).toBeUndefined();
      });

      test("a tag moves; deleting it leaves the manifest; deleting the manifest takes its tags", async () => {
        const [one, two] = [manifestRecord("one"), manifestRecord("two")];
        await repositories().putManifest("r", one, ["latest", "1"]);
        await repositories().putManifest("r", two, ["latest"]);
        expect((await repositories().getManifest("r", { tag: "latest" }))?.digest).toBe(two.digest);
        expect(await repositories().deleteTag("r", "latest")).toBe(true);
        expect(await repositories().deleteTag("r", "latest")).toBe(false);
        expect(await repositories().getManifest("r", { digest: two.digest })).toBeDefined();
        expect(await repositories().deleteManifest("r", one.digest)).toBe(true);
        expect(await repositories().deleteManifest("r", one.digest)).toBe(false);
        expect(await repositories().listTags("r", { limit: 10 })).toEqual([]);
        expect(await repositories().getManifest("r", { digest: one.digest })).toBeUndefined();
      });

      test("lists are in byte order and page after a key", async () => {
        const tags = ["b", "a", "a-1", "a1", "A", "a_1", "a.1", "latest", "Z", "0"];
        await repositories().putManifest("r", manifestRecord("m"), tags);
        const all = tags.toSorted((a, b) => (a < b ? -1 : 1));
        expect(await repositories().listTags("r", { limit: 100 })).toEqual(all);
        const paged: string[] = [];
        for (let page = await repositories().listTags("r", { limit: 3 }); page.length > 0; ) {
          paged.push(...page);
          page = await repositories().listTags("r", { after: page.at(-1)!, limit: 3 });
        }
        expect(paged).toEqual(all);
        expect(await repositories().listTags("r", { limit: 0 })).toEqual([]);
        for (const repository of ["a/b", "a", "a-b", "a/b/c"]) {
          await repositories().putManifest(repository, manifestRecord("m"), []);
        }
        expect(await repositories().list({ after: "a", limit: 3 })).toEqual(["a-b", "a/b", "a/b/c"]);
      });

      test("referrers are of one repository, filtered and paged", async () => {
        const names = ["r1", "r2", "r3", "r4"];
        for (const name of names) {
          const artifactType = name === "r4" ? "other" : "text/sig";
          await repositories().putManifest("r", manifestRecord(name, { subject: "m", artifactType }), []);
        }
        await repositories().putManifest("q", manifestRecord("r5", { subject: "m" }), []);
        await repositories().putManifest("r", manifestRecord("r6", { subject: "other" }), []);
        const list = (filter: { artifactType?: string; after?: Digest; limit: number }) =>
          repositories()
            .referrers("r", digest("m"), filter)
            .then((records) => records.map((record) => record.digest));
        expect(await list({ limit: 10 })).toEqual(sorted(...names));
        expect(await list({ artifactType: "text/sig", limit: 10 })).toEqual(sorted("r1", "r2", "r3"));
        const [first] = await list({ limit: 1 });
        expect(await list({ after: first!, limit: 10 })).toEqual(sorted(...names).slice(1));
        expect(await repositories().referrers("nowhere", digest("m"), { limit: 1 })).toEqual([]);
      });

      test("a referrer without artifactType goes by the media type of its config", async () => {
        await repositories().putManifest("r", manifestRecord("r1", { subject: "m", config: "c" }), []);
        const filter = { artifactType: mediaTypes.ociConfig, limit: 10 };
        expect(await repositories().referrers("r", digest("m"), filter)).toHaveLength(1);
      });
    });

    test("layers are found by blob and by diffID", async () => {
      const layer = {
        blob: digest("gz"),
        diffId: digest("tar"),
        tarSizeBytes: 10_240,
        contentSizeBytes: 5,
        sizeBytes: 120,
        mediaType: mediaTypes.ociLayerGzip,
      };
      const other = { ...layer, blob: digest("zst"), mediaType: mediaTypes.ociLayerZstd };
      await meta.layers.put(layer);
      await meta.layers.put(layer);
      await meta.layers.put(other);
      expect(await meta.layers.byBlob(digest("gz"))).toEqual(layer);
      expect(await meta.layers.byBlob(digest("tar"))).toBeUndefined();
      expect((await meta.layers.byDiffId(digest("tar"))).map((found) => found.blob).toSorted()).toEqual(
        sorted("gz", "zst"),
      );
    });

    describe("leases", () => {
      test("a key is held until release()", async () => {
        await meta.leases.hold(lease, ["unpacked:1", digest("b")]);
        expect(await meta.leases.isHeld("unpacked:1")).toBe(true);
        expect(await meta.leases.isHeld(digest("b"))).toBe(true);
        expect(await meta.leases.isHeld("unpacked:2")).toBe(false);
        await meta.leases.release(lease);
        await meta.leases.release(lease);
        expect(await meta.leases.isHeld("unpacked:1")).toBe(false);
      });

      test("holds are counted", async () => {
        await meta.leases.hold(lease, ["k"]);
        await meta.leases.hold(lease, ["k"]);
        await meta.leases.drop(lease, ["k"]);
        expect(await meta.leases.isHeld("k")).toBe(true);
        await meta.leases.drop(lease, ["k", "never held"]);
        expect(await meta.leases.isHeld("k")).toBe(false);
      });

      test("time ends a lease, and renew() gives it more", async () => {
        const short = await meta.leases.acquire({ purpose: "short", ttlMs: -1 });
        await meta.leases.hold(short, ["k"]);
        expect(await meta.leases.isHeld("k")).toBe(false);
        await meta.leases.renew(short, 60_000);
        expect(await meta.leases.isHeld("k")).toBe(true);
      });

      test("nothing can be done with a lease that was swept", async () => {
        const short = await meta.leases.acquire({ purpose: "short", ttlMs: -1 });
        await sweep();
        expect(await codeOf(meta.leases.renew(short, 1000))).toBe("conflict");
        expect(await codeOf(meta.leases.hold(short, ["k"]))).toBe("conflict");
        expect(await codeOf(meta.leases.lock(short, "k"))).toBe("conflict");
      });

      test("lock() lets one in, also of one lease, until unlock() or the end of the lease", async () => {
        const other = await meta.leases.acquire({ purpose: "other", ttlMs: 60_000 });
        expect(await meta.leases.lock(lease, "k")).toBe(true);
        expect(await meta.leases.lock(lease, "k")).toBe(false);
        expect(await meta.leases.lock(other, "k")).toBe(false);
        expect(await meta.leases.isHeld("k")).toBe(true);
        await meta.leases.unlock(other, "k");
        expect(await meta.leases.lock(other, "k")).toBe(false);
        await meta.leases.unlock(lease, "k");
        expect(await meta.leases.lock(other, "k")).toBe(true);
        await meta.leases.release(other);
        expect(await meta.leases.lock(lease, "k")).toBe(true);
      });

      test("lock() takes over from an owner whose time is up", async () => {
        const short = await meta.leases.acquire({ purpose: "short", ttlMs: -1 });
        expect(await meta.leases.lock(short, "k")).toBe(true);
        expect(await meta.leases.lock(lease, "k")).toBe(true);
        await meta.leases.unlock(short, "k");
        expect(await meta.leases.lock(short, "k")).toBe(false);
      });
    });

    test("uploads are kept, found by age and removed", async () => {
      const record = { id: "u1", repository: "r", startedAtMs: 1000, offset: 0 };
      await meta.uploads.put(record);
      await meta.uploads.put({ ...record, offset: 5 });
      await meta.uploads.put({ ...record, id: "u2", startedAtMs: 2000 });
      expect(await meta.uploads.get("u1")).toEqual({ ...record, offset: 5 });
      expect((await meta.uploads.olderThan(1500)).map((upload) => upload.id)).toEqual(["u1"]);
      await meta.uploads.delete("u1");
      await meta.uploads.delete("u1");
      expect(await meta.uploads.get("u1")).toBeUndefined();
    });

    test("cache records are replaced, marked as used and deleted", async () => {
      expect(await meta.cache.get("k")).toBeUndefined();
      await meta.cache.put({ key: "k", value: "1", blobs: [digest("x")], sizeBytes: 1 });
      await meta.cache.put({
        key: "k",
        value: "2",
        blobs: [digest("b"), digest("a"), digest("b")],
        sizeBytes: 2,
      });
      const found = await meta.cache.get("k");
      expect(found).toMatchObject({ key: "k", value: "2", sizeBytes: 2 });
      expect(found?.blobs).toEqual([digest("b"), digest("a"), digest("b")]);
      expect(await meta.cache.list()).toEqual([found!]);
      expect(await meta.cache.delete("k")).toBe(true);
      expect(await meta.cache.delete("k")).toBe(false);
      expect(await meta.cache.list()).toEqual([]);
    });

    test("containers are found by id, prefix and name, which is theirs alone", async () => {
      const container = { id: "abc123", name: "web", image: digest("i"), value: "{}", createdAtMs: 1 };
      await meta.containers.put(container);
      await meta.containers.put({ ...container, id: "abd456", name: "abc", createdAtMs: 2 });
      expect(await codeOf(meta.containers.put({ ...container, id: "x" }))).toBe("conflict");
      expect(await meta.containers.get("web")).toEqual(container);
      expect(await meta.containers.get("abc123")).toEqual(container);
      expect((await meta.containers.get("abc"))?.id).toBe("abd456");
      expect((await meta.containers.get("abc1"))?.id).toBe("abc123");
      expect(await codeOf(meta.containers.get("ab"))).toBe("conflict");
      expect(await meta.containers.get("%")).toBeUndefined();
      expect(await meta.containers.get("")).toBeUndefined();
      await meta.containers.update("abc123", '{"a":1}');
      expect((await meta.containers.get("web"))?.value).toBe('{"a":1}');
      expect(await codeOf(meta.containers.update("nobody", ""))).toBe("not-found");
      expect((await meta.containers.list()).map(({ id }) => id)).toEqual(["abd456", "abc123"]);
      expect(await meta.containers.delete("abc123")).toBe(true);
      expect(await meta.containers.delete("abc123")).toBe(false);
    });

    describe("garbage", () => {
      test("an image keeps its manifest, config, layers and children; without it they go", async () => {
        await meta.leases.hold(lease, [digest("c"), digest("l1"), digest("l2")]);
        await meta.manifests.put(manifestRecord("child", { config: "c", layers: ["l1", "l2"] }), lease);
        await meta.manifests.put(manifestRecord("index", { children: ["child", "absent"] }), lease);
        await meta.images.put({ target: digest("index"), names: ["h/a:1"] });
        await meta.leases.release(lease);
        expect(await sweep()).toEqual({ blobs: [], diffIds: [] });
        for (const name of ["index", "child", "c", "l1", "l2"]) {
          expect(await meta.garbage.isLive(digest(name))).toBe(true);
        }
        await meta.images.delete(digest("index"));
        expect(await meta.garbage.isLive(digest("l1"))).toBe(false);
        expect((await sweep()).blobs).toEqual(sorted("index", "child", "c", "l1", "l2"));
        expect(await meta.manifests.get(digest("child"))).toBeUndefined();
        expect(await sweep()).toEqual({ blobs: [], diffIds: [] });
      });

      test("a lease keeps what it holds, and what that refers to", async () => {
        await meta.manifests.put(manifestRecord("m", { layers: ["l"] }), lease);
        await meta.leases.hold(lease, [digest("l"), digest("alone")]);
        expect(await sweep()).toEqual({ blobs: [], diffIds: [] });
        expect(await meta.garbage.unreferenced([digest("m"), digest("l"), digest("alone")])).toEqual([]);
        await meta.leases.release(lease);
        expect((await sweep()).blobs).toEqual(sorted("m", "l", "alone"));
      });

      test("what shares a blob keeps it", async () => {
        await meta.leases.hold(lease, [digest("shared"), digest("own")]);
        await putImage("one", ["h/a:1"], ["shared", "own"]);
        await putImage("two", ["h/a:2"], ["shared"]);
        await meta.leases.release(lease);
        await meta.images.delete(digest("one"));
        expect((await sweep()).blobs).toEqual(sorted("one", "own"));
      });

      test("containers and cache records are roots", async () => {
        await putImage("i");
        await meta.leases.hold(lease, [digest("i-layer"), digest("cached")]);
        await meta.containers.put({ id: "c1", name: "c", image: digest("i"), value: "", createdAtMs: 0 });
        await meta.cache.put({ key: "k", value: "", blobs: [digest("cached")], sizeBytes: 1 });
        await meta.leases.release(lease);
        await meta.images.delete(digest("i"));
        expect((await sweep()).blobs).toEqual([]);
        await meta.containers.delete("c1");
        expect((await sweep()).blobs).toEqual(sorted("i", "i-layer"));
        await meta.cache.delete("k");
        expect((await sweep()).blobs).toEqual(sorted("cached"));
      });

      test("manifests of a repository are roots; links live with a manifest or for a while", async () => {
        await meta.repositories.linkBlob("r", { digest: digest("l"), sizeBytes: 1 });
        await meta.repositories.linkBlob("r", { digest: digest("loose"), sizeBytes: 1 });
        await meta.repositories.putManifest("r", manifestRecord("m", { layers: ["l"] }), []);
        const early = await meta.garbage.sweep();
        expect(early.blobs).toEqual([]);
        expect((await sweep()).blobs).toEqual(sorted("loose"));
        expect(await meta.repositories.hasBlob("r", digest("loose"))).toBeUndefined();
        expect(await meta.repositories.hasBlob("r", digest("l"))).toBeDefined();
        await meta.repositories.deleteManifest("r", digest("m"));
        expect((await sweep()).blobs).toEqual(sorted("l", "m"));
        expect(await meta.repositories.list({ limit: 10 })).toEqual([]);
      });

      test("a referrer lives as long as its subject", async () => {
        await putImage("i", ["h/a:1"], []);
        await meta.manifests.put(manifestRecord("sbom", { subject: "i", layers: ["data"] }), lease);
        await meta.manifests.put(manifestRecord("signature", { subject: "sbom" }), lease);
        await meta.leases.hold(lease, [digest("data")]);
        await meta.leases.release(lease);
        expect((await sweep()).blobs).toEqual([]);
        expect(await meta.garbage.isLive(digest("data"))).toBe(true);
        await meta.images.delete(digest("i"));
        expect((await sweep()).blobs).toEqual(sorted("i", "sbom", "signature", "data"));
      });

      test("a layer's diffID goes with its last blob", async () => {
        const layer = {
          diffId: digest("tar"),
          tarSizeBytes: 1,
          contentSizeBytes: 1,
          sizeBytes: 1,
          mediaType: "",
        };
        await meta.layers.put({ ...layer, blob: digest("gz") });
        await meta.layers.put({ ...layer, blob: digest("zst") });
        await putImage("i", ["h/a:1"], ["gz"]);
        await meta.leases.release(lease);
        expect(await sweep()).toEqual({ blobs: sorted("zst"), diffIds: [] });
        await meta.images.delete(digest("i"));
        expect(await sweep()).toEqual({ blobs: sorted("i", "gz"), diffIds: [digest("tar")] });
      });

      test("unreferenced() and claim() judge strangers", async () => {
        await putImage("i", ["h/a:1"], ["l"]);
        await meta.leases.hold(lease, ["unpacked:held"]);
        const blobs = [digest("l"), digest("i"), digest("stranger")];
        expect(await meta.garbage.unreferenced(blobs)).toEqual([digest("stranger")]);
        expect(await meta.garbage.unreferenced([])).toEqual([]);
        const claimed = await meta.garbage.claim([...blobs, "unpacked:held", "unpacked:free"]);
        expect(claimed.toSorted()).toEqual([digest("stranger"), "unpacked:free"].toSorted());
        expect(await meta.garbage.claim([digest("stranger"), "unpacked:free"])).toEqual([]);
        await meta.garbage.settle(claimed);
        expect(await meta.garbage.claim(["unpacked:free"])).toEqual(["unpacked:free"]);
      });

      test("lock() gets nothing that is claimed", async () => {
        const claimed = await meta.garbage.claim(["k"]);
        expect(await meta.leases.lock(lease, "k")).toBe(false);
        await meta.garbage.settle(claimed);
        expect(await meta.leases.lock(lease, "k")).toBe(true);
        expect(await meta.garbage.claim(["k"])).toEqual([]);
      });

      test("hold() waits for a claim to end", async () => {
        const claimed = await meta.garbage.claim([digest("x")]);
        let isHeld = false;
        const holding = meta.leases.hold(lease, [digest("y"), digest("x")]).then(() => {
          isHeld = true;
        });
        await Bun.sleep(20);
        expect(isHeld).toBe(false);
        expect(await meta.leases.isHeld(digest("y"))).toBe(false);
        await meta.garbage.settle(claimed);
        await holding;
        expect(await meta.garbage.claim([digest("x")])).toEqual([]);
      });

      test("a sweep claims what it returns", async () => {
        await meta.leases.hold(lease, [digest("x")]);
        await meta.leases.release(lease);
        expect((await meta.garbage.sweep()).blobs).toEqual([digest("x")]);
        expect((await meta.garbage.sweep()).blobs).toEqual([]);
        await meta.garbage.settle([digest("x")]);
        expect((await meta.garbage.sweep()).blobs).toEqual([]);
      });

      test("sweep(), isLive() and unreferenced() agree with a plain search of the graph", async () => {
        const node = fc.nat({ max: 11 });
        const graph = fc.record({
          manifests: fc.uniqueArray(
            fc.record({
              id: node,
              layers: fc.array(node, { maxLength: 3 }),
              children: fc.array(node, { maxLength: 2 }),
              subject: fc.option(node),
            }),
            { selector: (manifest) => manifest.id, maxLength: 8 },
          ),
          images: fc.array(node, { maxLength: 3 }),
          held: fc.array(node, { maxLength: 2 }),
          cached: fc.array(node, { maxLength: 2 }),
        });
        await fc.assert(
          fc.asyncProperty(graph, async ({ manifests, images, held, cached }) => {
            const fresh = await open();
            const id = (value: number) => digest(`n${value}`);
            const edges: [number, number][] = [];
            const temporary = await fresh.meta.leases.acquire({ purpose: "all", ttlMs: 60_000 });
            const nodes = Array.from({ length: 12 }, (_, value) => value);
            await fresh.meta.leases.hold(temporary, nodes.map(id));
            for (const { id: name, layers, children, subject } of manifests) {
              await fresh.meta.manifests.put(
                manifestRecord(`n${name}`, {
                  layers: layers.map((layer) => `n${layer}`),
                  children: children.map((child) => `n${child}`),
                  ...(subject !== null && { subject: `n${subject}` }),
                }),
              );
              for (const target of [...layers, ...children]) edges.push([name, target]);
              if (subject !== null) edges.push([subject, name]);
            }
            const rooted = images.filter((image) => manifests.some((manifest) => manifest.id === image));
            for (const image of rooted) await fresh.meta.images.put({ target: id(image), names: [] });
            const kept = await fresh.meta.leases.acquire({ purpose: "kept", ttlMs: 60_000 });
            await fresh.meta.leases.hold(kept, held.map(id));
            await fresh.meta.cache.put({ key: "k", value: "", blobs: cached.map(id), sizeBytes: 0 });
            await fresh.meta.leases.release(temporary);

            const live = new Set([...rooted, ...held, ...cached]);
            for (let size = -1; size !== live.size; ) {
              size = live.size;
              for (const [from, to] of edges) if (live.has(from)) live.add(to);
            }
            const dead = nodes.filter((value) => !live.has(value)).map(id);
            for (const value of nodes)
              expect(await fresh.meta.garbage.isLive(id(value))).toBe(live.has(value));
            expect((await fresh.meta.garbage.unreferenced(nodes.map(id))).toSorted()).toEqual(
              dead.toSorted(),
            );
            expect((await fresh.meta.garbage.sweep()).blobs.toSorted()).toEqual(dead.toSorted());
            await fresh.meta.close();
            await fresh.dispose();
          }),
          { numRuns: 30 },
        );
      });
    });
  });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return isKasaneError(error) ? error.code : String(error);
  }
  return "no error";
}
