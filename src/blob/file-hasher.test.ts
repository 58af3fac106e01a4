import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../oci/mod.ts";
import { FileHasher } from "./file-hasher.ts";

test("forget() ends a digest() that waits, and the next one is of what is there then", async () => {
  const root = await mkdtemp(join(tmpdir(), "kasane-hasher-"));
  const path = join(root, "file");
  const bytes = new Uint8Array(3_000_000).fill(7);
  await writeFile(path, bytes);
  const hasher = new FileHasher();
  const order = { algorithm: "sha256", sizeBytes: bytes.length } as const;
  const waiting = hasher.digest(path, order);
  hasher.forget(path);
  await expect(waiting).rejects.toMatchObject({ code: "io" });
  expect(await hasher.digest(path, order)).toBe(digestOf(bytes));
  await rm(root, { recursive: true });
});
