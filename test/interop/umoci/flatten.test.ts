import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { copyImage, layoutSink } from "../../../src/image/mod.ts";
import { flattenLayers, indexLayer, mergeLayers } from "../../../src/layer/mod.ts";
import { layerTar, type TestEntry } from "../../../src/layer/testing/layer-tar.ts";
import { toByteStream } from "../../../src/lib/mod.ts";
import { writeTar } from "../../../src/tar/mod.ts";
import { missing, runOk } from "../../outside.ts";
import { treeDifference, treeOf } from "../../trees.ts";
import { imageOfTars } from "../image-of-tars.ts";
import { podman, removePodmanStorage, scratch, umoci } from "../peers.ts";
import { dir, file } from "./sample-entries.ts";

const skip = test.skipIf(missing("umoci", "tar", "podman") || process.getuid?.() !== 0);

const hard = (path: string, to: string): TestEntry => ({ path, type: "hardlink", to });

const layers: readonly (readonly (TestEntry | string)[])[] = [
  [
    { path: "./", mode: 0o711, time: 11 },
    dir("etc", 20),
    file("etc/keep"),
    file("etc/gone"),
    dir("usr", 21),
    dir("usr/lib", 22, 0o555),
    file("usr/lib/a"),
    hard("usr/lib/b", "usr/lib/a"),
    { path: "usr/lib/c", type: "symlink", to: "a", time: 5 },
    { path: "lib", to: "usr/lib", time: 6 },
    dir("opt", 23),
    file("opt/old"),
  ],
  [
    dir("etc", 30, 0o700),
    "etc/.wh.gone",
    file("etc/new"),
    file("lib/through-link"),
    ".wh.opt",
    dir("opt", 31),
    file("opt/new"),
    { path: "null", type: "character-device", device: [1, 3], mode: 0o666, time: 9 },
    { path: "ping", mode: 0o755, time: 9, content: "x", xattrs: { "user.note": "kept" } },
  ],
  [
    hard("etc/linked", "usr/lib/b"),
    file("usr/lib/a", "replaced"),
    { path: "pipe", type: "fifo", time: 8 },
    "lib/.wh.c",
  ],
];

skip("what flattenLayers() writes unpacks with tar to what umoci unpacks, and podman imports it", async () => {
  await using directory = await scratch("flatten");
  const at = (...names: string[]) => join(directory.path, ...names);
  const tars = await Promise.all(layers.map((entries) => layerTar(entries)));
  await copyImage(await imageOfTars(tars, "gzip"), layoutSink(at("layout"), { ref: "v1" }), {
    platforms: "all",
  });
  await umoci()("unpack", "--image", `${at("layout")}:v1`, at("bundle"));

  const indexes = await Promise.all(tars.map((tar) => indexLayer([tar])));
  const inputs = flattenLayers({
    tree: mergeLayers(indexes),
    layers: indexes.map((index, number) => ({ index, open: async () => [tars[number]!] })),
  });
  await Bun.write(at("flat.tar"), new Response(toByteStream(writeTar(inputs))));
  mkdirSync(at("flat"));
  await runOk([
    "tar",
    "--xattrs",
    "--xattrs-include=*",
    "--numeric-owner",
    "-xpf",
    at("flat.tar"),
    "-C",
    at("flat"),
  ]);

  const flat = treeOf(at("flat"), { times: "seconds" });
  // umoci lets the times of directories go that it puts something into for a later layer.
  const withoutTimes = (lines: string[]) => lines.map((line) => line.replace(/( directory .*) @\d+/, "$1"));
  expect(
    treeDifference(withoutTimes(flat), withoutTimes(treeOf(at("bundle/rootfs"), { times: "seconds" }))),
  ).toEqual([]);
  const times = flat
    .map((line) => /^("[^"]*") directory .* @(\d+)/.exec(line)?.slice(1).join(" "))
    .filter(Boolean);
  expect(times).toEqual(['"/" 11', '"/etc" 30', '"/opt" 31', '"/usr" 21', '"/usr/lib" 22']);

  const peer = await podman(at("podman"));
  try {
    // It refuses a tar that names a path twice.
    await peer("import", at("flat.tar"), "flat:1");
  } finally {
    await removePodmanStorage(at("podman"));
  }
});
