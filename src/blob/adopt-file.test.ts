import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestHex, digestOf } from "../oci/mod.ts";
import { adoptFile } from "./adopt-file.ts";
import { openFileSystemBlobs } from "./file-system-blobs.ts";

const scratch = await mkdtemp(join(tmpdir(), "kasane-adopt-"));
afterAll(() => rm(scratch, { recursive: true, force: true }));
let count = 0;

const hello = new TextEncoder().encode("hello");
const digest = digestOf(hello);

/** A store, a work directory beside it, and a file with `bytes` that is not of the store. */
async function scene(bytes: Uint8Array, at = scratch) {
  const root = join(scratch, `root${count++}`);
  const workDirectory = join(root, "tmp");
  await mkdir(workDirectory, { recursive: true });
  const path = join(at, `original${count++}`);
  await writeFile(path, bytes);
  const blobs = openFileSystemBlobs(root);
  return { root, blobs, path, workDirectory, leftovers: () => readdir(workDirectory) };
}

describe("adoptFile()", () => {
  test("makes a hard link, and the original stays as it was", async () => {
    const { blobs, root, path, workDirectory, leftovers } = await scene(hello);
    const before = await stat(path);
    expect(await adoptFile(blobs, { path, expected: digest, workDirectory })).toEqual({
      digest,
      sizeBytes: 5,
      how: "linked",
    });
    const blob = await stat(join(root, "blobs/sha256", digestHex(digest)));
    expect([blob.ino, blob.nlink]).toEqual([before.ino, 2]);
    await blobs.delete(digest);
    expect(await readFile(path)).toEqual(Buffer.from(hello));
    expect((await stat(path)).mtimeMs).toBe(before.mtimeMs);
    expect(await leftovers()).toEqual([]);
  });

  test("reads nothing where the store has the blob", async () => {
    const { blobs, path, workDirectory } = await scene(hello);
    await adoptFile(blobs, { path, expected: digest, workDirectory });
    let bytes = 0;
    const onBytes = (count: number) => {
      bytes += count;
    };
    const again = await adoptFile(blobs, { path, expected: digest, workDirectory, onBytes });
    expect([again.how, bytes]).toEqual(["present", 0]);
  });

  test("never shows what is not what it is called", async () => {
    const { blobs, path, workDirectory, leftovers } = await scene(new TextEncoder().encode("hellO"));
    const adopt = adoptFile(blobs, { path, expected: digest, workDirectory });
    await expect(adopt).rejects.toMatchObject({ code: "digest-mismatch" });
    expect(await blobs.stat(digest)).toBeUndefined();
    expect(await leftovers()).toEqual([]);
  });

  test("replaces a blob of another size", async () => {
    const { blobs, root, path, workDirectory } = await scene(hello);
    await mkdir(join(root, "blobs/sha256"), { recursive: true });
    await writeFile(join(root, "blobs/sha256", digestHex(digest)), "hel");
    const { how } = await adoptFile(blobs, { path, expected: digest, workDirectory });
    expect([how, (await blobs.stat(digest))?.sizeBytes]).toEqual(["linked", 5]);
  });

  test("takes what a symbolic link leads to, and not the link", async () => {
    const { blobs, path, workDirectory } = await scene(hello);
    const link = `${path}.link`;
    await symlink(path, link);
    await adoptFile(blobs, { path: link, expected: digest, workDirectory });
    const location = await blobs.locate(digest);
    expect((await stat(path)).ino).toBe((await stat((location as { path: string }).path)).ino);
  });

  test("says what is missing", async () => {
    const { blobs, workDirectory } = await scene(hello);
    const absent = adoptFile(blobs, { path: join(scratch, "absent"), expected: digest, workDirectory });
    await expect(absent).rejects.toMatchObject({ code: "not-found" });
    const directory = adoptFile(blobs, { path: scratch, expected: digest, workDirectory });
    await expect(directory).rejects.toThrow("it is not a file");
  });

  test.skipIf(!existsSync("/dev/shm"))("copies from another file system, sha512 as well", async () => {
    const other = await mkdtemp("/dev/shm/kasane-adopt-");
    try {
      const big = new Uint8Array(1_500_000).fill(7);
      const { blobs, path, workDirectory } = await scene(big, other);
      const expected = digestOf(big, "sha512");
      let bytes = 0;
      const adopted = await adoptFile(blobs, {
        path,
        expected,
        workDirectory,
        onBytes: (count) => {
          bytes += count;
        },
      });
      expect(bytes).toBe(big.length);
      const isSame = (await stat(other)).dev === (await stat(workDirectory)).dev;
      expect(adopted.how).toBe(isSame ? "linked" : "copied");
      expect((await blobs.stat(expected))?.sizeBytes).toBe(big.length);
    } finally {
      await rm(other, { recursive: true });
    }
  });
});
