import { expect, test } from "bun:test";
import { compress } from "../layer/mod.ts";
import { collect } from "../lib/mod.ts";
import { digestOf } from "../oci/mod.ts";
import { type TarEntry, writeTar } from "../tar/mod.ts";
import { type BuildFixture, buildFixture, layerLines } from "./testing/build-fixture.ts";

type Member = Partial<TarEntry> & { path: string; text?: string };

async function tarOf(members: readonly Member[]): Promise<Uint8Array> {
  const inputs = members.map(({ text = "", ...member }) => ({
    entry: {
      type: "file",
      mode: member.type === "directory" ? 0o755 : 0o644,
      uid: 3,
      gid: 4,
      modified: { seconds: 1000, nanoseconds: 0 },
      ...member,
      sizeBytes: text.length,
    } as TarEntry,
    content: [new TextEncoder().encode(text)],
  }));
  return collect(writeTar(inputs), 1_000_000, "tar");
}

const sample: readonly Member[] = [
  { path: "./", type: "directory", mode: 0o700 },
  { path: "etc/dir/", type: "directory", mode: 0o750 },
  { path: "etc/dir/file", text: "content", mode: 0o4755 },
  { path: "etc/dir/hard", type: "hardlink", linkTarget: "etc/dir/file" },
  { path: "aaa", type: "hardlink", linkTarget: "etc/dir/file" },
  { path: "link", type: "symlink", linkTarget: "etc" },
  { path: "link/through", text: "t" },
];

const sampleLines = [
  'f 4755 3:4 aaa "content" @1000',
  "d 755 0:0 etc",
  "d 750 3:4 etc/dir @1000",
  "h etc/dir/file => aaa",
  "h etc/dir/hard => aaa",
  'f 644 3:4 etc/through "t" @1000',
  "l link -> etc @1000",
];

async function lastLayer(fixture: BuildFixture, lines: string): Promise<string[] | undefined> {
  return (await layerLines(fixture.store, await fixture.build(`FROM scratch\n${lines}`))).at(-1);
}

test.each([
  "none",
  "gzip",
  "zstd",
  "bzip2",
  "xz",
])("ADD unpacks an archive with compression %s, whatever its name", async (kind) => {
  const tar = await tarOf(sample);
  let bytes = tar;
  if (kind === "bzip2" || kind === "xz") {
    if (!Bun.which(kind)) return;
    bytes = Bun.spawnSync([kind, "-c"], { stdin: tar }).stdout;
  } else bytes = await collect(compress([tar], kind as "gzip"), 1_000_000, "archive");
  await using fixture = await buildFixture({ "some.data": bytes });
  expect(await lastLayer(fixture, "ADD some.data /")).toEqual(sampleLines);
});

test("ADD puts an archive into a directory, and what is no archive where COPY would", async () => {
  await using fixture = await buildFixture({
    "a.tar": await tarOf([{ path: "x", text: "x" }]),
    "b.tar": await tarOf([{ path: "y", text: "y" }]),
    "fake.tar.gz": "not an archive",
    "text.gz": Bun.gzipSync("just text"),
    empty: "",
  });
  expect(await lastLayer(fixture, "ADD *.tar /dest")).toEqual([
    "d 755 0:0 dest",
    'f 644 3:4 dest/x "x" @1000',
    'f 644 3:4 dest/y "y" @1000',
  ]);
  expect(await lastLayer(fixture, "ADD --chown=8 a.tar /dest")).toEqual([
    "d 755 8:8 dest",
    'f 644 8:8 dest/x "x" @1000',
  ]);
  expect(await lastLayer(fixture, "ADD fake.tar.gz empty /d/")).toEqual([
    "d 755 0:0 d",
    'f 644 0:0 d/empty ""',
    'f 644 0:0 d/fake.tar.gz "not an archive"',
  ]);
  expect(await lastLayer(fixture, "ADD text.gz /d/")).toHaveLength(2);
  const kept = await lastLayer(fixture, "ADD --unpack=false a.tar /d/");
  expect(kept?.map((line) => line.slice(0, 20))).toEqual(["d 755 0:0 d", 'f 644 0:0 d/a.tar "x']);
  expect((await lastLayer(fixture, "COPY a.tar /d/"))?.[1]).toStartWith("f 644 0:0 d/a.tar");
});

test("ADD replaces what is in an archive's way, and follows the image's links inside the destination", async () => {
  await using fixture = await buildFixture({
    "base/dir/inside": "i",
    "base/var/run": { link: "/run" },
    "base/run/keep": "k",
    "a.tar": await tarOf([
      { path: "dir", text: "now a file" },
      { path: "var/run/act/x", text: "x" },
      { path: "run/keep/", type: "directory" },
    ]),
  });
  expect(await lastLayer(fixture, "COPY base /\nADD a.tar /")).toEqual([
    'f 644 3:4 dir "now a file" @1000',
    "d 755 0:0 run",
    "d 755 0:0 run/act",
    'f 644 3:4 run/act/x "x" @1000',
    "d 755 3:4 run/keep @1000",
  ]);
});

test.each([
  [[{ path: "../evil", text: "x" }]],
  [[{ path: "a/../../evil", text: "x" }]],
  [[{ path: "h", type: "hardlink" as const, linkTarget: "../../etc/passwd" }]],
  [[{ path: "h", type: "hardlink" as const, linkTarget: "nothing" }]],
])("ADD refuses an archive that leads out of itself: %j", async (members) => {
  await using fixture = await buildFixture({ "a.tar": await tarOf(members) });
  expect(fixture.build("FROM scratch\nADD a.tar /d/")).rejects.toMatchObject({ code: "invalid-archive" });
});

test("ADD keeps links of an archive inside the destination", async () => {
  await using fixture = await buildFixture({
    "a.tar": await tarOf([
      { path: "out", type: "symlink", linkTarget: "/etc" },
      { path: "out/x", text: "x" },
      { path: "up", type: "symlink", linkTarget: "../../.." },
      { path: "up/y", text: "y" },
    ]),
  });
  expect(await lastLayer(fixture, "ADD a.tar /d/")).toEqual([
    "d 755 0:0 d",
    "d 755 0:0 d/etc",
    'f 644 3:4 d/etc/x "x" @1000',
    "l d/out -> /etc @1000",
    "l d/up -> ../../.. @1000",
    'f 644 3:4 d/y "y" @1000',
  ]);
});

test("ADD downloads, checks and does not unpack", async () => {
  const tar = await tarOf([{ path: "x", text: "x" }]);
  using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    routes: {
      "/d/a.tar": new Response(tar),
      "/": new Response("root"),
      "/gone": new Response("", { status: 404 }),
    },
  });
  const at = (path: string) => `http://127.0.0.1:${server.port}${path}`;
  await using fixture = await buildFixture();
  const lines = await lastLayer(fixture, `ADD ${at("/d/a.tar")} /t/`);
  expect(lines?.map((line) => line.slice(0, 17))).toEqual(["d 755 0:0 t", "f 600 0:0 t/a.tar"]);
  expect(await lastLayer(fixture, `ADD --unpack=true ${at("/d/a.tar")} /t/`)).toEqual([
    "d 755 0:0 t",
    'f 644 3:4 t/x "x" @1000',
  ]);
  expect(await lastLayer(fixture, `ADD ${at("/")} /name`)).toEqual(['f 600 0:0 name "root"']);
  expect(await lastLayer(fixture, `ADD --checksum=${digestOf("root")} ${at("/")} /name`)).toHaveLength(1);
  expect(fixture.build(`FROM scratch\nADD --checksum=${digestOf("x")} ${at("/")} /n`)).rejects.toMatchObject({
    code: "digest-mismatch",
  });
  expect(fixture.build(`FROM scratch\nADD ${at("/gone")} /n`)).rejects.toMatchObject({ code: "network" });
});
