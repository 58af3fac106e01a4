import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collect } from "../lib/mod.ts";
import { digestOf } from "../oci/mod.ts";
import { DirectorySource } from "./directory-source.ts";

function context() {
  const path = mkdtempSync(join(tmpdir(), "kasane-directory-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("DirectorySource packs what it hashed, without reading it once more", async () => {
  using temporary = context();
  const file = join(temporary.path, "file");
  writeFileSync(file, "hashed");
  const source = new DirectorySource(temporary.path, { name: "the context" });
  const node = source.get("file")!;
  expect(await source.digest(node)).toBe(digestOf("hashed"));
  writeFileSync(file, "later!");
  const content = async () => Buffer.from(await collect(source.open(node), 100, "file")).toString();
  expect(await content()).toBe("hashed");
  // It is not kept for longer than that.
  expect(await content()).toBe("later!");
});

test("DirectorySource keeps a bounded part of what it hashed", async () => {
  using temporary = context();
  const block = Buffer.alloc(1024 * 1024, "a");
  for (let file = 0; file < 40; file++) writeFileSync(join(temporary.path, `${file}`), block);
  const source = new DirectorySource(temporary.path, { name: "the context" });
  const nodes = source.children("");
  for (const node of nodes) await source.digest(node);
  for (const node of nodes) writeFileSync(join(temporary.path, node.path), "changed");
  let kept = 0;
  for (const node of nodes) if ((await collect(source.open(node), 2 ** 21, "file")).length > 7) kept++;
  expect(kept).toBe(32);
});
