import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, chown, cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocalStore } from "./open-local-store.ts";
import { temporaryStore } from "./testing/temporary-store.ts";

const isRoot = process.getuid?.() === 0;

async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), "kasane-root-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test("a new root is a private OCI image layout", async () => {
  await using temporary = await temporaryStore();
  expect((await readdir(temporary.root)).filter((name) => !/^meta\.db-/.test(name)).toSorted()).toEqual([
    "blobs",
    "containers",
    "index.json",
    "indexes",
    "meta.db",
    "oci-layout",
    "reserve",
    "tmp",
    "unpacked",
    "uploads",
  ]);
  const mode = async (name: string) => ((await stat(join(temporary.root, name))).mode & 0o777).toString(8);
  expect(await mode("")).toBe(isRoot ? "711" : "700");
  expect(await mode("blobs")).toBe("700");
  expect(await mode("meta.db")).toBe("600");
  expect(await Bun.file(join(temporary.root, "oci-layout")).json()).toEqual({ imageLayoutVersion: "1.0.0" });
});

test.each([
  ["somebody's files", ["notes.txt", "more"], "the directory holds something else (more, notes.txt)"],
  [
    "another program's layout",
    ["oci-layout", "index.json", "blobs"],
    "an OCI image layout that another program made",
  ],
])("a root with %s is refused and left alone", async (_, files, message) => {
  await using directory = await temporaryDirectory();
  for (const name of files) await writeFile(join(directory.path, name), "");
  await expect(openLocalStore(directory.path)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining(message),
    hint: expect.stringContaining("--root"),
  });
  expect((await readdir(directory.path)).toSorted()).toEqual(files.toSorted());
});

test("a store that has lost its database says so, and stays as it is", async () => {
  await using temporary = await temporaryStore();
  const { root } = temporary;
  await temporary.store.close();
  for (const name of ["meta.db", "meta.db-wal", "meta.db-shm"]) await rm(join(root, name), { force: true });
  const before = (await readdir(root)).toSorted();
  await expect(openLocalStore(root)).rejects.toMatchObject({
    code: "io",
    message: expect.stringContaining("its database meta.db is gone"),
  });
  expect((await readdir(root)).toSorted()).toEqual(before);
});

test("a root that was begun by a killed process is finished", async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, "meta.db"), "");
  await mkdir(join(directory.path, "blobs"));
  const store = await openLocalStore(directory.path);
  expect(existsSync(join(directory.path, "unpacked"))).toBe(true);
  await store.close();
});

test("read-only makes nothing", async () => {
  await using directory = await temporaryDirectory();
  const root = join(directory.path, "none");
  await expect(openLocalStore(root, { readOnly: true })).rejects.toMatchObject({ code: "not-found" });
  expect(existsSync(root)).toBe(false);
});

test("read-only reads a copy of a store, indexes included", async () => {
  await using temporary = await temporaryStore();
  await using directory = await temporaryDirectory();
  await temporary.add(["docker.io/library/x:latest"], { layers: [{ a: "1" }] });
  const copy = join(directory.path, "copy");
  await temporary.store.close();
  await cp(temporary.root, copy, { recursive: true });
  await rm(join(copy, "indexes"), { recursive: true });
  const store = await openLocalStore(copy, { readOnly: true });
  const image = await store.find("x");
  expect((await store.tree(image)).get("a")?.entry.sizeBytes).toBe(1);
  await expect(store.tag("x", ["y"])).rejects.toMatchObject({ code: "io" });
  expect(existsSync(join(copy, "indexes"))).toBe(false);
  await store.close();
});

test.skipIf(isRoot)("a root that may not be written is an error with a hint (ordinary user)", async () => {
  await expect(openLocalStore("/proc/kasane")).rejects.toMatchObject({ code: "io" });
  await using directory = await temporaryDirectory();
  await chmod(directory.path, 0o555);
  await expect(openLocalStore(join(directory.path, "x"))).rejects.toMatchObject({
    code: "io",
    message: expect.stringContaining("permission denied"),
    hint: expect.stringContaining("KASANE_ROOT"),
  });
  await chmod(directory.path, 0o755);
});

test("a root that is a file is an error", async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, "file"), "");
  await expect(openLocalStore(join(directory.path, "file"))).rejects.toMatchObject({ code: "io" });
});

test.skipIf(!isRoot)("a user's root is not root's to write into", async () => {
  await using directory = await temporaryDirectory();
  const root = join(directory.path, "store");
  await (await openLocalStore(root)).close();
  await chown(join(root, "meta.db"), 1000, 1000);
  await expect(openLocalStore(root)).rejects.toMatchObject({
    code: "denied",
    message: expect.stringContaining("belongs to user 1000"),
    hint: expect.stringContaining("sudo -u '#1000'"),
  });
});
