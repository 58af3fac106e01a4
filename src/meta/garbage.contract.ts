import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Digest } from "../oci/mod.ts";
import type { LeaseId, Meta } from "./meta.ts";
import { digest, type MetaFixture, manifestRecord, removeImage, sorted } from "./testing/sample-records.ts";

/** Links wait for a push that may be on its way; what nothing links does not. */
const impatient = { graceMs: 24 * 60 * 60 * 1000, objectGraceMs: Number.NEGATIVE_INFINITY, limit: 1e6 };

/** What the suite of meta.contract.ts has ready for each test. */
export interface GarbageGiven {
  readonly meta: Meta;
  readonly lease: LeaseId;
  /** A collection without patience, settled, its blobs sorted. */
  sweep(): Promise<{ blobs: Digest[]; diffIds: Digest[] }>;
  putImage(image: string, names?: string[], layers?: string[]): Promise<unknown>;
}

/** The claims of GarbageTable: part of describeMeta(). */
export function describeGarbage(given: () => GarbageGiven, open: () => Promise<MetaFixture>): void {
  describe("garbage", () => {
    test("an image keeps its manifest, config, layers and children; without it they go", async () => {
      await given().meta.leases.hold(given().lease, [digest("c"), digest("l1"), digest("l2")]);
      await given().meta.manifests.put(
        manifestRecord("child", { config: "c", layers: ["l1", "l2"] }),
        given().lease,
      );
      await given().meta.manifests.put(
        manifestRecord("index", { children: ["child", "absent"] }),
        given().lease,
      );
      await given().meta.images.put({ target: digest("index"), names: ["h/a:1"] });
      await given().meta.leases.release(given().lease);
      expect(await given().sweep()).toEqual({ blobs: [], diffIds: [] });
      for (const name of ["index", "child", "c", "l1", "l2"]) {
        expect(await given().meta.garbage.isLive(digest(name))).toBe(true);
      }
      await removeImage(given().meta, "index");
      expect(await given().meta.garbage.isLive(digest("l1"))).toBe(false);
      expect((await given().sweep()).blobs).toEqual(sorted("index", "child", "c", "l1", "l2"));
      expect(await given().meta.manifests.get(digest("child"))).toBeUndefined();
      expect(await given().sweep()).toEqual({ blobs: [], diffIds: [] });
    });

    test("a lease keeps what it holds, and what that refers to", async () => {
      await given().meta.manifests.put(manifestRecord("m", { layers: ["l"] }), given().lease);
      await given().meta.leases.hold(given().lease, [digest("l"), digest("alone")]);
      expect(await given().sweep()).toEqual({ blobs: [], diffIds: [] });
      await given().meta.leases.release(given().lease);
      expect((await given().sweep()).blobs).toEqual(sorted("m", "l", "alone"));
    });

    test("what shares a blob keeps it", async () => {
      await given().meta.leases.hold(given().lease, [digest("shared"), digest("own")]);
      await given().putImage("one", ["h/a:1"], ["shared", "own"]);
      await given().putImage("two", ["h/a:2"], ["shared"]);
      await given().meta.leases.release(given().lease);
      await removeImage(given().meta, "one");
      expect((await given().sweep()).blobs).toEqual(sorted("one", "own"));
    });

    test("containers and cache records are roots", async () => {
      await given().putImage("i");
      await given().meta.leases.hold(given().lease, [digest("i-layer"), digest("cached")]);
      await given().meta.containers.put({
        id: "c1",
        name: "c",
        image: digest("i"),
        value: "",
        createdAtMs: 0,
      });
      await given().meta.cache.put({ key: "k", value: "", blobs: [digest("cached")], sizeBytes: 1 });
      await given().meta.leases.release(given().lease);
      await removeImage(given().meta, "i");
      expect((await given().sweep()).blobs).toEqual([]);
      await given().meta.containers.delete("c1");
      expect((await given().sweep()).blobs).toEqual(sorted("i", "i-layer"));
      await given().meta.cache.delete("k");
      expect((await given().sweep()).blobs).toEqual(sorted("cached"));
    });

    test("manifests of a repository are roots; links live with a manifest or for a while", async () => {
      await given().meta.repositories.linkBlob("r", { digest: digest("l"), sizeBytes: 1 });
      await given().meta.repositories.linkBlob("r", { digest: digest("loose"), sizeBytes: 1 });
      await given().meta.repositories.putManifest("r", manifestRecord("m", { layers: ["l"] }), []);
      const early = await given().meta.reviews.collect(impatient);
      expect(early.blobs).toEqual([]);
      expect((await given().sweep()).blobs).toEqual(sorted("loose"));
      expect(await given().meta.repositories.hasBlob("r", digest("loose"))).toBeUndefined();
      expect(await given().meta.repositories.hasBlob("r", digest("l"))).toBeDefined();
      await given().meta.repositories.deleteManifest("r", digest("m"));
      expect((await given().sweep()).blobs).toEqual(sorted("l", "m"));
      expect(await given().meta.repositories.list({ limit: 10 })).toEqual([]);
    });

    test("a referrer lives as long as its subject", async () => {
      await given().putImage("i", ["h/a:1"], []);
      await given().meta.manifests.put(
        manifestRecord("sbom", { subject: "i", layers: ["data"] }),
        given().lease,
      );
      await given().meta.manifests.put(manifestRecord("signature", { subject: "sbom" }), given().lease);
      await given().meta.leases.hold(given().lease, [digest("data")]);
      await given().meta.leases.release(given().lease);
      expect((await given().sweep()).blobs).toEqual([]);
      expect(await given().meta.garbage.isLive(digest("data"))).toBe(true);
      await removeImage(given().meta, "i");
      expect((await given().sweep()).blobs).toEqual(sorted("i", "sbom", "signature", "data"));
    });

    test("a layer's diffID goes with its last blob", async () => {
      const layer = {
        diffId: digest("tar"),
        tarSizeBytes: 1,
        contentSizeBytes: 1,
        sizeBytes: 1,
        mediaType: "",
      };
      await given().meta.layers.put({ ...layer, blob: digest("gz") });
      await given().meta.layers.put({ ...layer, blob: digest("zst") });
      await given().putImage("i", ["h/a:1"], ["gz"]);
      await given().meta.leases.release(given().lease);
      expect(await given().sweep()).toEqual({ blobs: sorted("zst"), diffIds: [] });
      await removeImage(given().meta, "i");
      expect(await given().sweep()).toEqual({ blobs: sorted("i", "gz"), diffIds: [digest("tar")] });
    });

    test("claim() judges strangers", async () => {
      await given().putImage("i", ["h/a:1"], ["l"]);
      await given().meta.leases.hold(given().lease, ["unpacked:held"]);
      const blobs = [digest("l"), digest("i"), digest("stranger")];
      const claimed = await given().meta.garbage.claim([...blobs, "unpacked:held", "unpacked:free"]);
      expect(claimed.toSorted()).toEqual([digest("stranger"), "unpacked:free"].toSorted());
      expect(await given().meta.garbage.claim([digest("stranger"), "unpacked:free"])).toEqual([]);
      await given().meta.garbage.settle(claimed);
      expect(await given().meta.garbage.claim(["unpacked:free"])).toEqual(["unpacked:free"]);
    });

    test("claimStrays() leaves what is noted to its review, which takes rows and bytes together", async () => {
      await given().putImage("i", ["h/a:1"], ["l"]);
      await removeImage(given().meta, "i");
      const present = [digest("l"), digest("i"), digest("stranger")];
      expect(await given().meta.garbage.claimStrays(present)).toEqual([digest("stranger")]);
      await given().meta.garbage.settle([digest("stranger")]);
      await given().meta.leases.release(given().lease);
      expect((await given().sweep()).blobs).toContain(digest("i"));
      expect(await given().meta.manifests.get(digest("i"))).toBeUndefined();
    });

    test("lock() gets nothing that is claimed", async () => {
      const claimed = await given().meta.garbage.claim(["k"]);
      expect(await given().meta.leases.lock(given().lease, "k")).toBe(false);
      await given().meta.garbage.settle(claimed);
      expect(await given().meta.leases.lock(given().lease, "k")).toBe(true);
      expect(await given().meta.garbage.claim(["k"])).toEqual([]);
    });

    test("hold() waits for a claim to end", async () => {
      const claimed = await given().meta.garbage.claim([digest("x")]);
      let isHeld = false;
      const holding = given()
        .meta.leases.hold(given().lease, [digest("y"), digest("x")])
        .then(() => {
          isHeld = true;
        });
      await Bun.sleep(20);
      expect(isHeld).toBe(false);
      expect(await given().meta.leases.isHeld(digest("y"))).toBe(false);
      await given().meta.garbage.settle(claimed);
      await holding;
      expect(await given().meta.garbage.claim([digest("x")])).toEqual([]);
    });

    test("collect() claims what it returns", async () => {
      await given().meta.leases.hold(given().lease, [digest("x")]);
      await given().meta.leases.release(given().lease);
      expect((await given().meta.reviews.collect(impatient)).blobs).toEqual([digest("x")]);
      expect((await given().meta.reviews.collect(impatient)).blobs).toEqual([]);
      await given().meta.garbage.settle([digest("x")]);
      expect((await given().meta.reviews.collect(impatient)).blobs).toEqual([]);
    });

    test("collect() and isLive() agree with a plain search of the graph", async () => {
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
          for (const value of nodes) expect(await fresh.meta.garbage.isLive(id(value))).toBe(live.has(value));
          expect((await fresh.meta.reviews.collect(impatient)).blobs.toSorted()).toEqual(dead.toSorted());
          await fresh.meta.close();
          await fresh.dispose();
        }),
        { numRuns: 30 },
      );
    });
  });
}
