import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Digest, digestHex, digestOf, mediaTypes } from "../../oci/mod.ts";
import { collectGarbage } from "../collect-garbage.ts";
import { fsckStore } from "../fsck-store.ts";
import type { LocalStore } from "../local-store.ts";
import { openLocalStore } from "../open-local-store.ts";
import { temporaryStore } from "../testing/temporary-store.ts";
import { openProblems } from "./finding.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const blobFile = (root: string, digest: Digest) => join(root, "blobs/sha256", digestHex(digest));

async function addBlob(store: LocalStore, repository: string, bytes: Uint8Array): Promise<Digest> {
  const digest = digestOf(bytes);
  await store.withLease("test", async (lease) => {
    await store.meta.leases.hold(lease, [digest]);
    const upload = await store.blobs.begin();
    await upload.write(bytes);
    await store.meta.repositories.linkBlob(repository, await upload.commit(digest));
  });
  return digest;
}

/** An image as a client pushes it: `repository:tag` with one layer. */
async function push(store: LocalStore, repository: string, tag: string, content = tag) {
  const config = await addBlob(store, repository, encode("{}"));
  const layer = await addBlob(store, repository, encode(`layer of ${content}`));
  const descriptors = {
    config: { mediaType: mediaTypes.ociEmpty, digest: config, size: 2 },
    layers: [{ mediaType: "text/plain", digest: layer, size: `layer of ${content}`.length }],
  };
  const bytes = encode(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, ...descriptors }),
  );
  const record = {
    digest: digestOf(bytes),
    mediaType: mediaTypes.ociManifest,
    bytes,
    ...descriptors,
    children: [],
  };
  await store.meta.repositories.putManifest(repository, record, [tag]);
  return { config, layer, manifest: record.digest };
}

/** A store with an image of each kind, and `damage` done to it behind its back. */
async function scene() {
  const temporary = await temporaryStore();
  const { store, root } = temporary;
  const local = await temporary.add(["docker.io/library/local:1"]);
  const app = await push(store, "team/app", "v1");
  const other = await push(store, "team/app", "v2");
  const sql = (statement: string, ...values: (string | number | Uint8Array)[]) => {
    const database = new Database(join(root, "meta.db"));
    database.run(statement, values);
    database.close();
  };
  return { temporary, store, root, local, app, other, sql };
}

const kinds = (report: Awaited<ReturnType<typeof fsckStore>>) =>
  report.findings.map((each) => each.kind).sort();

describe("fsckStore()", () => {
  test("finds nothing in a store that is sound, quick or not", async () => {
    const { temporary, store } = await scene();
    await using _ = temporary;
    for (const quick of [false, true]) {
      const report = await fsckStore(store, { quick });
      expect(report.findings).toEqual([]);
      expect(report.checked).toMatchObject({ manifests: 3, links: 3, images: 1 });
      expect(report.checked.bytes > 0).toBe(!quick);
    }
  });

  test("damaged bytes: says whom they concern, moves them aside, and the next push brings them", async () => {
    const { temporary, store, root, app } = await scene();
    await using _ = temporary;
    const path = blobFile(root, app.layer);
    writeFileSync(path, "layer of vX");
    expect((await fsckStore(store, { quick: true })).findings).toEqual([]);
    const report = await fsckStore(store);
    expect(report.findings).toMatchObject([
      {
        kind: "damaged-blob",
        what: app.layer,
        users: { repositories: [{ repository: "team/app", tags: ["v1"] }], images: [] },
      },
    ]);
    expect(openProblems(report)).toBe(1);
    expect(existsSync(path)).toBe(true);

    const repaired = await fsckStore(store, { repair: true });
    expect([openProblems(repaired), repaired.repaired]).toEqual([0, 1]);
    expect(existsSync(path)).toBe(false);
    const [aside] = readdirSync(join(root, "damaged/sha256"));
    expect(readFileSync(join(root, "damaged/sha256", aside!), "utf8")).toBe("layer of vX");
    expect(await store.meta.repositories.hasBlob("team/app", app.layer)).toBeUndefined();
    const after = await fsckStore(store);
    expect([after.findings, after.sparseManifests]).toEqual([[], 1]);

    await push(store, "team/app", "v1");
    const healed = await fsckStore(store);
    expect([healed.findings, healed.sparseManifests]).toEqual([[], 0]);
  });

  test("a shortened blob is found by its size", async () => {
    const { temporary, store, root, app } = await scene();
    await using _ = temporary;
    truncateSync(blobFile(root, app.layer), 3);
    expect(kinds(await fsckStore(store, { quick: true }))).toEqual(["damaged-blob"]);
    expect(openProblems(await fsckStore(store, { quick: true, repair: true }))).toBe(0);
    expect((await fsckStore(store)).findings).toEqual([]);
  });

  test("rows without bytes lose their links", async () => {
    const { temporary, store, root, app } = await scene();
    await using _ = temporary;
    await push(store, "elsewhere", "latest", "v1");
    rmSync(blobFile(root, app.layer));
    const report = await fsckStore(store, { repair: true });
    expect(report.findings).toMatchObject([
      {
        kind: "missing-blob",
        what: app.layer,
        users: {
          repositories: [
            { repository: "elsewhere", tags: ["latest"] },
            { repository: "team/app", tags: ["v1"] },
          ],
        },
      },
    ]);
    expect(openProblems(report)).toBe(0);
    expect(await store.meta.repositories.repositoriesWithBlob(app.layer, { limit: 9 })).toEqual([]);
    expect((await fsckStore(store)).findings).toEqual([]);
  });

  test("bytes without rows: removed where nothing refers to them, noted where something does", async () => {
    const { temporary, store, root, app, sql } = await scene();
    await using _ = temporary;
    const stray = digestOf(encode("stray"));
    writeFileSync(blobFile(root, stray), "stray");
    sql("DELETE FROM blobs WHERE digest = ?", app.layer);
    expect(kinds(await fsckStore(store))).toEqual(["stray-blob", "stray-blob"]);
    expect(openProblems(await fsckStore(store, { repair: true }))).toBe(0);
    expect(existsSync(blobFile(root, stray))).toBe(false);
    expect(existsSync(blobFile(root, app.layer))).toBe(true);
    expect((await fsckStore(store)).findings).toEqual([]);
  });

  test("a manifest whose bytes are damaged goes aside with its tags", async () => {
    const { temporary, store, root, app, sql } = await scene();
    await using _ = temporary;
    sql("UPDATE manifests SET bytes = ? WHERE digest = ?", encode("{}"), app.manifest);
    const report = await fsckStore(store, { repair: true });
    expect(report.findings).toMatchObject([
      { kind: "damaged-manifest", users: { repositories: [{ repository: "team/app", tags: ["v1"] }] } },
    ]);
    expect(openProblems(report)).toBe(0);
    expect(await store.meta.repositories.listTags("team/app", { limit: 9 })).toEqual(["v2"]);
    expect(readdirSync(join(root, "damaged/sha256"))).toHaveLength(1);
    expect((await fsckStore(store)).findings).toEqual([]);
  });

  test("a local image's manifest is made whole from its file, and its file from SQL", async () => {
    const { temporary, store, root, local, sql } = await scene();
    await using _ = temporary;
    sql("UPDATE manifests SET bytes = ? WHERE digest = ?", encode("{}"), local.digest);
    expect(openProblems(await fsckStore(store, { repair: true }))).toBe(0);
    expect((await fsckStore(store)).findings).toEqual([]);
    rmSync(blobFile(root, local.digest));
    expect(kinds(await fsckStore(store))).toEqual(["missing-blob"]);
    expect(openProblems(await fsckStore(store, { repair: true }))).toBe(0);
    expect((await fsckStore(store)).findings).toEqual([]);
    await store.find("local:1");
  });

  test("what is kept beside a manifest is made again from it", async () => {
    const { temporary, store, app, other, sql } = await scene();
    await using _ = temporary;
    sql("DELETE FROM edges WHERE manifest = ? AND target = ?", app.manifest, app.layer);
    sql(
      "UPDATE manifests SET media_type = ?, size = 1 WHERE digest = ?",
      mediaTypes.ociIndex,
      other.manifest,
    );
    // Sums and the collector's view follow from what is kept.
    const found = new Set(kinds(await fsckStore(store)));
    expect(found).toEqual(new Set(["wrong-facts", "forgotten-garbage"]));
    expect(openProblems(await fsckStore(store, { repair: true }))).toBe(0);
    expect((await fsckStore(store)).findings).toEqual([]);
    expect(await store.meta.garbage.isLive(app.layer)).toBe(true);
  });

  test("a wrong size in a row is put right by the file", async () => {
    const { temporary, store, app, sql } = await scene();
    await using _ = temporary;
    sql("UPDATE repository_blobs SET size = 1 WHERE digest = ?", app.layer);
    expect(kinds(await fsckStore(store, { quick: true }))).toEqual(["wrong-facts"]);
    expect(openProblems(await fsckStore(store, { repair: true }))).toBe(0);
    expect(await store.meta.repositories.hasBlob("team/app", app.layer)).toEqual({ sizeBytes: 11 });
  });

  test("a tag whose manifest left the repository is joined to it again; one whose manifest is gone goes", async () => {
    const { temporary, store, app, sql } = await scene();
    await using _ = temporary;
    sql("DELETE FROM repository_manifests WHERE digest = ?", app.manifest);
    sql(
      "INSERT INTO repository_tags (repository, tag, digest, tagged_at) VALUES ('team/app', 'gone', ?, 0)",
      `sha256:${"0".repeat(64)}`,
    );
    sql(
      "INSERT INTO repository_blobs (repository, digest, size, linked_at) VALUES ('lost', ?, 2, 0)",
      app.config,
    );
    expect(new Set(kinds(await fsckStore(store)))).toEqual(new Set(["orphan-rows"]));
    expect(openProblems(await fsckStore(store, { repair: true }))).toBe(0);
    expect((await fsckStore(store)).findings).toEqual([]);
    expect(await store.meta.repositories.listTags("team/app", { limit: 9 })).toEqual(["v1", "v2"]);
    expect(await store.meta.repositories.hasBlob("lost", app.config)).toEqual({ sizeBytes: 2 });
  });

  test("a local image that lost a layer stays a problem until it is pulled again", async () => {
    const { temporary, store, root, local } = await scene();
    await using _ = temporary;
    const record = await store.meta.manifests.get(local.digest);
    rmSync(blobFile(root, record!.layers[0]!.digest));
    const report = await fsckStore(store, { repair: true });
    expect(report.findings).toMatchObject([
      { kind: "incomplete-image", users: { images: ["docker.io/library/local:1"] } },
    ]);
    expect(openProblems(report)).toBe(1);
    await temporary.add(["docker.io/library/local:1"]);
    expect((await fsckStore(store)).findings).toEqual([]);
  });

  test("leftovers are no problems: uploads that nobody goes on with, indexes of no layer", async () => {
    const { temporary, store, root } = await scene();
    await using _ = temporary;
    const abandoned = join(root, "uploads/0c0ffee0-0000-4000-8000-000000000000.sha256");
    writeFileSync(abandoned, "half");
    utimesSync(abandoned, 0, 0);
    const going = await store.blobs.begin();
    await store.meta.uploads.put({ id: going.id, repository: "a", startedAtMs: 0, offset: 0 });
    await going.suspend();
    utimesSync(join(root, `uploads/${going.id}.sha256`), 0, 0);
    await store.meta.uploads.put({ id: "gone", repository: "a", startedAtMs: 0, offset: 5 });
    const index = join(root, "indexes/sha256", "1".repeat(64));
    writeFileSync(index, "?");
    const known = readdirSync(join(root, "indexes/sha256")).find((name) => name !== "1".repeat(64))!;
    writeFileSync(join(root, "indexes/sha256", known), "?");
    const report = await fsckStore(store);
    expect([report.problems, report.leftovers]).toEqual([0, 4]);
    await fsckStore(store, { repair: true });
    expect([
      existsSync(abandoned),
      existsSync(index),
      existsSync(join(root, `uploads/${going.id}.sha256`)),
    ]).toEqual([false, false, true]);
    expect((await fsckStore(store)).findings).toEqual([]);
  });

  test("sums of bytes are counted again, and garbage that nobody would look at is looked at", async () => {
    const { temporary, store, root, sql } = await scene();
    await using _ = temporary;
    sql("UPDATE repositories SET bytes = bytes + 5");
    sql("UPDATE counters SET value = value - 5 WHERE name = 'hosted'");
    const loose = await addBlob(store, "team/app", encode("loose"));
    sql("DELETE FROM reviews WHERE digest = ?", loose);
    expect(kinds(await fsckStore(store))).toEqual(["forgotten-garbage", "wrong-facts", "wrong-facts"]);
    expect(openProblems(await fsckStore(store, { repair: true }))).toBe(0);
    expect((await fsckStore(store)).findings).toEqual([]);
    await collectGarbage(store, { graceMs: Number.NEGATIVE_INFINITY });
    expect(existsSync(blobFile(root, loose))).toBe(false);
    expect((await fsckStore(store)).findings).toEqual([]);
  });

  test("what somebody holds is not repaired behind their back", async () => {
    const { temporary, store, root, app } = await scene();
    await using _ = temporary;
    writeFileSync(blobFile(root, app.layer), "layer of vX");
    await store.withLease("pull", async (lease) => {
      await store.meta.leases.hold(lease, [app.layer]);
      const repair = fsckStore(store, { repair: true });
      await Bun.sleep(100);
      expect(existsSync(blobFile(root, app.layer))).toBe(true);
      await store.meta.leases.drop(lease, [app.layer]);
      expect(openProblems(await repair)).toBe(0);
    });
    expect(existsSync(blobFile(root, app.layer))).toBe(false);
  });

  test("says what the database's own check finds", async () => {
    const { temporary, store, root } = await scene();
    await using _ = temporary;
    await store.close();
    const path = join(root, "meta.db");
    const database = new Database(path);
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
    const { rootpage } = database
      .query("SELECT rootpage FROM sqlite_schema WHERE name = 'layers_by_diff_id'")
      .get() as { rootpage: number };
    const { page_size } = database.query("PRAGMA page_size").get() as { page_size: number };
    database.close();
    // The number of cells of an index's only page: it forgets its rows.
    const bytes = readFileSync(path);
    bytes.writeUInt16BE(0, (rootpage - 1) * page_size + 3);
    writeFileSync(path, bytes);
    const again = await openLocalStore(root);
    try {
      expect(kinds(await fsckStore(again))).toContain("database");
    } finally {
      await again.close();
    }
  });
});
