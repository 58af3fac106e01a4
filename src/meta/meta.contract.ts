import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Digest, mediaTypes } from "../oci/mod.ts";
import { describeGarbage } from "./garbage.contract.ts";
import type { ImageFacts, LeaseId, ManifestRecord, Meta } from "./meta.ts";
import {
  codeOf,
  digest,
  type MetaFixture,
  manifestRecord,
  removeImage,
  sorted,
} from "./testing/sample-records.ts";

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
      const { blobs, diffIds } = await meta.reviews.collect({
        graceMs: Number.NEGATIVE_INFINITY,
        limit: 1e6,
      });
      await meta.garbage.settle(blobs);
      return { blobs: blobs.toSorted(), diffIds };
    };
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

      test("referrers() are what was put beside a manifest here, not what a hosted repository has", async () => {
        for (const name of ["one", "two", "hosted"]) {
          await meta.manifests.put(manifestRecord(name, { subject: "s" }), lease);
        }
        await meta.manifests.put(manifestRecord("other", { subject: "t" }), lease);
        await meta.repositories.putManifest("r", manifestRecord("hosted", { subject: "s" }), []);
        const found = await meta.manifests.referrers(digest("s"));
        expect(found.map((record) => record.digest)).toEqual([digest("one"), digest("two")].toSorted());
        expect(await meta.manifests.referrers(digest("one"))).toEqual([]);
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
        for (const { taggedAtMs } of await meta.images.listNames())
          expect(taggedAtMs).toBeGreaterThanOrEqual(before);
        expect((await meta.images.listNames()).map(({ name }) => name)).toEqual([...record!.names]);
        await meta.images.put({ target: digest("m"), names: [] });
        expect(await meta.images.byTarget(digest("m"))).toEqual(record!);
      });

      test("an image needs its manifest", async () => {
        expect(await codeOf(meta.images.put({ target: digest("nothing"), names: ["h/a:1"] }))).toBe(
          "not-found",
        );
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
        expect(await meta.images.byTarget(digest("one"))).toMatchObject({ names: [], repoDigests: [] });
        expect(await meta.images.byName("h/a:1")).toBeUndefined();
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
        await meta.images.remove({ target: digest("one"), names: ["h/a:1"], deleteUnnamed: false });
        await removeImage(meta, "one");
        const last = await meta.images.snapshot();
        expect(last.revision).toBeGreaterThan(first.revision + 1);
        expect(last).toEqual({ revision: await meta.images.revision(), images: [] });
      });
    });

    describe("facts of images", () => {
      const factsOf = (manifest: string, id: string): ImageFacts => ({
        manifest: digest(manifest),
        id: digest(id),
        platform: { os: "linux", architecture: "arm", variant: "v7" },
        createdAtMs: 1_000,
        contentSizeBytes: 12,
        labels: { "a.b": "ü" },
      });

      test("are told in the order of the index, with the names of the same moment", async () => {
        await meta.manifests.put(manifestRecord("index", { children: ["b", "a"] }), lease);
        for (const child of ["a", "b"]) await meta.manifests.put(manifestRecord(child), lease);
        const { createdAtMs: _, ...timeless } = factsOf("a", "a-config");
        const facts = [factsOf("b", "b-config"), timeless];
        await meta.images.put({ target: digest("index"), names: ["h/x:2", "h/x:1"], facts });
        expect(await meta.images.facts(digest("index"))).toStrictEqual(facts);
        const listed = await meta.images.listFacts();
        expect(listed).toEqual([{ record: (await meta.images.byName("h/x:1"))!, facts }]);
        expect(await meta.images.undescribed()).toEqual([]);
      });

      test("are told of the repositories that are asked for, each image once and with all its names", async () => {
        await putImage("one", ["h/x:1", "h/x/y:1", "h/z:1"]);
        await putImage("two", ["h/x-y:1", "h/xa:1"]);
        await putImage("three", []);
        const pulled = { target: digest("three"), names: [], repoDigests: [`h/x@${digest("three")}`] };
        await meta.images.put(pulled);
        for (const name of ["one", "two", "three"]) {
          await meta.images.describe(digest(name), [factsOf(name, `${name}-config`)]);
        }
        const listed = async (...repositories: string[]) =>
          (await meta.images.listFacts({ repositories })).map(({ record }) => record);
        const [one, two, three] = await Promise.all(
          ["one", "two", "three"].map((name) => meta.images.byTarget(digest(name))),
        );
        expect((await listed("h/x")).toSorted((a, b) => (a.target < b.target ? -1 : 1))).toEqual(
          [one!, three!].toSorted((a, b) => (a.target < b.target ? -1 : 1)),
        );
        expect(await listed("h/z", "h/x/y")).toEqual([one!]);
        expect(await listed("h/x-y")).toEqual([two!]);
        for (const none of ["h", "h/", "h/y", "h/x:1", ""]) expect(await listed(none)).toEqual([]);
        expect(await listed()).toEqual([]);
      });

      test("are added to, and go with their manifest or their image", async () => {
        await meta.manifests.put(manifestRecord("index", { children: ["a", "b"] }), lease);
        for (const child of ["a", "b"]) await meta.manifests.put(manifestRecord(child), lease);
        const target = digest("index");
        await meta.images.put({ target, names: [], facts: [factsOf("a", "a-config")] });
        await meta.images.put({ target, names: [], facts: [factsOf("b", "b-config")] });
        await meta.images.put({ target, names: ["h/x:1"] });
        expect((await meta.images.facts(target)).map((fact) => fact.id).toSorted()).toEqual(
          [digest("a-config"), digest("b-config")].toSorted(),
        );
        await removeImage(meta, "index");
        expect(await meta.images.facts(target)).toEqual([]);
        expect(await meta.images.byIdPrefix("sha256:", 9)).toEqual([]);
      });

      test("can come later, are listed from then on, and of what is not here are none", async () => {
        await putImage("old", ["h/old:1"]);
        expect(await meta.images.undescribed()).toEqual([digest("old")]);
        expect(await meta.images.listFacts()).toEqual([]);
        await meta.images.describe(digest("old"), [factsOf("old", "old-config"), factsOf("absent", "c")]);
        expect(await meta.images.undescribed()).toEqual([]);
        expect(await meta.images.facts(digest("old"))).toEqual([factsOf("old", "old-config")]);
        await meta.images.describe(digest("gone"), [factsOf("gone", "c")]);
        expect(await meta.images.facts(digest("gone"))).toEqual([]);
      });

      test("byIdPrefix() finds targets, children and configs, and whose they are", async () => {
        await meta.manifests.put(manifestRecord("index", { children: ["child"] }), lease);
        for (const each of ["child", "same"]) await meta.manifests.put(manifestRecord(each), lease);
        const [target, manifest] = [digest("index"), digest("child")];
        await meta.images.put({ target, names: [], facts: [factsOf("child", "shared")] });
        await meta.images.put({ target: digest("same"), names: [], facts: [factsOf("same", "shared")] });
        const find = (text: string, limit = 9) => meta.images.byIdPrefix(text, limit);
        expect(await find(target)).toEqual([{ id: target, target }]);
        expect(await find(manifest.slice(0, 30))).toEqual([{ id: manifest, target, manifest }]);
        const shared = await find(digest("shared"));
        expect(shared).toContainEqual({ id: digest("shared"), target, manifest });
        expect(shared).toContainEqual({ id: digest("shared"), target: digest("same") });
        expect(shared).toHaveLength(2);
        expect(new Set((await find("sha256:")).map(({ id }) => id)).size).toBe(4);
        expect(new Set((await find("sha256:", 2)).map(({ id }) => id)).size).toBe(2);
        expect(await find("sha512:")).toEqual([]);
      });
    });

    describe("repositories", () => {
      const repositories = () => meta.repositories;

      test("a blob is readable where it is linked, and nowhere else", async () => {
        await repositories().linkBlob("a/b", { digest: digest("x"), sizeBytes: 7 });
        await repositories().linkBlob("a/b", { digest: digest("x"), sizeBytes: 7 });
        expect(await repositories().hasBlob("a/b", digest("x"))).toEqual({ sizeBytes: 7 });
        expect(await repositories().hasBlob("a/c", digest("x"))).toBeUndefined();
        expect(await repositories().repositoriesWithBlob(digest("x"), { limit: 10 })).toEqual(["a/b"]);
        expect(await repositories().exists("a/b")).toBe(true);
        expect(await repositories().exists("a")).toBe(false);
        expect(await repositories().unlinkBlob("a/b", digest("x"))).toBe(true);
        expect(await repositories().unlinkBlob("a/b", digest("x"))).toBe(false);
        expect(await repositories().repositoriesWithBlob(digest("x"), { limit: 10 })).toEqual([]);
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
        expect(await repositories().deleteManifest("r", two.digest)).toEqual({ tags: [] });
        await repositories().putManifest("r", one, ["a", "B"]);
        expect(await repositories().deleteManifest("r", one.digest)).toEqual({ tags: ["1", "B", "a"] });
        expect(await repositories().deleteManifest("r", one.digest)).toBeUndefined();
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

      test("referrers are of one repository, and paged", async () => {
        const names = ["r1", "r2", "r3", "r4"];
        for (const name of names) {
          await repositories().putManifest("r", manifestRecord(name, { subject: "m" }), []);
        }
        await repositories().putManifest("q", manifestRecord("r5", { subject: "m" }), []);
        await repositories().putManifest("r", manifestRecord("r6", { subject: "other" }), []);
        const list = (page: { after?: Digest; limit: number }) =>
          repositories()
            .referrers("r", digest("m"), page)
            .then((records) => records.map((record) => record.digest));
        expect(await list({ limit: 10 })).toEqual(sorted(...names));
        const [first] = await list({ limit: 1 });
        expect(await list({ after: first!, limit: 10 })).toEqual(sorted(...names).slice(1));
        expect(await repositories().referrers("nowhere", digest("m"), { limit: 1 })).toEqual([]);
      });

      test("bytes that do not say their type have the one they were pushed as in each repository", async () => {
        const oci = manifestRecord("m", { subject: "s" });
        const docker = { ...oci, mediaType: mediaTypes.dockerManifest };
        await repositories().putManifest("first", oci, ["v1"]);
        await repositories().putManifest("second", docker, ["v1"]);
        await meta.upstreams.putManifest("mirror", docker, { tag: "v1", atMs: 1 });
        const typesIn = async (repository: string) => {
          const { digest } = oci;
          const [byTag, byDigest, [listed], [referrer]] = await Promise.all([
            repositories().getManifest(repository, { tag: "v1" }),
            repositories().getManifest(repository, { digest }),
            repositories().tagDetails(repository, { limit: 1 }),
            repositories().referrers(repository, oci.subject!, { limit: 1 }),
          ]);
          return new Set([byTag, byDigest, listed, referrer].map((found) => found?.mediaType));
        };
        expect(await typesIn("first")).toEqual(new Set([mediaTypes.ociManifest]));
        for (const name of ["second", "mirror"]) {
          expect(await typesIn(name)).toEqual(new Set([mediaTypes.dockerManifest]));
        }

        await repositories().deleteManifest("second", oci.digest, { undoMs: 60_000 });
        await repositories().restoreTag("second", "v1");
        expect(await typesIn("second")).toEqual(new Set([mediaTypes.dockerManifest]));

        const before = repositories().revision();
        await repositories().putManifest("second", oci, ["v1"]);
        expect(repositories().revision()).not.toBe(before);
        expect(await typesIn("second")).toEqual(new Set([mediaTypes.ociManifest]));
      });

      test("a referrer without artifactType goes by the media type of its config", async () => {
        const names = ["r1", "r2", "r3"];
        const [own, config, index] = [
          manifestRecord("r1", { subject: "m", config: "c", artifactType: "text/sig" }),
          { ...manifestRecord("r2", { subject: "m", config: "c" }), annotations: { "a.b": '"c"' } },
          manifestRecord("r3", { subject: "m", children: [] }),
        ];
        for (const record of [own, config, index]) await repositories().putManifest("r", record, []);
        const found = await repositories().referrers("r", digest("m"), { limit: 10 });
        const byDigest = new Map(found.map((record) => [record.digest, record]));
        const said = { mediaType: mediaTypes.ociManifest, sizeBytes: 2 };
        const ofType = (artifactType: string) =>
          repositories().referrers("r", digest("m"), { limit: 10, artifactType });
        expect(await ofType("text/sig")).toEqual([byDigest.get(own.digest)!]);
        expect(await ofType(mediaTypes.ociConfig)).toEqual([byDigest.get(config.digest)!]);
        expect(await ofType("none/such")).toEqual([]);
        expect(names.map((name) => byDigest.get(digest(name)))).toEqual([
          { ...said, digest: own.digest, artifactType: "text/sig" },
          {
            ...said,
            digest: config.digest,
            artifactType: mediaTypes.ociConfig,
            annotations: { "a.b": '"c"' },
          },
          { ...said, digest: index.digest, mediaType: mediaTypes.ociIndex },
        ]);
        expect(await repositories().referrers("q", digest("m"), { limit: 10 })).toEqual([]);
        await repositories().putManifest("q", own, ["t"]);
        expect(await repositories().referrers("q", digest("m"), { limit: 10 })).toHaveLength(1);
        await repositories().deleteManifest("r", own.digest, { undoMs: 60_000 });
        expect(await ofType("text/sig")).toEqual([]);
        await repositories().deleteManifest("q", own.digest, { undoMs: 60_000 });
        expect(await repositories().referrers("q", digest("m"), { limit: 10 })).toEqual([]);
        await repositories().restoreTag("q", "t");
        expect(await repositories().referrers("q", digest("m"), { limit: 10 })).toHaveLength(1);
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
      expect(found?.uses).toBe(2);
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
      for (const name of ["web", "/web"]) expect(await meta.containers.get(name)).toEqual(container);
      for (const name of ["//web", "/"]) expect(await meta.containers.get(name)).toBeUndefined();
      expect(await codeOf(meta.containers.rename("abc123", "abc"))).toBe("conflict");
      expect(await codeOf(meta.containers.rename("zzz", "new"))).toBe("not-found");
      await meta.containers.rename("abc123", "www");
      expect(await meta.containers.get("web")).toBeUndefined();
      await meta.containers.rename("abc123", "web");
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

    describeGarbage(() => ({ meta, lease, sweep, putImage }), open);
  });
}
