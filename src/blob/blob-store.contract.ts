import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { collect, isKasaneError, KasaneError } from "../lib/mod.ts";
import { type Digest, digestOf } from "../oci/mod.ts";
import type { BlobStore } from "./blob-store.ts";

/** One fresh store for one test. */
export interface BlobStoreFixture {
  readonly store: BlobStore;
  /** The same storage as another process would open it. */
  reopen(): BlobStore;
  /** What a finished test must not leave: open handles, temporary files. */
  leftovers(): Promise<string[]>;
  dispose(): Promise<void>;
}

const text = (value: string) => new TextEncoder().encode(value);
const hello = text("hello, blob");
const helloDigest = digestOf(hello);

/** Every claim of blob-store.ts, for any implementation. */
export function describeBlobStore(name: string, open: () => Promise<BlobStoreFixture>): void {
  describe(name, () => {
    let fixture: BlobStoreFixture;
    let store: BlobStore;
    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
    });
    afterEach(async () => {
      const left = await fixture.leftovers();
      await fixture.dispose();
      expect(left).toEqual([]);
    });

    const put = async (bytes: Uint8Array, digest: Digest = digestOf(bytes)) => {
      const upload = await store.begin();
      await upload.write(bytes);
      return upload.commit(digest);
    };
    const read = async (digest: Digest, range?: { start: number; end?: number }) =>
      new Uint8Array(await collect(await store.open(digest, range), 1 << 24, "blob"));

    test("commit() makes the bytes readable under their digest", async () => {
      expect(await put(hello)).toEqual({ digest: helloDigest, sizeBytes: hello.length });
      expect(await store.stat(helloDigest)).toEqual({ digest: helloDigest, sizeBytes: hello.length });
      expect(await read(helloDigest)).toEqual(hello);
    });

    test("nothing is visible before commit()", async () => {
      const upload = await store.begin();
      await upload.write(hello);
      expect(await store.stat(helloDigest)).toBeUndefined();
      expect(await store.locate(helloDigest)).toBeUndefined();
      expect(await Array.fromAsync(store.list())).toEqual([]);
      expect(await codeOf(store.open(helloDigest))).toBe("not-found");
      await upload.abort();
    });

    test("an empty blob is a blob", async () => {
      const empty = digestOf("");
      await put(new Uint8Array());
      expect(await store.stat(empty)).toEqual({ digest: empty, sizeBytes: 0 });
      expect(await read(empty)).toEqual(new Uint8Array());
      expect(await read(empty, { start: 0 })).toEqual(new Uint8Array());
    });

    test("sha512 is as good as sha256, announced or not", async () => {
      const digest = digestOf(hello, "sha512");
      const announced = await store.begin({ algorithm: "sha512" });
      await announced.write(hello);
      expect(await announced.commit(digest)).toEqual({ digest, sizeBytes: hello.length });
      expect(await read(digest)).toEqual(hello);
      await store.delete(digest);
      await put(hello, digest);
      expect(await read(digest)).toEqual(hello);
      expect(await store.stat(helloDigest)).toBeUndefined();
    });

    test("commit() goes by the digest's algorithm, whichever was expected at first", async () => {
      for (const algorithm of ["sha256", "sha512"] as const) {
        const upload = await store.begin({ algorithm });
        await upload.write(hello);
        expect(await upload.commit(helloDigest)).toEqual({ digest: helloDigest, sizeBytes: hello.length });
      }
    });

    test("a wrong digest is refused and the upload is gone", async () => {
      const upload = await store.begin({ id: "wrong" });
      await upload.write(text("something else"));
      expect(await codeOf(upload.commit(helloDigest))).toBe("digest-mismatch");
      expect(await store.stat(helloDigest)).toBeUndefined();
      expect(await store.resume("wrong")).toBeUndefined();
      await upload.abort();
    });

    test("check() tells what commit() would, and makes nothing visible", async () => {
      const upload = await store.begin({ id: "checked" });
      await upload.write(hello);
      await upload.check(helloDigest);
      await upload.check(helloDigest);
      expect(await store.stat(helloDigest)).toBeUndefined();
      expect(await upload.read(0, hello.length)).toEqual(hello);
      expect(await upload.commit(helloDigest)).toEqual({ digest: helloDigest, sizeBytes: hello.length });
      const wrong = await store.begin({ id: "checked" });
      await wrong.write(text("something else"));
      expect(await codeOf(wrong.check(helloDigest))).toBe("digest-mismatch");
      expect(await store.resume("checked")).toBeUndefined();
    });

    test("digest() says under which digest commit() will work", async () => {
      const upload = await store.begin({ id: "digested" });
      await upload.write(hello.subarray(0, 2));
      await upload.write(hello.subarray(2));
      expect(await upload.digest()).toBe(helloDigest);
      expect(await upload.digest()).toBe(helloDigest);
      expect(await store.stat(helloDigest)).toBeUndefined();
      expect(await upload.commit(helloDigest)).toEqual({ digest: helloDigest, sizeBytes: hello.length });
      expect(await read(helloDigest)).toEqual(hello);
      const wrong = await store.begin({ id: "digested" });
      await wrong.write(text("something else"));
      await wrong.digest();
      expect(await codeOf(wrong.commit(helloDigest))).toBe("digest-mismatch");
    });

    test("put() stores a whole blob, again too, and refuses what is another", async () => {
      for (const digest of [helloDigest, helloDigest, digestOf(hello, "sha512")]) {
        expect(await store.put(hello, digest)).toEqual({ digest, sizeBytes: hello.length });
        expect(await read(digest)).toEqual(hello);
      }
      expect(await codeOf(store.put(text("other"), helloDigest))).toBe("digest-mismatch");
      await store.put(new Uint8Array(0), digestOf(""));
      expect((await store.stat(digestOf("")))?.sizeBytes).toBe(0);
      expect(await Array.fromAsync(store.listUploads())).toEqual([]);
    });

    test("two writers of one digest both succeed", async () => {
      const uploads = await Promise.all(Array.from({ length: 8 }, () => store.begin()));
      await Promise.all(uploads.map((upload) => upload.write(hello)));
      const results = await Promise.all(uploads.map((upload) => upload.commit(helloDigest)));
      expect(new Set(results.map((result) => result.digest)).size).toBe(1);
      expect(await read(helloDigest)).toEqual(hello);
      expect(await Array.fromAsync(store.listUploads())).toEqual([]);
    });

    test.each([
      [{ start: 0 }, "hello, blob"],
      [{ start: 7 }, "blob"],
      [{ start: 0, end: 5 }, "hello"],
      [{ start: 7, end: 100 }, "blob"],
      [{ start: 3, end: 3 }, ""],
    ])("open(%j) reads that range", async (range, expected) => {
      await put(hello);
      expect(new TextDecoder().decode(await read(helloDigest, range))).toBe(expected);
    });

    test.each([
      { start: 11 },
      { start: 12, end: 14 },
      { start: 5, end: 4 },
      { start: -1 },
    ])("open(%j) is not satisfiable", async (range) => {
      await put(hello);
      expect(await codeOf(store.open(helloDigest, range))).toBe("range-not-satisfiable");
    });

    test("a reader that is cancelled holds nothing open", async () => {
      await put(new Uint8Array(3 << 20));
      const stream = await store.open(digestOf(new Uint8Array(3 << 20)));
      const reader = stream.getReader();
      expect((await reader.read()).value?.length).toBeGreaterThan(0);
      await reader.cancel();
    });

    test("delete() is idempotent and leaves open readers alone", async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(65536));
      await put(bytes);
      const stream = await store.open(digestOf(bytes));
      await store.delete(digestOf(bytes));
      await store.delete(digestOf(bytes));
      expect(await store.stat(digestOf(bytes))).toBeUndefined();
      expect(new Uint8Array(await collect(stream, 1 << 20, "blob"))).toEqual(bytes);
    });

    test("list() names every blob with its size", async () => {
      const contents = ["", "a", "bb"].map(text);
      for (const bytes of contents) await put(bytes);
      await put(hello, digestOf(hello, "sha512"));
      const listed = (await Array.fromAsync(store.list())).toSorted((a, b) => a.sizeBytes - b.sizeBytes);
      expect(listed.map((info) => info.sizeBytes)).toEqual([0, 1, 2, hello.length]);
      expect(listed[3]?.digest).toBe(digestOf(hello, "sha512"));
    });

    test("resume() goes on where suspend() stopped, also in another process", async () => {
      for (const other of [store, fixture.reopen()]) {
        const upload = await store.begin({ id: "partial" });
        await upload.write(hello.subarray(0, 4));
        await upload.suspend();
        const resumed = await other.resume("partial");
        expect(resumed?.offset).toBe(4);
        await resumed!.write(hello.subarray(4));
        expect(resumed!.offset).toBe(hello.length);
        await resumed!.commit(helloDigest);
        expect(await read(helloDigest)).toEqual(hello);
        expect(await other.resume("partial")).toBeUndefined();
        await store.delete(helloDigest);
      }
    });

    test("a resumed upload is checked as a whole", async () => {
      const upload = await store.begin({ id: "tampered" });
      await upload.write(text("HELLO"));
      await upload.suspend();
      const resumed = await fixture.reopen().resume("tampered");
      await resumed!.write(hello.subarray(5));
      expect(await codeOf(resumed!.commit(helloDigest))).toBe("digest-mismatch");
    });

    test("resume() of an unknown upload is undefined, of an impossible id an error", async () => {
      expect(await store.resume("nobody")).toBeUndefined();
      for (const id of ["", "../x", "a/b", ".hidden", "a.b", "x".repeat(201), "a\0b"]) {
        expect(await codeOf(store.resume(id))).toBe("usage");
        if (id !== "") expect(await codeOf(store.begin({ id }))).toBe("usage");
      }
    });

    test("begin() refuses an id that is taken", async () => {
      const upload = await store.begin({ id: "mine" });
      expect(await codeOf(store.begin({ id: "mine" }))).toBe("conflict");
      await upload.abort();
      await (await store.begin({ id: "mine" })).abort();
    });

    test("read() gives what has been written, while more is being written", async () => {
      const whole = crypto.getRandomValues(new Uint8Array(65536));
      const parts = [1, 300, 40_000, 600_000, 262_144, 7, 500_000, 70_000, 1_000_000];
      const upload = await store.begin();
      expect(await codeOf(upload.read(0, 1))).toBe("range-not-satisfiable");
      const readAll = async (end: number) => {
        const seen: Uint8Array[] = [];
        for (let at = 0; at < end; at += seen.at(-1)!.length) seen.push(await upload.read(at, end));
        return Buffer.concat(seen);
      };
      const expected: Uint8Array[] = [];
      for (const length of parts) {
        const chunk = Buffer.alloc(length, whole.subarray(expected.length));
        const before = Buffer.concat(expected);
        const [seen] = await Promise.all([readAll(before.length), upload.write(chunk)]);
        expect(seen.equals(before)).toBe(true);
        expected.push(chunk);
        expect((await readAll(upload.offset)).equals(Buffer.concat(expected))).toBe(true);
      }
      const { length } = Buffer.concat(expected);
      expect(await upload.read(length - 1, length + 50)).toHaveLength(1);
      expect(await upload.read(5, 6)).toHaveLength(1);
      for (const [start, end] of [
        [length, length + 1],
        [5, 5],
        [-1, 4],
      ] as const) {
        expect(await codeOf(upload.read(start, end))).toBe("range-not-satisfiable");
      }
      await upload.suspend();
      const resumed = (await fixture.reopen().resume(upload.id))!;
      expect((await resumed.read(0, 1)).length).toBe(1);
      await resumed.write(hello);
      expect(new Uint8Array(await resumed.read(length, length + 5))).toEqual(text("hello"));
      await resumed.abort();
    });

    test("listUploads() shows what is suspended, and abort() removes it", async () => {
      const upload = await store.begin({ id: "kept" });
      await upload.write(hello);
      await upload.suspend();
      const listed = await Array.fromAsync(store.listUploads());
      expect(listed.map(({ id, sizeBytes }) => ({ id, sizeBytes }))).toEqual([
        { id: "kept", sizeBytes: hello.length },
      ]);
      expect(Math.abs(listed[0]!.updatedAtMs - Date.now())).toBeLessThan(60_000);
      const again = await store.resume("kept");
      await again!.abort();
      await again!.abort();
      expect(await Array.fromAsync(store.listUploads())).toEqual([]);
    });

    test("abort() after commit() and commit() after abort() do no harm", async () => {
      const upload = await store.begin();
      await upload.write(hello);
      await upload.commit(helloDigest);
      await upload.abort();
      expect(await store.stat(helloDigest)).toBeDefined();
      const aborted = await store.begin();
      await aborted.abort();
      await expect(aborted.commit(helloDigest)).rejects.toBeInstanceOf(KasaneError);
    });

    test("chunks of any size, reused by their owner, come back as they were", async () => {
      const property = fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 700_000 }), { maxLength: 6 }),
        fc.nat(),
        async (sizes, seed) => {
          const shared = new Uint8Array(700_000);
          const hasher = new Bun.CryptoHasher("sha256");
          const upload = await store.begin();
          for (const [index, size] of sizes.entries()) {
            const chunk = shared.subarray(0, size).fill((seed + index) % 251);
            hasher.update(chunk);
            await upload.write(chunk);
          }
          const digest = `sha256:${hasher.digest("hex")}` as Digest;
          const { sizeBytes } = await upload.commit(digest);
          expect(sizeBytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
          expect(digestOf(await read(digest))).toBe(digest);
        },
      );
      await fc.assert(property, { numRuns: 20 });
    });
  });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return isKasaneError(error) ? error.code : String(error);
  }
  return "no error";
}
