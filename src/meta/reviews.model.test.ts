import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Digest } from "../oci/mod.ts";
import type { ManifestRecord, Meta } from "./meta.ts";
import { type AgingMeta, agingMeta } from "./testing/aging-meta.ts";
import { digest, manifestRecord } from "./testing/sample-records.ts";

/**
 * Random pushes, mounts, deletes, undos, looks and collections by two openers of one database, beside a plain model: nothing that can be
 * read, or that somebody was told of within the grace time, ever disappears; everything else finally does; and what explain() says is what
 * collect() does.
 */

const hourMs = 60 * 60 * 1000;
const graceMs = 24 * hourMs;
const untaggedAfterMs = 48 * hourMs;
const undoMs = 24 * hourMs;
/** touch() notes a look once in five minutes. */
const promiseMs = graceMs - 5 * 60 * 1000;

const names = {
  repositories: ["a", "b"],
  blobs: ["b0", "b1", "b2", "b3"],
  tags: ["t0", "t1"],
};
const manifests: readonly ManifestRecord[] = [
  manifestRecord("m0", { config: "b0", layers: ["b1"] }),
  manifestRecord("m1", { config: "b0", layers: ["b2"] }),
  manifestRecord("index", { children: ["m0", "m1"] }),
  manifestRecord("nested", { children: ["index"] }),
  manifestRecord("sbom", { subject: "m0", layers: ["b3"] }),
  manifestRecord("signature", { subject: "sbom" }),
  manifestRecord("of index", { subject: "index", layers: ["b3"] }),
  manifestRecord("odd", { subject: "m1", children: ["m1"] }),
];

const repository = fc.constantFrom(...names.repositories);
const blob = fc.constantFrom(...names.blobs);
const manifest = fc.nat({ max: manifests.length - 1 });
const tag = fc.constantFrom(...names.tags);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant("link" as const), repository, blob }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("look" as const), repository, blob }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("look at" as const), repository, manifest }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("unlink" as const), repository, blob }) },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant("put" as const),
      repository,
      manifest,
      tags: fc.uniqueArray(tag, { maxLength: 2 }),
      hasUndo: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant("delete" as const), repository, manifest, hasUndo: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant("untag" as const), repository, tag, hasUndo: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("restore" as const), repository, tag }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("hold" as const), blob }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("let go" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant("wait" as const), hours: fc.constantFrom(1, 5, 20, 30, 60) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant("collect" as const),
      hasPolicy: fc.boolean(),
      limit: fc.constantFrom(1, 3, 1000),
      isLost: fc.boolean(),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Model {
  /** `repository name`, and until when it was promised to stay. */
  readonly links = new Map<string, number>();
  readonly pushed = new Map<string, number>();
  /** What was ever in a repository. */
  readonly seen = new Set<string>();
  readonly tags = new Map<string, Digest>();
  /** What can be brought back, and which manifests of its repository were there then. */
  readonly deleted = new Map<string, { digest: Digest; untilMs: number; closure: Set<string> }>();
  nowMs = 0;

  /** Below and above which nothing goes apart: children and referrers, of those that are in the repository. */
  closure(repository: string, from: Digest): Set<string> {
    const found = new Set<string>([from]);
    for (const at of found) {
      for (const { digest: target, children, subject } of manifests) {
        if (target === at)
          for (const child of children) if (this.has(repository, child.digest)) found.add(child.digest);
        if (subject === at && this.has(repository, target)) found.add(target);
      }
    }
    return found;
  }

  has(repository: string, manifest: string): boolean {
    return this.pushed.has(`${repository} ${manifest}`);
  }

  /** A tag goes or moves. */
  bury(repository: string, name: string, hasUndo: boolean): void {
    const from = this.tags.get(`${repository} ${name}`);
    if (from === undefined) return;
    this.tags.delete(`${repository} ${name}`);
    const key = `${repository} ${name} ${from}`;
    if (hasUndo)
      this.deleted.set(key, {
        digest: from,
        untilMs: this.nowMs + undoMs,
        closure: this.closure(repository, from),
      });
  }
}

async function run(given: AgingMeta, steps: readonly Step[]): Promise<void> {
  const openers: Meta[] = [given.meta, given.other];
  const model = new Model();
  const stored = new Set<string>();
  let lease = await given.meta.leases.acquire({ purpose: "test", ttlMs: 1e9 });
  for (const [index, each] of steps.entries()) {
    const meta = openers[index % 2]!;
    const { repositories, garbage, reviews } = meta;
    switch (each.op) {
      case "link": {
        const key = digest(each.blob);
        const upload = await meta.leases.acquire({ purpose: "upload", ttlMs: 1e9 });
        await meta.leases.hold(upload, [key]);
        stored.add(key);
        await repositories.linkBlob(each.repository, { digest: key, sizeBytes: 10 });
        await meta.leases.release(upload);
        model.links.set(`${each.repository} ${key}`, model.nowMs + promiseMs);
        break;
      }
      case "look": {
        const key = digest(each.blob);
        const isThere = (await repositories.touch(each.repository, key)) !== undefined;
        expect(isThere).toBe((await repositories.hasBlob(each.repository, key)) !== undefined);
        if (isThere) model.links.set(`${each.repository} ${key}`, model.nowMs + promiseMs);
        break;
      }
      case "look at": {
        const key = manifests[each.manifest]!.digest;
        const isThere = (await repositories.touch(each.repository, key)) !== undefined;
        expect(isThere).toBe(model.has(each.repository, key));
        if (isThere)
          model.pushed.set(
            `${each.repository} ${key}`,
            Math.max(model.pushed.get(`${each.repository} ${key}`)!, model.nowMs + promiseMs),
          );
        break;
      }
      case "unlink":
        await repositories.unlinkBlob(each.repository, digest(each.blob));
        model.links.delete(`${each.repository} ${digest(each.blob)}`);
        break;
      case "put": {
        const record = manifests[each.manifest]!;
        await repositories.putManifest(each.repository, record, each.tags, each.hasUndo ? { undoMs } : {});
        for (const name of each.tags) {
          if (model.tags.get(`${each.repository} ${name}`) !== record.digest)
            model.bury(each.repository, name, each.hasUndo);
          model.tags.set(`${each.repository} ${name}`, record.digest);
          model.deleted.delete(`${each.repository} ${name} ${record.digest}`);
        }
        model.pushed.set(`${each.repository} ${record.digest}`, model.nowMs + untaggedAfterMs);
        model.seen.add(`${each.repository} ${record.digest}`);
        break;
      }
      case "delete": {
        const { digest: key } = manifests[each.manifest]!;
        const done = await repositories.deleteManifest(each.repository, key, each.hasUndo ? { undoMs } : {});
        const tags = names.tags.filter((name) => model.tags.get(`${each.repository} ${name}`) === key);
        expect(done).toEqual(model.has(each.repository, key) ? { tags: tags.toSorted() } : undefined);
        for (const name of tags) model.bury(each.repository, name, each.hasUndo);
        model.pushed.delete(`${each.repository} ${key}`);
        // Deleted without undo, and nothing deleted reaches it: gone for good.
        break;
      }
      case "untag": {
        const done = await repositories.deleteTag(each.repository, each.tag, each.hasUndo ? { undoMs } : {});
        expect(done).toBe(model.tags.has(`${each.repository} ${each.tag}`));
        model.bury(each.repository, each.tag, each.hasUndo);
        break;
      }
      case "restore": {
        const restored = await repositories.restoreTag(each.repository, each.tag, { undoMs });
        if (restored === undefined) break;
        const key = `${each.repository} ${each.tag} ${restored.digest}`;
        const known = model.deleted.get(key)!;
        expect(known.untilMs).toBeGreaterThan(model.nowMs);
        if (model.tags.get(`${each.repository} ${each.tag}`) !== restored.digest)
          model.bury(each.repository, each.tag, true);
        model.tags.set(`${each.repository} ${each.tag}`, restored.digest);
        model.deleted.delete(key);
        for (const back of known.closure) {
          expect(await repositories.getManifest(each.repository, { digest: back as Digest })).toBeDefined();
          model.pushed.set(`${each.repository} ${back}`, model.nowMs);
        }
        // What came later and was deleted again comes back as well, if it belongs to it; what never was here does not.
        for (const row of rowsOf(given).manifests) {
          expect(model.seen.has(row)).toBe(true);
          if (!model.pushed.has(row)) model.pushed.set(row, model.nowMs);
        }
        break;
      }
      case "hold":
        await given.meta.leases.hold(lease, [digest(each.blob)]);
        if (!stored.has(digest(each.blob))) await given.meta.leases.drop(lease, [digest(each.blob)]);
        break;
      case "let go":
        await given.meta.leases.release(lease);
        lease = await given.meta.leases.acquire({ purpose: "test", ttlMs: 1e9 });
        break;
      case "wait":
        given.elapse(each.hours * hourMs);
        model.nowMs += each.hours * hourMs;
        break;
      case "collect": {
        const options = { graceMs, limit: each.limit, ...(each.hasPolicy && { untaggedAfterMs }) };
        const { verdicts } = await reviews.explain(options);
        const before = rowsOf(given);
        const { blobs, manifests: removedManifests, links } = await reviews.collect(options);
        if (each.limit === 1000) {
          const removed = (kind: string) =>
            verdicts.filter((verdict) => verdict.decision === "remove" && verdict.review.kind === kind);
          expect(blobs.toSorted()).toEqual(
            removed("object")
              .map(({ review }) => review.digest)
              .toSorted(),
          );
          expect(removed("link")).toHaveLength(links);
          expect(removed("manifest")).toHaveLength(removedManifests);
        }
        if (each.isLost) await garbage.unclaim(blobs);
        else {
          for (const key of blobs) stored.delete(key);
          await garbage.settle(blobs);
        }
        expectSafe(model, { before, after: rowsOf(given), hasPolicy: each.hasPolicy, blobs });
        break;
      }
    }
    expectCounted(given);
    // What nothing keeps has a review: otherwise it would stay for ever.
    expect(await given.meta.integrity.forgotten()).toEqual({ links: 0, objects: 0, repositories: 0 });
  }
  await given.meta.leases.release(lease);
  await expectEmptied(given, model);
}

interface Rows {
  readonly links: Set<string>;
  readonly manifests: Set<string>;
}

function rowsOf({ rows }: AgingMeta): Rows {
  const set = (sql: string) =>
    new Set(
      rows
        .query<{ key: string }, []>(sql)
        .all()
        .map((row) => row.key),
    );
  return {
    links: set("SELECT repository || ' ' || digest AS key FROM repository_blobs"),
    manifests: set("SELECT repository || ' ' || digest AS key FROM repository_manifests"),
  };
}

function expectSafe(
  model: Model,
  {
    before,
    after,
    hasPolicy,
    blobs,
  }: { before: Rows; after: Rows; hasPolicy: boolean; blobs: readonly string[] },
): void {
  const restorable = [...model.deleted].filter(([, { untilMs }]) => untilMs > model.nowMs);
  const kept = new Set<string>();
  for (const [key, target] of model.tags) {
    const [repository] = key.split(" ") as [string];
    for (const manifest of model.closure(repository, target)) kept.add(`${repository} ${manifest}`);
  }
  const undoable = new Set(
    restorable.flatMap(([key, { closure }]) =>
      [...closure].map((manifest) => `${key.split(" ")[0]} ${manifest}`),
    ),
  );
  for (const key of before.manifests) {
    const mustStay = !hasPolicy || kept.has(key) || undoable.has(key) || model.pushed.get(key)! > model.nowMs;
    if (mustStay) expect([key, after.manifests.has(key)]).toEqual([key, true]);
    if (!after.manifests.has(key)) model.pushed.delete(key);
  }
  for (const key of before.links) {
    const [repository, blob] = key.split(" ") as [string, string];
    const isUsed = manifests.some(
      ({ digest: manifest, config, layers }) =>
        (after.manifests.has(`${repository} ${manifest}`) || undoable.has(`${repository} ${manifest}`)) &&
        [config, ...layers].some((part) => part?.digest === blob),
    );
    if (isUsed || model.links.get(key)! > model.nowMs)
      expect([key, after.links.has(key)]).toEqual([key, true]);
    if (!after.links.has(key)) model.links.delete(key);
  }
  for (const key of blobs) {
    for (const repository of names.repositories) {
      expect(after.links.has(`${repository} ${key}`)).toBe(false);
      for (const { digest: manifest, config, layers } of manifests) {
        const isNamed = manifest === key || [config, ...layers].some((part) => part?.digest === key);
        const isReadable =
          after.manifests.has(`${repository} ${manifest}`) || undoable.has(`${repository} ${manifest}`);
        if (isNamed) expect(isReadable).toBe(false);
      }
    }
  }
}

/** The counters say what adding up would. */
function expectCounted({ rows }: AgingMeta): void {
  const counted = rows
    .query(
      `SELECT
         (SELECT value FROM counters WHERE name = 'hosted') AS hosted,
         (SELECT coalesce(sum(size), 0) FROM (SELECT DISTINCT digest, size FROM repository_blobs WHERE is_counted = 1))
           + (SELECT coalesce(sum(size), 0) FROM manifests WHERE digest IN (SELECT digest FROM repository_manifests)) AS sum,
         (SELECT count(*) FROM repositories r WHERE bytes <>
           (SELECT coalesce(sum(size), 0) FROM repository_blobs b WHERE b.repository = r.name AND is_counted = 1)
           + (SELECT coalesce(sum(m.size), 0) FROM repository_manifests x JOIN manifests m ON m.digest = x.digest
              WHERE x.repository = r.name)) AS wrong`,
    )
    .get() as { hosted: number; sum: number; wrong: number };
  expect(counted).toEqual({ hosted: counted.sum, sum: counted.sum, wrong: 0 });
}

/** Without anybody doing anything, what tags keep is all that is left, and nothing waits. Without tags nothing is left. */
async function expectEmptied(given: AgingMeta, model: Model): Promise<void> {
  const { meta } = given;
  const drain = async () => {
    for (let round = 0; round < 12; round++) {
      given.elapse(100 * hourMs);
      const { blobs } = await meta.reviews.collect({ graceMs, untaggedAfterMs, limit: 1e6 });
      await meta.garbage.settle(blobs);
    }
  };
  await drain();
  const kept = new Set<string>();
  const used = new Set<string>();
  for (const [key, target] of model.tags) {
    const [repository] = key.split(" ") as [string];
    for (const manifest of model.closure(repository, target)) kept.add(`${repository} ${manifest}`);
  }
  for (const key of kept) {
    const [repository, manifest] = key.split(" ") as [string, string];
    const record = manifests.find((each) => each.digest === manifest)!;
    for (const part of [record.config, ...record.layers]) if (part) used.add(`${repository} ${part.digest}`);
  }
  const left = rowsOf(given);
  expect([...left.manifests].toSorted()).toEqual([...kept].toSorted());
  expect([...left.links].filter((key) => !used.has(key))).toEqual([]);
  expect(await meta.reviews.pending()).toEqual({ count: 0, manifests: 0 });
  for (const key of model.tags.keys()) {
    const [repository, name] = key.split(" ") as [string, string];
    await meta.repositories.deleteTag(repository, name);
  }
  await drain();
  for (const table of [
    "manifests",
    "blobs",
    "edges",
    "repositories",
    "claims",
    "reviews",
    "deleted_tags",
    "deleted_manifests",
  ])
    expect([table, given.rows.query(`SELECT * FROM ${table}`).all()]).toEqual([table, []]);
}

test("whatever is done in whatever order, what is needed stays and the rest goes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: "max" }), async (steps) => {
      await using given = await agingMeta();
      await run(given, steps);
    }),
    { numRuns: Number(process.env.KASANE_RUNS ?? 40) },
  );
}, 120_000);
