import { expect, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RetentionRule } from "../retention/mod.ts";
import { DryRun } from "./space/dry-run.ts";
import { type TemporaryStore, temporaryStore } from "./testing/temporary-store.ts";

const name = (text: string) => `docker.io/${text.includes("/") ? "" : "library/"}${text}`;

/** One image for each name, oldest first, with a layer of its own on a common one. */
async function addAll({ add }: TemporaryStore, ...names: string[]): Promise<void> {
  for (const each of names) {
    await add([name(each)], { layers: [{ base: "b" }, { [each.replace(/\W/g, "-")]: each.repeat(50) }] });
  }
}

async function kept({ store }: TemporaryStore, rule: Partial<RetentionRule>): Promise<string[]> {
  const rules = [{ repositories: ["**"], keep: {}, ...rule }];
  return (await store.retain({ rules }))
    .filter(({ isKept }) => isKept)
    .map(({ repository, tag }) => `${repository}:${tag}`);
}

function blobBytes(root: string): number {
  const files = ["blobs", "indexes"].flatMap((folder) =>
    readdirSync(join(root, folder, "sha256")).map((file) => join(root, folder, "sha256", file)),
  );
  return files.reduce((sum, path) => sum + statSync(path).size, 0);
}

test("the tags given last stay, repository by repository", async () => {
  await using temporary = await temporaryStore();
  await addAll(temporary, "app:1", "app:2", "app:3", "team/app:1", "team/app:2");
  // A name that is given again is the latest, and the other names of its image are not.
  await temporary.store.tag("app:1", ["app:1"]);
  expect(await kept(temporary, { keep: { last: 1 } })).toEqual(["app:1", "team/app:2"]);
  expect(await kept(temporary, { repositories: ["team/*"], keep: { last: 1 } })).toEqual(["team/app:2"]);
  expect(await kept(temporary, { repositories: ["docker.io/library/*"], keep: { last: 2 } })).toEqual([
    "app:1",
    "app:3",
  ]);
});

test("versions, names and ages as a registry's rules mean them", async () => {
  await using temporary = await temporaryStore();
  await addAll(temporary, "app:1.0.0", "app:1.0.1", "app:1.1.0", "app:1", "app:latest", "app:test");
  const semver = { lines: 1, perLine: 1, prereleases: false };
  expect(await kept(temporary, { keep: { semver, tags: ["latest"] } })).toEqual([
    "app:1",
    "app:1.1.0",
    "app:latest",
  ]);
  expect(await kept(temporary, { tags: ["1*"], keep: { semver } })).toContain("app:test");
  expect(await kept(temporary, { keep: { pushedWithinMs: 3600_000 } })).toHaveLength(6);
});

test("reasons say why, and figures add up to what is freed", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  await addAll(temporary, "app:1", "app:2", "app:3");
  await store.tag("app:1", ["other:1"]);
  const image = await store.find("app:2");
  await store.meta.containers.put({
    id: "c0ffee",
    name: "web",
    image: image.raw.digest,
    value: "{}",
    createdAtMs: 0,
  });
  const rules = [{ repositories: ["**"], keep: { last: 0 } }];
  const names = await store.retain({ rules });
  expect(names.map(({ tag, isKept, reason }) => [tag, isKept, reason])).toEqual([
    ["1", false, "nothing in the rule keeps it"],
    ["2", true, "container web uses its image"],
    ["3", false, "nothing in the rule keeps it"],
    ["1", false, "nothing in the rule keeps it"],
  ]);
  // The first name of two frees nothing.
  expect(names[0]!.freedBytes).toBe(0);
  const before = blobBytes(root);
  // Also of the one that is in use: somebody made a container of it meanwhile.
  const report = await store.takeNames(names.map((each) => each.name));
  expect(report.untagged).toEqual([name("app:1"), name("app:3"), name("other:1")]);
  const said = names.reduce((sum, { freedBytes }) => sum + freedBytes, 0);
  expect(said).toBe(before - blobBytes(root));
  expect(report.freedBytes).toBe(said);
  expect(said).toBeGreaterThan(0);
  expect((await store.list()).map(({ record }) => record.names)).toEqual([[name("app:2")]]);
});

test("a dry run of several removals knows of those before, and changes nothing", async () => {
  await using temporary = await temporaryStore();
  const { store, root } = temporary;
  await addAll(temporary, "app:1");
  await store.tag("app:1", ["app:2"]);
  const before = blobBytes(root);
  const dryRun = new DryRun();
  expect(await store.remove("app:1", { dryRun })).toEqual({
    untagged: [name("app:1")],
    deleted: [],
    freedBytes: 0,
  });
  const second = await store.remove("app:2", { dryRun });
  expect(second.deleted).toHaveLength(3);
  expect(second.freedBytes).toBe(before);
  await expect(store.remove("app:2", { dryRun })).rejects.toMatchObject({ code: "not-found" });
  expect(blobBytes(root)).toBe(before);
  expect(await store.remove("app:1")).toEqual({ untagged: [name("app:1")], deleted: [], freedBytes: 0 });
  expect(await store.remove("app:2")).toEqual(second);
});

test("prune() in a dry run says what prune() does", async () => {
  await using temporary = await temporaryStore();
  const { store } = temporary;
  await addAll(temporary, "app:1", "app:2");
  await temporary.add([name("app:1")], { layers: [{ new: "1" }] });
  for (const options of [{ dangling: true }, { all: true }]) {
    const foreseen = await store.prune({ ...options, dryRun: new DryRun() });
    const { images, freedBytes } = await store.prune(options);
    expect(foreseen).toMatchObject({ images, freedBytes });
    expect(freedBytes).toBeGreaterThan(0);
  }
  expect(await store.list()).toEqual([]);
});
