import { expect, test } from "bun:test";
import fc from "fast-check";
import { type LayerEntry, mergeLayers, type TreeNode } from "../layer/mod.ts";
import { type RandomLayer, randomLayers } from "../layer/testing/random-layers.ts";
import { isKasaneError } from "../lib/mod.ts";
import { findTopDown } from "./find-top-down.ts";
import { indexOf, memoryLayer } from "./testing/memory-layer.ts";

const names = ["a", "b", "c", "d", ".."];
const paths = [
  "/",
  ...names.flatMap((a) => [a, ...names.flatMap((b) => [`${a}/${b}`, ...names.map((c) => `${a}/${b}/${c}`)])]),
];

/** What most builders write: every directory on the way to an entry is named. */
function anchored({ index }: RandomLayer): LayerEntry[] {
  const named = new Set<string>();
  const entries: LayerEntry[] = [];
  for (const entry of index.entries) {
    const parts = entry.path.split("/");
    for (let end = 1; end < parts.length + (entry.type === "opaque" ? 1 : 0); end++) {
      const path = parts.slice(0, end).join("/");
      if (path === "" || named.has(path)) continue;
      named.add(path);
      entries.push({
        path,
        type: "directory",
        mode: 0o755,
        uid: 0,
        gid: 0,
        sizeBytes: 0,
        modified: { seconds: 0, nanoseconds: 0 },
      });
    }
    if (entry.type !== "whiteout" && entry.type !== "opaque") named.add(entry.path);
    entries.push(entry);
  }
  return entries;
}

function line(node: TreeNode | undefined): string {
  if (node === undefined) return "nothing";
  const { entry, layer, target } = node;
  const file = target
    ? ` = ${target.entry.path} ${target.entry.type} ${target.entry.contentDigest} @${target.layer}`
    : "";
  return `${entry.path} ${entry.type} ${entry.mode} ${entry.contentDigest} @${layer}${file}`;
}

test("findTopDown() finds what the tree has, or says that it does not know", async () => {
  let known = 0;
  let asked = 0;
  const property = fc.asyncProperty(randomLayers, fc.boolean(), async (layers, isAnchored) => {
    const entries = layers.map((layer) => (isAnchored ? anchored(layer) : [...layer.index.entries]));
    let tree: ReturnType<typeof mergeLayers>;
    try {
      tree = mergeLayers(entries.map((one) => ({ entries: one })));
    } catch (error) {
      if (isKasaneError(error, "invalid-layer")) return;
      throw error;
    }
    const views = entries.map((one) => memoryLayer(one).view);
    for (const path of paths) {
      for (const followLast of [true, false]) {
        asked++;
        const found = await findTopDown(views, path, { followLast });
        if (found.kind === "unknown") continue;
        known++;
        const expected = line(tree.resolve(path, { followLast }));
        expect(`${path}: ${line(found.kind === "found" ? found.node : undefined)}`).toBe(
          `${path}: ${expected}`,
        );
      }
    }
  });
  await fc.assert(property, { numRuns: 120 });
  // The claim would be empty if nothing were ever known.
  expect(known).toBeGreaterThan(asked / 10);
});

test("findTopDown() reads no layer below the one that has the file", async () => {
  const layers = [
    memoryLayer(await indexOf(["etc/", "etc/old"])),
    memoryLayer(await indexOf(["etc/", "etc/.wh.old", { path: "etc/new", content: "x" }])),
  ];
  const views = layers.map(({ view }) => view);
  expect(await findTopDown(views, "/etc/new", { followLast: true })).toMatchObject({ kind: "found" });
  expect(await findTopDown(views, "/etc/old", { followLast: true })).toEqual({ kind: "missing" });
  expect(layers.map(({ reads }) => reads())).toEqual([0, 2]);
});

test("findTopDown() asks for the tree where a layer leaves out the directories above its entries", async () => {
  const views = [
    memoryLayer(await indexOf([{ path: "lib", to: "usr/lib" }, "usr/", "usr/lib/"])).view,
    memoryLayer(await indexOf(["lib/x"])).view,
  ];
  expect(await findTopDown(views, "/lib/x", { followLast: true })).toEqual({ kind: "unknown" });
});

test("findTopDown() ends for a loop of symlinks", async () => {
  const views = [
    memoryLayer(
      await indexOf([
        { path: "a", to: "b" },
        { path: "b", to: "a" },
      ]),
    ).view,
  ];
  expect(await findTopDown(views, "/a/x", { followLast: true })).toEqual({ kind: "missing" });
});
