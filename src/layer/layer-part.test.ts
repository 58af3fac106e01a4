import { expect, test } from "bun:test";
import fc from "fast-check";
import { encodeLayerIndex, readIndexText } from "./layer-index-file.ts";
import { mergeBelow, OutsidePart, partOfIndex, partOfText, type TreePart } from "./layer-part.ts";
import { randomLayers } from "./testing/random-layers.ts";
import { mergeLayers, type TreeNode } from "./tree.ts";

const names = ["a", "b", "c", "d", "x"];
const paths = [
  "",
  ...names.flatMap((one) => [
    one,
    ...names.flatMap((two) => [`${one}/${two}`, ...names.map((three) => `${one}/${two}/${three}`)]),
  ]),
];

function partIfAny(...call: Parameters<typeof mergeBelow>): TreePart | undefined {
  try {
    return mergeBelow(...call);
  } catch (error) {
    if (error instanceof OutsidePart) return undefined;
    throw error;
  }
}

/** A node with what it is a name of, but not the trees that it hangs in. */
const facts = (node: TreeNode | undefined) =>
  node && {
    entry: node.entry,
    layer: node.layer,
    isImplied: node.isImplied,
    target: node.target?.entry.path,
  };

test("mergeBelow() has the nodes that mergeLayers() has, or says that it has not; from entries and from their lines", async () => {
  await fc.assert(
    fc.asyncProperty(randomLayers, fc.constantFrom(...names), async (layers, top) => {
      const indexes = layers.map(({ index }) => index);
      const whole = mergeLayers(indexes);
      const lines = indexes.map((index) => partOfText(readIndexText(encodeLayerIndex(index))));
      for (const parts of [indexes.map(partOfIndex), lines]) {
        const part = partIfAny(parts, `${top}/anything`);
        if (part === undefined) continue;
        for (const path of paths) {
          let found: TreeNode | undefined;
          try {
            found = part.get(path);
          } catch (error) {
            if (!(error instanceof OutsidePart) || path.split("/")[0] === top) throw error;
            continue;
          }
          // The root of a part has what its own layers say of it.
          expect([path, facts(found)]).toEqual([path, facts(whole.get(path))]);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["nothing leads there", [["usr/bin/sh"], ["etc/x -> ../usr"]], "app", ["usr", "etc"]],
  ["a link that leads there", [["srv/www -> /app"], ["srv/www/index"]], "app", []],
  ["a link from there", [["app -> usr/lib/app"], ["usr/lib/app/x"]], "app", ["etc"]],
])("mergeBelow(): %s", (_, layers, path, outside) => {
  const index = (lines: readonly string[]) => ({
    entries: lines.map((line) => {
      const [name = "", linkTarget] = line.split(" -> ");
      const common = {
        path: name,
        mode: 0o644,
        uid: 0,
        gid: 0,
        sizeBytes: 0,
        modified: { seconds: 0, nanoseconds: 0 },
      };
      return linkTarget === undefined
        ? { ...common, type: "file" as const }
        : { ...common, type: "symlink" as const, linkTarget };
    }),
  });
  const part = mergeBelow(
    layers.map((lines) => partOfIndex(index(lines))),
    path,
  );
  const whole = mergeLayers(layers.map(index));
  expect(facts(part.get(path))).toEqual(facts(whole.get(path)));
  for (const top of outside) expect(() => part.get(top)).toThrow(OutsidePart);
});

test.each([
  "x/root -> ../",
  "x -> /",
  "x -> .",
  "x/y -> z/..",
])("mergeBelow(): there are no parts where %s may lead to the root", (line) => {
  const [path = "", linkTarget = ""] = line.split(" -> ");
  const link = { type: "symlink" as const, path, linkTarget, mode: 0o777, uid: 0, gid: 0, sizeBytes: 0 };
  const index = { entries: [{ ...link, modified: { seconds: 0, nanoseconds: 0 } }] };
  expect(() => mergeBelow([partOfIndex(index)], "app")).toThrow(OutsidePart);
});
