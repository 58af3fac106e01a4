import { expect, test } from "bun:test";
import { type BuildFixture, buildFixture, layerLines } from "./testing/build-fixture.ts";

/** Layers of what the Dockerfile gives. */
async function layersOf(fixture: BuildFixture, dockerfile: string): Promise<string[][]> {
  return layerLines(fixture.store, await fixture.build(dockerfile));
}

test("COPY puts files where Docker does", async () => {
  await using fixture = await buildFixture({
    "foo.go": "foo",
    "bar.go": "bar",
    "sub/dir1/dir2/foo": "deep",
    script: { content: "x", mode: 0o755 },
  });
  const lines = (dockerfile: string) =>
    layersOf(fixture, `FROM scratch\n${dockerfile}`).then((all) => all.at(-1));
  expect(await lines("COPY foo.go /a")).toEqual(['f 644 0:0 a "foo"']);
  expect(await lines("COPY foo.go /a/")).toEqual(["d 755 0:0 a", 'f 644 0:0 a/foo.go "foo"']);
  expect(await lines("COPY *.go /gofiles/")).toEqual([
    "d 755 0:0 gofiles",
    'f 644 0:0 gofiles/bar.go "bar"',
    'f 644 0:0 gofiles/foo.go "foo"',
  ]);
  expect(await lines("COPY sub/* /d/")).toEqual([
    "d 755 0:0 d",
    "d 755 0:0 d/dir2",
    'f 644 0:0 d/dir2/foo "deep"',
  ]);
  expect(await lines("COPY sub/*/dir2/foo /e/bar")).toEqual(["d 755 0:0 e", 'f 644 0:0 e/bar "deep"']);
  expect(await lines("COPY sub/dir1/. x")).toEqual([
    "d 755 0:0 x",
    "d 755 0:0 x/dir2",
    'f 644 0:0 x/dir2/foo "deep"',
  ]);
  expect(await lines("WORKDIR /w\nCOPY script ./")).toEqual(["d 755 0:0 w", 'f 755 0:0 w/script "x"']);
  expect(await lines("COPY foo.go nomatch* /")).toEqual(['f 644 0:0 foo.go "foo"']);
  expect(await lines("COPY none* /x/")).toEqual([]);
});
