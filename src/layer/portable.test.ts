import { expect, test } from "bun:test";
import { collect } from "../lib/mod.ts";
import { writeTar } from "../tar/mod.ts";
import { flattenLayers } from "./flatten.ts";
import { indexLayer } from "./layer-index.ts";
import { isPortable } from "./portable.ts";
import { layerTar, type TestEntry } from "./testing/layer-tar.ts";
import { mergeLayers } from "./tree.ts";

test.each<[boolean, (TestEntry | string)[]]>([
  [true, ["d/", { path: "d/a", content: "1" }, { path: "b", type: "hardlink", to: "d/a" }]],
  // Two names in the archive.
  [true, [".wh.a", { path: "a", content: "1" }]],
  [
    false,
    [
      { path: "a", content: "1" },
      { path: "./a", content: "2" },
    ],
  ],
  [false, ["d/", { path: "d/a", content: "1" }, "d/"]],
])("isPortable() is %p for %j; flattened it always is", async (portable, entries) => {
  const tar = await layerTar(entries);
  const index = await indexLayer([tar]);
  expect(isPortable(index)).toBe(portable);
  const flat = flattenLayers({ tree: mergeLayers([index]), layers: [{ index, open: async () => [tar] }] });
  expect(isPortable(await indexLayer([await collect(writeTar(flat), 1 << 20, "the tar")]))).toBe(true);
});
