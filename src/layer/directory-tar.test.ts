import { expect, test } from "bun:test";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTar } from "../tar/mod.ts";
import { applyLayer, directoryTar } from "./mod.ts";
import { treeDifference, treeOf } from "./testing/tree-of.ts";

function withDirectory(work: (path: string) => Promise<void>): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), "kasane-directory-tar-"));
  return work(path).finally(() => rmSync(path, { recursive: true, force: true }));
}

test("directoryTar() brings a tree with links, modes and times to where it is applied", () =>
  withDirectory(async (path) => {
    const from = join(path, "from");
    const to = join(path, "to");
    mkdirSync(join(from, "a/b"), { recursive: true });
    mkdirSync(to);
    writeFileSync(join(from, "a/file"), "x".repeat(700_000));
    chmodSync(join(from, "a/file"), 0o4750);
    linkSync(join(from, "a/file"), join(from, "a.link"));
    symlinkSync("../outside", join(from, "a/b/link"));
    writeFileSync(join(from, "a-b"), "");
    utimesSync(join(from, "a/b"), 1_000_000_000, 1_000_000_000.5);
    chmodSync(from, 0o750);
    await applyLayer(writeTar(directoryTar(from, { includeRoot: true })), to, {
      mode: { kind: "merge" },
      ownership: "keep",
    });
    expect(treeDifference(treeOf(from), treeOf(to))).toEqual([]);
  }));

test("directoryTar() refuses a name that would remove a file of a lower layer", () =>
  withDirectory(async (path) => {
    writeFileSync(join(path, ".wh.passwd"), "");
    expect(Array.fromAsync(directoryTar(path))).rejects.toThrow("would remove a file");
  }));
