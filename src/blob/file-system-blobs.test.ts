import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestHex, digestOf } from "../oci/mod.ts";
import { describeBlobStore } from "./blob-store.contract.ts";
import { openFileSystemBlobs } from "./file-system-blobs.ts";

const scratch = await mkdtemp(join(tmpdir(), "kasane-blob-"));
afterAll(() => rm(scratch, { recursive: true }));
let count = 0;
const freshRoot = () => join(scratch, String(count++));

/** Files of `root` that this process has open. */
function openHandles(root: string): string[] {
  if (!existsSync("/proc/self/fd")) return [];
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(`${root}/`) ? [`handle ${target}`] : [];
    } catch {
      return [];
    }
  });
}

describeBlobStore("FileSystemBlobStore", async () => {
  const root = freshRoot();
  return {
    store: openFileSystemBlobs(root),
    reopen: () => openFileSystemBlobs(root),
    leftovers: async () => [
      ...openHandles(root),
      ...(await readdir(join(root, "uploads")).catch(() => [])).map((name) => `upload ${name}`),
    ],
    dispose: () => rm(root, { recursive: true, force: true }),
  };
});

const hello = new TextEncoder().encode("hello");
const digest = digestOf(hello);

describe("FileSystemBlobStore on disk", () => {
  test("lies as an OCI image layout has it", async () => {
    const root = freshRoot();
    const upload = await openFileSystemBlobs(root).begin();
    await upload.write(hello);
    await upload.commit(digest);
    expect(await Bun.file(join(root, "blobs/sha256", digestHex(digest))).text()).toBe("hello");
    expect(await openFileSystemBlobs(root).locate(digest)).toEqual({
      kind: "file",
      path: join(root, "blobs/sha256", digestHex(digest)),
      sizeBytes: 5,
    });
  });

  test("opening and reading an absent root writes nothing", async () => {
    const root = freshRoot();
    const store = openFileSystemBlobs(root);
    expect(await store.stat(digest)).toBeUndefined();
    expect(await Array.fromAsync(store.list())).toEqual([]);
    expect(await Array.fromAsync(store.listUploads())).toEqual([]);
    await store.delete(digest);
    expect(existsSync(root)).toBe(false);
  });

  test("list() passes over what is not a blob", async () => {
    const root = freshRoot();
    const store = openFileSystemBlobs(root);
    const upload = await store.begin();
    await upload.write(hello);
    await upload.commit(digest);
    await mkdir(join(root, "blobs/sha256", "f".repeat(64)));
    await mkdir(join(root, "blobs/blake3"));
    await writeFile(join(root, "blobs/sha256/README"), "");
    await writeFile(join(root, "blobs/sha256", "F".repeat(64)), "");
    await writeFile(join(root, "uploads/notes.txt"), "");
    await symlink("nowhere", join(root, "blobs/sha256", "e".repeat(64)));
    expect(await Array.fromAsync(store.list())).toEqual([{ digest, sizeBytes: 5 }]);
    expect(await Array.fromAsync(store.listUploads())).toEqual([]);
  });

  test("commit() replaces a blob file that lost its end", async () => {
    const root = freshRoot();
    const store = openFileSystemBlobs(root);
    for (let round = 0; round < 2; round++) {
      const upload = await store.begin();
      await upload.write(hello);
      await upload.commit(digest);
      expect((await stat(join(root, "blobs/sha256", digestHex(digest)))).size).toBe(5);
      await truncate(join(root, "blobs/sha256", digestHex(digest)), 2);
    }
  });

  test("the hash of a suspended upload is not trusted when somebody else wrote to it", async () => {
    const root = freshRoot();
    const store = openFileSystemBlobs(root);
    const upload = await store.begin({ id: "shared" });
    await upload.write(new TextEncoder().encode("hel"));
    await upload.suspend();
    const stranger = await openFileSystemBlobs(root).resume("shared");
    await stranger!.write(new TextEncoder().encode("l"));
    await stranger!.suspend();
    const resumed = await store.resume("shared");
    expect(resumed?.offset).toBe(4);
    await resumed!.write(new TextEncoder().encode("o"));
    expect((await resumed!.commit(digest)).digest).toBe(digest);
  });

  test("who only looked at an upload that another process wrote to does not spoil its hash", async () => {
    const root = freshRoot();
    const store = openFileSystemBlobs(root);
    const writer = await openFileSystemBlobs(root).begin({ id: "shared" });
    const looker = await store.resume("shared");
    await writer.write(hello);
    await writer.suspend();
    await looker!.suspend();
    const resumed = await store.resume("shared");
    expect(await resumed!.commit(digest)).toEqual({ digest, sizeBytes: 5 });
  });

  test("a killed writer's bytes can be resumed", async () => {
    const root = freshRoot();
    const script = `
      import { openFileSystemBlobs } from ${JSON.stringify(join(import.meta.dir, "mod.ts"))};
      const upload = await openFileSystemBlobs(${JSON.stringify(root)}).begin({ id: "killed" });
      await upload.write(new Uint8Array(2 << 20).fill(1));
      await upload.write(new Uint8Array(10));
      process.kill(process.pid, "SIGKILL");`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "ignore", stderr: "inherit" });
    await child.exited;
    const upload = await openFileSystemBlobs(root).resume("killed");
    expect(upload?.offset).toBe(2 << 20);
    const whole = new Uint8Array((2 << 20) + 1).fill(1);
    await upload!.write(whole.subarray(2 << 20));
    expect((await upload!.commit(digestOf(whole))).sizeBytes).toBe(whole.length);
  });

  const mount = process.getuid?.() === 0 && Bun.which("mount") !== null;
  test.skipIf(!mount)("a full disk is `no-space`, and the upload's bytes are freed", async () => {
    const root = freshRoot();
    await mkdir(root);
    const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", root]);
    if (mounted.exitCode !== 0) return console.warn("skipped: no tmpfs can be mounted here");
    try {
      const store = openFileSystemBlobs(root);
      const upload = await store.begin({ id: "big" });
      const fill = async () => {
        for (let written = 0; written < 8; written++) await upload.write(new Uint8Array(512 * 1024));
        await upload.commit(digest);
      };
      await expect(fill()).rejects.toMatchObject({
        code: "no-space",
        hint: expect.stringContaining("prune"),
      });
      expect(await store.resume("big")).toBeUndefined();
      const small = await store.begin();
      await small.write(hello);
      await small.commit(digest);
    } finally {
      Bun.spawnSync(["umount", root]);
    }
  });

  test.skipIf(process.getuid?.() === 0)(
    "a directory that may not be written is named (ordinary user)",
    async () => {
      await expect(openFileSystemBlobs("/proc/kasane").begin()).rejects.toMatchObject({ code: "io" });
    },
  );
});
