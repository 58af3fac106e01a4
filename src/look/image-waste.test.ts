import { expect, test } from "bun:test";
import { mergeLayers } from "../layer/mod.ts";
import type { TestEntry } from "../layer/testing/layer-tar.ts";
import { type ImageWaste, imageWaste } from "./image-waste.ts";
import { indexOf, memoryLayer } from "./testing/memory-layer.ts";
import { checkWaste, parseWasteRules, withRule } from "./waste-rules.ts";

async function wasteOf(...layers: (TestEntry | string)[][]): Promise<ImageWaste> {
  const entries = await Promise.all(layers.map((layer) => indexOf(layer)));
  const views = entries.map((one) => memoryLayer(one).view);
  const tree = mergeLayers(entries.map((one) => ({ entries: one })));
  return imageWaste({ layers: views, tree: async () => tree });
}

const file = (path: string, sizeBytes: number): TestEntry => ({ path, content: "x".repeat(sizeBytes) });

test("imageWaste() of an image without doubles is none", async () => {
  expect(await wasteOf(["d/", file("d/a", 10)], ["d/", file("d/b", 5)])).toEqual({
    efficiency: 1,
    wastedBytes: 0,
    userWastedPercent: 0,
    sizeBytes: 15,
    userSizeBytes: 5,
    hiddenBytes: 0,
    paths: [],
  });
  expect((await wasteOf([])).efficiency).toBe(1);
});

test("imageWaste() counts a file of two layers twice, and what is hidden once", async () => {
  expect(await wasteOf([file("a", 10)], [file("a", 30), file("b", 10)])).toEqual({
    efficiency: 20 / 50,
    wastedBytes: 40,
    userWastedPercent: 1,
    sizeBytes: 50,
    userSizeBytes: 40,
    hiddenBytes: 10,
    paths: [{ path: "/a", count: 2, sizeBytes: 40 }],
  });
});

test("imageWaste() makes a file that is taken away worth nothing", async () => {
  const waste = await wasteOf([file("a", 10), file("b", 10)], [".wh.a"]);
  expect(waste).toMatchObject({ efficiency: 0.5, wastedBytes: 10, hiddenBytes: 10, userWastedPercent: 0 });
  expect(waste.paths).toEqual([{ path: "/a", count: 2, sizeBytes: 10 }]);
});

test("imageWaste() counts a directory that is taken away as dive does, and hides what was in it", async () => {
  const waste = await wasteOf(["d/", file("d/a", 10), file("d/b", 20)], [".wh.d", file("c", 30)]);
  // dive counts what was in the directory under the directory's path as well, in one layer only.
  expect(waste).toMatchObject({ efficiency: 1, wastedBytes: 0, hiddenBytes: 30 });
});

test("checkWaste() keeps or breaks each rule", async () => {
  const waste = await wasteOf([file("a", 10)], [file("a", 30), file("b", 10)]);
  const rules = { lowestEfficiency: 0.4, highestWastedBytes: 39, highestUserWastedPercent: 1 };
  expect(checkWaste(waste, rules)).toEqual([
    { rule: "lowestEfficiency", limit: 0.4, value: 0.4, isKept: true },
    { rule: "highestWastedBytes", limit: 39, value: 40, isKept: false },
    { rule: "highestUserWastedPercent", limit: 1, value: 1, isKept: true },
  ]);
  expect(checkWaste(waste, {})).toEqual([]);
});

test("parseWasteRules() reads a .dive-ci", () => {
  expect(
    parseWasteRules(
      "rules:\n  lowestEfficiency: 0.95\n  highestWastedBytes: 20MB\n  highestUserWastedPercent: disabled\n",
    ),
  ).toEqual({
    lowestEfficiency: 0.95,
    highestWastedBytes: 20_000_000,
  });
  expect(parseWasteRules("")).toEqual({ lowestEfficiency: 0.9, highestUserWastedPercent: 0.1 });
  expect(() => parseWasteRules("rules: {lowestEfficency: 1}")).toThrow("there is no rule");
  expect(() => parseWasteRules("rules: [1]")).toThrow("rules is no map");
  expect(() => parseWasteRules("rules: {lowestEfficiency: 95}")).toThrow("cannot be the value");
  expect(() => withRule({}, "highestWastedBytes", "many")).toThrow("cannot be the value");
  expect(withRule({}, "highestWastedBytes", "1.5 MiB")).toEqual({ highestWastedBytes: 1_572_864 });
});
