import { afterAll, beforeAll, expect, test } from "bun:test";
import { linkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decompress } from "../layer/mod.ts";
import { decodeName, readTar } from "../tar/mod.ts";
import { type BuildFixture, buildFixture, type ContextFiles, layerLines } from "./testing/build-fixture.ts";

/** The last layer of what `lines` below FROM scratch give. */
async function lastLayer(fixture: BuildFixture, lines: string): Promise<string[] | undefined> {
  const image = await fixture.build(`FROM scratch\n${lines}`);
  return (await layerLines(fixture.store, image)).at(-1);
}

const sources: ContextFiles = {
  "foo.go": "foo",
  "bar.go": "bar",
  "sub/dir1/dir2/foo": "deep",
  "sub/link": { link: "dir1/dir2" },
  "sub/file-link": { link: "../foo.go" },
  "sub/abs": { link: "/bar.go" },
  "sub/out": { link: "../../../../etc" },
  "weird[1]": "w",
  script: { content: "x", mode: 0o755 },
};

let shared: BuildFixture;
let strange: BuildFixture;
beforeAll(async () => {
  shared = await buildFixture(sources);
  strange = await buildFixture({
    ...sources,
    "d/link/x": "x",
    "e/dir1": "file",
    "loop/a": { link: "b" },
    "loop/b": { link: "a" },
    "wh/.wh.foo": "",
  });
});
afterAll(async () => {
  await shared[Symbol.asyncDispose]();
  await strange[Symbol.asyncDispose]();
});

test.each<[string, string[]]>([
  ["COPY foo.go /a", ['f 644 0:0 a "foo"']],
  ["COPY foo.go /a/", ["d 755 0:0 a", 'f 644 0:0 a/foo.go "foo"']],
  ["COPY *.go /g/", ["d 755 0:0 g", 'f 644 0:0 g/bar.go "bar"', 'f 644 0:0 g/foo.go "foo"']],
  ["COPY sub/d* /d/", ["d 755 0:0 d", "d 755 0:0 d/dir2", 'f 644 0:0 d/dir2/foo "deep"']],
  ["COPY sub/*/dir2/foo /e/bar", ["d 755 0:0 e", 'f 644 0:0 e/bar "deep"']],
  ["COPY sub/dir1/. x", ["d 755 0:0 x", "d 755 0:0 x/dir2", 'f 644 0:0 x/dir2/foo "deep"']],
  ["WORKDIR /w\nCOPY script ./", ["d 755 0:0 w", 'f 755 0:0 w/script "x"']],
  ["COPY foo.go nomatch* /", ['f 644 0:0 foo.go "foo"']],
  ["COPY none* /x/", []],
  ["COPY weird[[]1] /", ['f 644 0:0 weird[1] "w"']],
  ["COPY ../../foo.go /", ['f 644 0:0 foo.go "foo"']],
  ["COPY sub/file-link /x/", ["d 755 0:0 x", 'f 644 0:0 x/file-link "foo"']],
  ["COPY sub/abs /x", ['f 644 0:0 x "bar"']],
  ["COPY sub/link /x/", ["d 755 0:0 x", 'f 644 0:0 x/foo "deep"']],
  ["COPY --chown=1:2 --chmod=600 foo.go /n/", ["d 755 1:2 n", 'f 600 1:2 n/foo.go "foo"']],
  ["COPY --chmod=u+x,go= foo.go /n/", ["d 755 0:0 n", 'f 700 0:0 n/foo.go "foo"']],
  ["COPY --chown=7 sub/dir1 /n", ["d 755 7:7 n", "d 755 7:7 n/dir2", 'f 644 7:7 n/dir2/foo "deep"']],
  [
    "COPY --exclude=*.go --exclude=sub . /n/",
    ["d 755 0:0 n", 'f 755 0:0 n/script "x"', 'f 644 0:0 n/weird[1] "w"'],
  ],
  ["COPY --exclude=foo* *.go /n/", ["d 755 0:0 n", 'f 644 0:0 n/bar.go "bar"']],
  [
    "COPY --exclude=sub/* --exclude=!sub/dir1 sub/../ /n/",
    [
      "d 755 0:0 n",
      'f 644 0:0 n/bar.go "bar"',
      'f 644 0:0 n/foo.go "foo"',
      'f 755 0:0 n/script "x"',
      "d 755 0:0 n/sub",
      "d 755 0:0 n/sub/dir1",
      "d 755 0:0 n/sub/dir1/dir2",
      'f 644 0:0 n/sub/dir1/dir2/foo "deep"',
      'f 644 0:0 n/weird[1] "w"',
    ],
  ],
  [
    "COPY --parents sub/dir1/dir2/foo *.go /n/",
    [
      "d 755 0:0 n",
      'f 644 0:0 n/bar.go "bar"',
      'f 644 0:0 n/foo.go "foo"',
      "d 755 0:0 n/sub",
      "d 755 0:0 n/sub/dir1",
      "d 755 0:0 n/sub/dir1/dir2",
      'f 644 0:0 n/sub/dir1/dir2/foo "deep"',
    ],
  ],
  [
    "COPY --parents sub/./**/foo /n/",
    ["d 755 0:0 n", "d 755 0:0 n/dir1", "d 755 0:0 n/dir1/dir2", 'f 644 0:0 n/dir1/dir2/foo "deep"'],
  ],
  [
    "ENV X=1\nCOPY <<a <<'b' /h/\n\"$X\"\na\n$X\nb",
    ["d 755 0:0 h", 'f 644 0:0 h/a "\\"1\\"\\n"', 'f 644 0:0 h/b "$X\\n"'],
  ],
  ["COPY <<EOF /file\nx\nEOF", ['f 644 0:0 file "x\\n"']],
])("%s", async (lines, expected) => {
  expect(await lastLayer(shared, lines)).toEqual(expected);
});

test("links inside a directory are copied as they stand", async () => {
  await using fixture = await buildFixture(sources);
  expect(await lastLayer(fixture, "COPY sub /s")).toEqual([
    "d 755 0:0 s",
    "l s/abs -> /bar.go",
    "d 755 0:0 s/dir1",
    "d 755 0:0 s/dir1/dir2",
    'f 644 0:0 s/dir1/dir2/foo "deep"',
    "l s/file-link -> ../foo.go",
    "l s/link -> dir1/dir2",
    "l s/out -> ../../../../etc",
  ]);
});

test("a source cannot leave the context through links", async () => {
  await using fixture = await buildFixture({ ...sources, etc: { link: "/etc" } });
  expect(fixture.build("FROM scratch\nCOPY etc/passwd /")).rejects.toMatchObject({ code: "not-found" });
  expect(fixture.build("FROM scratch\nCOPY sub/out/passwd /")).rejects.toMatchObject({ code: "not-found" });
});

test("names that are no valid text are copied byte for byte", async () => {
  await using fixture = await buildFixture({ "d/ok": "1" });
  const bytes = Buffer.from([0xff, 0x61, 0xc3]);
  writeFileSync(Buffer.concat([Buffer.from(`${fixture.context}/d/`), bytes]), "odd");
  const image = await fixture.build("FROM scratch\nCOPY d /x/");
  const names: string[] = [];
  for await (const { path } of readTar(
    decompress(await fixture.store.blobs.open(image.manifest.layers[0]!.digest)),
  )) {
    names.push(path);
  }
  expect(names).toEqual(["x/", "x/ok", `x/${decodeName(bytes)}`]);
});

test("names of one file stay names of one file", async () => {
  await using fixture = await buildFixture({ "d/b": "same", "d/other": "same" });
  linkSync(join(fixture.context, "d/b"), join(fixture.context, "d/a"));
  expect(await lastLayer(fixture, "COPY d /")).toEqual([
    'f 644 0:0 a "same"',
    "h b => a",
    'f 644 0:0 other "same"',
  ]);
});

test("names of one file that two sources bring are two files", async () => {
  await using fixture = await buildFixture({ "d/b": "same" });
  linkSync(join(fixture.context, "d/b"), join(fixture.context, "d/a"));
  const image = await fixture.build("FROM scratch\nCOPY d/a d/b /x/");
  expect(await layerLines(fixture.store, image)).toEqual([
    ["d 755 0:0 x", 'f 644 0:0 x/a "same"', 'f 644 0:0 x/b "same"'],
  ]);
});

test("the destination is looked up in the image, which is never unpacked", async () => {
  await using fixture = await buildFixture({
    "base/real/keep": { content: "k", mode: 0o600 },
    "base/link": { link: "real" },
    "base/abs": { link: "/real/sub" },
    "base/private": { directory: 0o700 },
    "base/file": "old",
    "base/to-file": { link: "file" },
    x: "x",
    "dir/keep/y": "y",
  });
  const base = "COPY --chown=5:6 base /\n";
  const lines = (copy: string) => lastLayer(fixture, base + copy);
  expect(await lines("COPY x /link/")).toEqual(["d 755 5:6 real", 'f 644 0:0 real/x "x"']);
  expect(await lines("COPY x /link/new/")).toEqual([
    "d 755 5:6 real",
    "d 755 0:0 real/new",
    'f 644 0:0 real/new/x "x"',
  ]);
  expect(await lines("COPY x /abs/")).toEqual([
    "d 755 5:6 real",
    "d 755 0:0 real/sub",
    'f 644 0:0 real/sub/x "x"',
  ]);
  expect(await lines("COPY x /private/")).toEqual(["d 700 5:6 private", 'f 644 0:0 private/x "x"']);
  expect(await lines("COPY x /file")).toEqual(['f 644 0:0 file "x"']);
  expect(await lines("COPY x /to-file")).toEqual(['f 644 0:0 file "x"']);
  expect(await lines("COPY x /real")).toEqual(["d 755 5:6 real", 'f 644 0:0 real/x "x"']);
  expect(await lines("WORKDIR /real/deep")).toEqual(["d 755 5:6 real", "d 755 0:0 real/deep"]);
});

test("--chown takes names out of the image's own files", async () => {
  await using fixture = await buildFixture({
    "etc/passwd": "root:x:0:0::/:/bin/sh\napp:x:1000:1001::/:/bin/sh\n",
    "usr/group": "web:x:2000:\n",
    "etc/group": { link: "../usr/group" },
    x: "x",
  });
  const base = "COPY etc /etc\nCOPY usr /usr\n";
  expect(await lastLayer(fixture, `${base}COPY --chown=app x /a`)).toEqual(['f 644 1000:1001 a "x"']);
  expect(await lastLayer(fixture, `${base}COPY --chown=app:web x /a`)).toEqual(['f 644 1000:2000 a "x"']);
  expect(await lastLayer(fixture, `${base}COPY --chown=3:web x /a`)).toEqual(['f 644 3:2000 a "x"']);
  expect(fixture.build(`FROM scratch\n${base}COPY --chown=nobody x /a`)).rejects.toMatchObject({
    code: "build-failed",
    data: { line: 4 },
    hint: "add it with RUN before, or give its number",
  });
  expect(await lastLayer(fixture, `${base}USER app\nWORKDIR /home/app`)).toEqual([
    "d 755 1000:1001 home",
    "d 755 1000:1001 home/app",
  ]);
});

test.each([
  ["COPY nope /x", "not-found", "nope was not found in the build context"],
  ["COPY foo.go bar.go /x", "invalid-dockerfile", "2 sources cannot be copied to the one file /x"],
  ["COPY sub /s\nCOPY d /s", "build-failed", "cannot copy a directory to /s/link: a symlink is in its place"],
  [
    "COPY foo.go /dir1\nCOPY sub /",
    "build-failed",
    "cannot copy a directory to /dir1: a file is in its place",
  ],
  ["COPY sub /s\nCOPY e /s", "build-failed", "cannot copy a file to /s/dir1: a directory is in its place"],
  [
    "COPY foo.go /f\nCOPY bar.go /f/x",
    "build-failed",
    "cannot make the directory /f: a file is in its place",
  ],
  ["COPY loop/a /x", "not-found", "loop/a was not found in the build context"],
  ["COPY wh /x/", "unsupported", "cannot put /x/.wh.foo into a layer"],
  ["COPY --chmod=888 foo.go /x", "invalid-dockerfile", 'invalid mode "888" in --chmod'],
  ["COPY http://x.example/y /x", "invalid-dockerfile", "COPY cannot download http://x.example/y"],
  ["COPY [ab /x", "invalid-dockerfile", "the source [ab is no valid pattern"],
  ["COPY --from=later x y\nFROM scratch AS later", "invalid-dockerfile", "the stage later must come before"],
  ["COPY --from=9 x y", "invalid-dockerfile", "there is no stage 9"],
  ["COPY --from=$X x y", "invalid-dockerfile", "variables cannot be used in --from=$X"],
])("%s is refused", async (lines, code, message) => {
  const failing = strange.build(`FROM scratch\n${lines}`);
  expect(failing).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  await failing.catch((error) =>
    expect(error.data).toMatchObject({ file: "Dockerfile", line: expect.any(Number) }),
  );
});

test(".dockerignore hides files, and says so when one is asked for", async () => {
  await using fixture = await buildFixture({
    "keep/a": "a",
    "drop/a": "a",
    "drop/deep/b": "b",
    "drop/deep/c": "c",
    ".dockerignore": "drop\n!drop/deep/b\n.dockerignore",
  });
  expect(await lastLayer(fixture, "COPY . /")).toEqual([
    "d 755 0:0 drop",
    "d 755 0:0 drop/deep",
    'f 644 0:0 drop/deep/b "b"',
    "d 755 0:0 keep",
    'f 644 0:0 keep/a "a"',
  ]);
  expect(fixture.build("FROM scratch\nCOPY drop/a /")).rejects.toMatchObject({
    hint: "it is there, but .dockerignore hides it",
  });
});

test("COPY --from finds files above a layer that holds nothing", async () => {
  const lines =
    "COPY foo.go /a\nCOPY none* /x/\nCOPY bar.go /b\nFROM scratch\nCOPY --from=0 /b /c\nCOPY --from=0 /a /d";
  const image = await shared.build(`FROM scratch\n${lines}`);
  expect(await layerLines(shared.store, image)).toEqual([['f 644 0:0 c "bar"'], ['f 644 0:0 d "foo"']]);
});
