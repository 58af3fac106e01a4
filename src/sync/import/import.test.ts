import { afterAll, describe, expect, test } from "bun:test";
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Descriptor, type Digest, digestHex, digestOf, mediaTypes } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import { temporaryStore } from "../../store/testing/temporary-store.ts";
import { type ImportOptions, importRegistry } from "./import-registry.ts";
import { openSource } from "./open-source.ts";

const scratch = mkdtempSync(join(tmpdir(), "kasane-import-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;

/** A layout as other programs write it. */
class Layout {
  readonly directory: string;
  readonly entries: object[] = [];

  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(join(directory, "blobs/sha256"), { recursive: true });
    writeFileSync(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    this.save();
  }

  path(digest: Digest): string {
    return join(this.directory, "blobs/sha256", digestHex(digest));
  }

  blob(text: string): Descriptor {
    const digest = digestOf(text);
    writeFileSync(this.path(digest), text);
    return { mediaType: "text/plain", digest, size: Buffer.byteLength(text) };
  }

  manifest(content: string, fields: object = {}): Descriptor {
    const [config, layer] = [this.blob("{}"), this.blob(content)];
    return this.document(mediaTypes.ociManifest, { config, layers: [layer], ...fields });
  }

  document(mediaType: string, fields: object): Descriptor {
    return { ...this.blob(JSON.stringify({ schemaVersion: 2, mediaType, ...fields })), mediaType };
  }

  add(descriptor: Descriptor, annotations: Record<string, string> = {}): Descriptor {
    this.entries.push({ ...descriptor, annotations });
    this.save();
    return descriptor;
  }

  tag(descriptor: Descriptor, tag: string): Descriptor {
    return this.add(descriptor, { "org.opencontainers.image.ref.name": tag });
  }

  save(): void {
    writeFileSync(
      join(this.directory, "index.json"),
      JSON.stringify({ schemaVersion: 2, manifests: this.entries }),
    );
  }
}

const fresh = () => {
  const directory = join(scratch, String(count++));
  mkdirSync(directory);
  return directory;
};

const importFrom = async (
  store: LocalStore,
  directory: string,
  options: ImportOptions & { name?: string } = {},
) => importRegistry(store, await openSource(directory, options), options);

const referrersOf = async (store: LocalStore, repository: string, subject: Digest) =>
  (await store.meta.repositories.referrers(repository, subject, { limit: 10 })).map((each) => each.digest);

describe("importRegistry() of layouts", () => {
  test("takes repositories inside each other, and blobs that they share by hard links", async () => {
    await using temporary = await temporaryStore();
    const { store } = temporary;
    const root = fresh();
    const outer = new Layout(join(root, "team"));
    const inner = new Layout(join(root, "team/app"));
    mkdirSync(join(root, ".uploads"));
    const first = outer.tag(outer.manifest("shared"), "v1");
    const second = inner.tag(inner.manifest("own"), "v2");
    const shared = outer.blob("shared");
    linkSync(outer.path(shared.digest), inner.path(shared.digest));
    const image = { layers: [shared], config: inner.blob("{}") };
    const third = inner.add(inner.document(mediaTypes.ociManifest, image));

    const report = await importFrom(store, root);
    expect(report).toMatchObject({
      repositories: 2,
      manifests: { added: 3 },
      tags: { added: 2 },
      problemCount: 0,
    });
    const { repositories } = store.meta;
    expect(await repositories.list({ limit: 9 })).toEqual(["team", "team/app"]);
    expect((await repositories.getManifest("team", { tag: "v1" }))?.digest).toBe(first.digest);
    expect((await repositories.getManifest("team/app", { tag: "v2" }))?.digest).toBe(second.digest);
    expect(await repositories.getManifest("team/app", { digest: third.digest })).toBeDefined();
    expect(await repositories.repositoriesWithBlob(shared.digest, { limit: 9 })).toEqual([
      "team",
      "team/app",
    ]);
    expect(await importFrom(store, root)).toMatchObject({
      manifests: { added: 0, present: 3 },
      blobs: { added: 0 },
      tags: { added: 0, present: 2 },
      linkedBytes: 0,
    });
  });

  test("takes of an index what is there, and counts nothing else as missing", async () => {
    await using temporary = await temporaryStore();
    const layout = new Layout(join(fresh(), "multi"));
    const child = layout.manifest("amd64");
    const elsewhere = { ...child, digest: digestOf("not here") };
    layout.tag(layout.document(mediaTypes.ociIndex, { manifests: [child, elsewhere] }), "latest");
    const report = await importFrom(temporary.store, layout.directory);
    expect(report).toMatchObject({ repositories: 1, manifests: { added: 2 }, problemCount: 0 });
    expect(await temporary.store.meta.repositories.list({ limit: 9 })).toEqual(["multi"]);
  });

  test("folds fallback tags and olareg's marks into the referrers", async () => {
    await using temporary = await temporaryStore();
    const { store } = temporary;
    const root = fresh();
    const layout = new Layout(join(root, "app"));
    const subject = layout.tag(layout.manifest("image"), "v1");
    const spoken = layout.manifest("signature", { subject });
    const silent = layout.manifest("an older signature");
    const marked = layout.manifest("known to olareg");
    const fallback = layout.document(mediaTypes.ociIndex, { manifests: [spoken, silent] });
    layout.tag(fallback, subject.digest.replace(":", "-"));
    const answer = layout.document(mediaTypes.ociIndex, { manifests: [spoken, marked] });
    layout.add(answer, { "org.opencontainers.image.referrer.subject": subject.digest });
    await importFrom(store, root);
    const expected = [spoken, silent, marked].map((each) => each.digest).sort();
    expect(await referrersOf(store, "app", subject.digest)).toEqual(expected);
    // The answer was made for a question; the fallback tag was pushed by somebody.
    expect(await store.meta.repositories.getManifest("app", { digest: answer.digest })).toBeUndefined();
    expect(await store.meta.repositories.getManifest("app", { digest: fallback.digest })).toBeDefined();
  });

  test("leaves tags that point elsewhere, unless it is told to move them", async () => {
    await using temporary = await temporaryStore();
    const { store } = temporary;
    const root = fresh();
    const layout = new Layout(join(root, "app"));
    const old = layout.tag(layout.manifest("old"), "v1");
    await importFrom(store, root);
    layout.entries.length = 0;
    const moved = layout.tag(layout.manifest("new"), "v1");
    expect((await importFrom(store, root)).keptTags).toEqual(["app:v1"]);
    expect((await store.meta.repositories.getManifest("app", { tag: "v1" }))?.digest).toBe(old.digest);
    expect((await importFrom(store, root, { overwritesTags: true })).tags.added).toBe(1);
    expect((await store.meta.repositories.getManifest("app", { tag: "v1" }))?.digest).toBe(moved.digest);
  });

  test("names what is damaged or missing, and takes the rest", async () => {
    await using temporary = await temporaryStore();
    const root = fresh();
    const layout = new Layout(join(root, "app"));
    layout.tag(layout.manifest("good"), "good");
    const damaged = layout.tag(layout.manifest("damaged manifest"), "damaged");
    writeFileSync(layout.path(damaged.digest), "{}");
    const absent = digestOf("absent layer");
    layout.tag(layout.manifest("absent layer"), "partial");
    rmSync(layout.path(absent));
    const wrong = digestOf("wrong layer");
    layout.tag(layout.manifest("wrong layer"), "wrong");
    writeFileSync(layout.path(wrong), "wRong layer");
    layout.tag(layout.manifest("good"), "not a tag");
    layout.tag({ mediaType: mediaTypes.ociManifest, digest: digestOf("gone"), size: 4 }, "gone");
    const report = await importFrom(temporary.store, root);
    const whats = report.problems.map(({ what }) => what).sort();
    expect(whats).toEqual(
      [absent, wrong, damaged.digest, digestOf("gone"), "tag damaged", "tag gone", 'tag "not a tag"'].sort(),
    );
    expect(await temporary.store.meta.repositories.listTags("app", { limit: 9 })).toEqual([
      "good",
      "partial",
      "wrong",
    ]);
    expect(await temporary.store.blobs.stat(wrong)).toBeUndefined();
  });

  test("what was damaged at the source after it came is no problem", async () => {
    await using temporary = await temporaryStore();
    const root = fresh();
    const layout = new Layout(join(root, "app"));
    const { digest } = layout.tag(layout.manifest("image"), "v1");
    await importFrom(temporary.store, root);
    writeFileSync(layout.path(digest), "{}");
    const report = await importFrom(temporary.store, root);
    expect(report).toMatchObject({ problemCount: 0, manifests: { present: 1 }, tags: { present: 1 } });
  });

  test("a dry run counts and changes nothing; patterns choose", async () => {
    await using temporary = await temporaryStore();
    const { store } = temporary;
    const root = fresh();
    for (const name of ["a", "b"]) {
      const layout = new Layout(join(root, name));
      layout.tag(layout.manifest(name), "v1");
    }
    const dry = await importFrom(store, root, { isDryRun: true, wants: (name) => name === "a" });
    expect(dry).toMatchObject({
      isDryRun: true,
      repositories: 1,
      manifests: { added: 1 },
      tags: { added: 1 },
      blobs: { added: 2 },
      linkedBytes: 3,
    });
    expect(await store.meta.repositories.list({ limit: 9 })).toEqual([]);
    expect(await Array.fromAsync(store.blobs.list())).toEqual([]);

    const all = await importFrom(store, root, { isDryRun: true });
    const { linkedBytes } = await importFrom(store, root);
    expect(all.linkedBytes).toBe(linkedBytes);
  });
});

describe("openSource()", () => {
  test("says what it looked for", async () => {
    const directory = fresh();
    await expect(openSource(directory)).rejects.toThrow("docker/registry/v2 of distribution, or oci-layout");
    await expect(openSource(directory, { type: "distribution" })).rejects.toThrow(
      "there is no docker/registry/v2",
    );
    await expect(openSource(join(directory, "absent"))).rejects.toMatchObject({ code: "not-found" });
  });

  test("does not take Kasane's own store for a layout", async () => {
    await using temporary = await temporaryStore();
    await temporary.add(["docker.io/library/a:1"]);
    await expect(openSource(temporary.root)).rejects.toThrow("a store of Kasane itself");
  });

  test("asks for a name where a layout's directory has none that a repository can have", async () => {
    const layout = new Layout(join(fresh(), "My Layout"));
    await expect(openSource(layout.directory)).rejects.toMatchObject({ code: "usage" });
    await openSource(layout.directory, { name: "mine" });
  });
});
