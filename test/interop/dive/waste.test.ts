import { expect, test } from "bun:test";
import { join } from "node:path";
import { layerTar, type TestEntry } from "../../../src/layer/testing/layer-tar.ts";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { save } from "../archive-file.ts";
import { imageOfTars } from "../image-of-tars.ts";
import { peer, scratch } from "../peers.ts";

const skip = test.skipIf(missing("dive"));

const file = (path: string, sizeBytes: number): TestEntry => ({ path, content: "x".repeat(sizeBytes) });

const images: Readonly<Record<string, readonly (readonly (TestEntry | string)[])[]>> = {
  "without waste": [
    ["etc/", file("etc/a", 100)],
    ["usr/", file("usr/b", 50)],
  ],
  "with a file of several layers": [
    ["etc/", file("etc/a", 100), file("etc/b", 10)],
    ["etc/", file("etc/a", 300)],
    ["etc/", file("etc/a", 20), file("etc/c", 7)],
  ],
  "with files that are taken away": [
    ["etc/", file("etc/a", 100), file("etc/b", 10), "empty/"],
    ["etc/", "etc/.wh.a", ".wh.empty"],
    ["etc/", file("etc/a", 30)],
  ],
  "with a directory that is taken away": [
    ["opt/", "opt/app/", file("opt/app/a", 100), file("opt/app/b", 10), file("opt/c", 5)],
    ["opt/", "opt/.wh.app"],
    ["opt/", "opt/app/", file("opt/app/a", 40)],
  ],
  "with links": [
    [
      "etc/",
      file("etc/a", 100),
      { path: "etc/hard", type: "hardlink", to: "etc/a" },
      { path: "etc/soft", to: "a" },
    ],
    ["etc/", { path: "etc/soft", to: "b" }, { path: "etc/hard", content: "now a file" }],
  ],
  "with an opaque directory": [
    ["opt/", file("opt/a", 100), file("opt/b", 10)],
    ["opt/", "opt/.wh..wh..opq", file("opt/a", 40)],
  ],
};

interface DiveReport {
  readonly image: {
    readonly sizeBytes: number;
    readonly inefficientBytes: number;
    readonly efficiencyScore: number;
    readonly fileReference: readonly {
      readonly count: number;
      readonly sizeBytes: number;
      readonly file: string;
    }[];
  };
}

skip.each(Object.keys(images))("image waste has dive's figures for an image %s", async (name) => {
  await using directory = await scratch("dive");
  const at = (path: string) => join(directory.path, path);
  const tars = await Promise.all(images[name]!.map((entries) => layerTar(entries)));
  const image = await imageOfTars(tars, "gzip");
  await save(at("image.tar"), "docker", { image, names: ["docker.io/library/sample:v1"] });
  await runOk([peer("dive"), "docker-archive://image.tar", "--json", "dive.json"], { cwd: directory.path });
  const dive = ((await Bun.file(at("dive.json")).json()) as DiveReport).image;
  const own = JSON.parse(
    await runOk([
      kasane,
      "--root",
      at("store"),
      "image",
      "waste",
      "--json",
      `docker-archive:${at("image.tar")}`,
    ]),
  );

  expect(own.efficiency).toBeCloseTo(dive.efficiencyScore, 12);
  expect(own.wastedBytes).toBe(dive.inefficientBytes);
  expect(own.sizeBytes).toBe(dive.sizeBytes);
  const references = dive.fileReference
    .filter(({ sizeBytes }) => sizeBytes > 0)
    .map(({ file: path, count, sizeBytes }) => `${path} ${count} ${sizeBytes}`);
  expect(
    own.paths
      .map(
        (one: { path: string; count: number; sizeBytes: number }) =>
          `${one.path} ${one.count} ${one.sizeBytes}`,
      )
      .sort(),
  ).toEqual(references.sort());

  // The limits of a pipeline are kept or broken together.
  for (const rules of [
    "rules:\n  lowestEfficiency: 0.95\n  highestWastedBytes: disabled\n  highestUserWastedPercent: disabled\n",
    "rules:\n  lowestEfficiency: disabled\n  highestWastedBytes: 150B\n  highestUserWastedPercent: disabled\n",
    "rules:\n  lowestEfficiency: disabled\n  highestWastedBytes: disabled\n  highestUserWastedPercent: 0.5\n",
  ]) {
    await Bun.write(at(".dive-ci"), rules);
    const archive = ["docker-archive://image.tar", "--ci"];
    const theirs = await run([peer("dive"), ...archive], { cwd: directory.path });
    const ours = await run(
      [kasane, "--root", "store", "image", "waste", "--ci", "docker-archive:image.tar"],
      {
        cwd: directory.path,
      },
    );
    expect(`${rules}${ours.code}`).toBe(`${rules}${theirs.code}`);
  }
}, 60_000);
