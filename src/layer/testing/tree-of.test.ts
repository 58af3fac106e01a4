import { expect, test } from "bun:test";
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { treeDifference, treeOf } from "./tree-of.ts";

test("treeOf() tells everything an image keeps, and treeDifference() what differs", () => {
  const root = mkdtempSync(join(tmpdir(), "kasane-trees-"));
  try {
    mkdirSync(join(root, "d"), { mode: 0o755 });
    writeFileSync(join(root, "d/a"), "one", { mode: 0o640 });
    linkSync(join(root, "d/a"), join(root, "d/b"));
    symlinkSync("../x", join(root, "d/link"));
    utimesSync(join(root, "d/a"), 12, 34);
    const owner = `${process.getuid?.()}:${process.getgid?.()}`;
    const sha = new Bun.CryptoHasher("sha256").update("one").digest("hex");
    const before = treeOf(root, { path: (path) => path !== "left-out" });
    expect(before).toEqual([
      `"/" directory 0700 ${owner}`,
      `"/d" directory 0755 ${owner}`,
      `"/d/a" file 0640 ${owner} 3 ${sha}`,
      `"/d/b" file 0640 ${owner} 3 ${sha} =/d/a`,
      `"/d/link" symlink ${owner} → "../x"`,
    ]);
    expect(treeOf(root, { times: "seconds" })[2]).toEndWith(" @34");

    rmSync(join(root, "d/link"));
    writeFileSync(join(root, "d/link"), "", { mode: 0o600 });
    const difference = treeDifference(before, treeOf(root));
    expect(difference.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
      '+ "/d/link" file',
      '- "/d/link" symlink',
    ]);
    expect(treeDifference(before, before)).toEqual([]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
