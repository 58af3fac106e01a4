import { expect, test } from "bun:test";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { addTestIndex, MemoryImage } from "../../image/testing/memory-image.ts";
import { manifestRecord } from "../../meta/mod.ts";
import { parseManifest } from "../../oci/mod.ts";
import type { LocalStore, PruneReport } from "../local-store.ts";
import { openLocalStore } from "../open-local-store.ts";
import { copyInto, type TemporaryStore, temporaryStore } from "../testing/temporary-store.ts";
import { DryRun } from "./dry-run.ts";

/** What `du --apparent-size` adds up for the files of a store, without its database and without directories. */
function filesOf(root: string): number {
  const seen = new Set<number>();
  let total = 0;
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory() || /^(meta\.db|index\.json|oci-layout|reserve)/.test(path.slice(root.length + 1)))
      continue;
    const { ino, size } = lstatSync(path);
    if (!seen.has(ino)) total += size;
    seen.add(ino);
  }
  return total;
}

const named = (name: string) => `docker.io/library/${name}:latest`;

/** Layers are letters: images with the same letters share them. */
const layersOf = (letters: string) =>
  [...letters].map((letter) => ({
    "d/": "",
    [`d/${letter}`]: letter.repeat(500 + 37 * letter.charCodeAt(0)),
  }));

async function unpack(store: LocalStore, name: string): Promise<void> {
  const image = await store.find(name);
  await store.withLease("run", async (lease) => (await store.unpack(image, { lease })).release());
}

/** As a client pushes it. */
async function host(store: LocalStore, name: string, repository: string): Promise<void> {
  const { raw, manifest } = await store.find(name);
  for (const { digest, size } of [manifest.config, ...manifest.layers]) {
    await store.meta.repositories.linkBlob(repository, { digest, sizeBytes: size });
  }
  await store.meta.repositories.putManifest(
    repository,
    manifestRecord(raw, parseManifest(raw.bytes, raw.mediaType)),
    ["v1"],
  );
}

async function cacheLayer(store: LocalStore, name: string): Promise<void> {
  const layer = (await store.find(name)).manifest.layers[0]!;
  await store.meta.cache.put({ key: name, value: "{}", blobs: [layer.digest], sizeBytes: layer.size });
}

interface Case {
  readonly letters: string;
  readonly isIndex: boolean;
  readonly deeds: readonly ("unpack" | "host" | "cache" | "contain" | "tag")[];
}

const anyCase: fc.Arbitrary<Case> = fc.record({
  letters: fc.stringMatching(/^[abcdef]{1,4}$/),
  isIndex: fc.boolean(),
  deeds: fc.uniqueArray(fc.constantFrom("unpack", "host", "cache", "contain", "tag"), { maxLength: 2 }),
});

async function make({ store, add }: TemporaryStore, cases: readonly Case[]): Promise<string[]> {
  const names: string[] = [];
  for (const [number, { letters, isIndex, deeds }] of cases.entries()) {
    const name = `image${number}`;
    const config = { Labels: { number: String(number) } };
    if (isIndex) {
      const memory = new MemoryImage();
      await addTestIndex(
        memory,
        [
          { os: "linux", architecture: "amd64" },
          { os: "linux", architecture: "arm64" },
        ],
        { layers: layersOf(letters), config },
      );
      await copyInto(store, memory, [named(name)]);
    } else await add([named(name)], { layers: layersOf(letters), config });
    for (const deed of deeds) {
      if (deed === "unpack") await unpack(store, name);
      if (deed === "host") await host(store, name, `hosted/${number}`);
      if (deed === "cache") await cacheLayer(store, name);
      if (deed === "tag") await store.tag(name, [`other${number}`]);
      if (deed === "contain") {
        const image = (await store.find(name)).raw.digest;
        await store.meta.containers.put({ id: `c${number}`, name, image, value: "{}", createdAtMs: 0 });
      }
    }
    names.push(name);
  }
  return names;
}

test("a store that is only read is told of as one that is written, measured before or not", async () => {
  await using temporary = await temporaryStore();
  const names = await make(temporary, [
    { letters: "ab", isIndex: false, deeds: ["unpack", "contain"] },
    { letters: "abc", isIndex: true, deeds: ["cache"] },
  ]);
  const figures = async (store: LocalStore) => {
    const space = await store.space();
    return [await space.images(), await space.total(), await space.cache(), await space.layersBytes()];
  };
  const reader = await openLocalStore(temporary.root, { readOnly: true });
  const unmeasured = await figures(reader);
  const written = await figures(temporary.store);
  expect(unmeasured).toEqual(written);
  expect(await figures(reader)).toEqual(written);
  expect((await (await reader.space()).images()).size).toBe(names.length);
  await reader.close();
});

test("what is said before a removal is what the disk has less after it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyCase, { minLength: 1, maxLength: 5 }), async (cases) => {
      await using temporary = await temporaryStore();
      const { store, root } = temporary;
      const names = await make(temporary, cases);
      await store.space();
      const total = await (await store.space()).total();
      const atFirst = filesOf(root);
      expect(total.storedBytes).toBe(atFirst);
      for (const name of names) {
        const { record } = await store.find(name);
        const space = (await (await store.space()).images()).get(record.target)!;
        expect(space.sharedBytes + space.freedBytes).toBe(space.storedBytes);
        for (const platform of space.platforms)
          expect(platform.freedBytes).toBeLessThanOrEqual(space.freedBytes);
        const dryRun = new DryRun();
        const foreseen = [];
        for (const each of record.names) foreseen.push(await store.remove(each, { force: true, dryRun }));
        const before = filesOf(root);
        const removed = [];
        for (const each of record.names) removed.push(await store.remove(each, { force: true }));
        const freed = before - filesOf(root);
        expect(removed).toEqual(foreseen);
        expect(foreseen.reduce((sum, { freedBytes }) => sum + freedBytes, 0)).toBe(freed);
        expect(space.freedBytes).toBe(freed);
      }
      expect(total.freedBytes).toBe(atFirst - filesOf(root));
    }),
    { numRuns: 15 },
  );
}, 60_000);

test("a dry prune says what a prune frees; what only a hosted repository has is not unpacked after it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyCase, { minLength: 1, maxLength: 4 }), fc.boolean(), async (cases, all) => {
      await using temporary = await temporaryStore();
      const { store, root } = temporary;
      const names = await make(temporary, cases);
      await store.remove(names[0]!, { force: true });
      const foreseen = await store.prune({ dangling: true, all, dryRun: new DryRun() });
      const before = filesOf(root);
      const pruned = await store.prune({ dangling: true, all });
      // One after the other, or all at once: in another order.
      const sorted = (report: PruneReport) => ({ ...report, deleted: report.deleted.toSorted() });
      expect(sorted(pruned)).toEqual(sorted(foreseen));
      expect(before - filesOf(root)).toBe(foreseen.freedBytes);

      const unpacked = readdirSync(join(root, "unpacked")).length;
      const hasLocal = (await store.list()).length > 0 || (await store.meta.containers.list()).length > 0;
      const hasCache = cases.some(({ deeds }) => deeds.includes("cache"));
      if (!hasLocal && !hasCache) expect(unpacked).toBe(0);
    }),
    { numRuns: 15 },
  );
}, 60_000);

test("a layer that a repository and an image have stays unpacked as long as the image is there", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  await make(temporary, [{ letters: "ab", isIndex: false, deeds: ["unpack", "host"] }]);
  const unpacked = () => readdirSync(join(root, "unpacked")).length;
  expect((await store.prune({ all: false })).freedBytes).toBe(0);
  expect(unpacked()).toBe(2);
  await store.remove("image0", { force: true });
  expect(unpacked()).toBe(2);
  expect((await store.prune()).freedBytes).toBeGreaterThan(0);
  expect(unpacked()).toBe(0);
  // What is hosted is not touched: it can be made a local image, and unpacked, again.
  expect(await Array.fromAsync(store.blobs.list())).toHaveLength(4);
});
