import { describe, expect, test } from "bun:test";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type ApplyOptions, applyLayer } from "./apply.ts";
import { indexLayer } from "./layer-index.ts";
import { isRoot, layerTar, type TestEntry, temporaryDirectory } from "./testing/layer-tar.ts";
import { treeDifference, treeOf } from "./testing/tree-of.ts";
import { mergeLayers } from "./tree.ts";

// An ordinary user can give nothing away: implied directories would belong to root.
const ownership = isRoot ? "keep" : "ignore";
const merge: ApplyOptions = { mode: { kind: "merge" }, ownership };
const overlay: ApplyOptions = {
  mode: { kind: "overlay", xattrs: isRoot ? "trusted" : "user" },
  ownership,
};
const opaqueKey = isRoot ? "trusted.overlay.opaque" : "user.overlay.opaque";
const me = `${process.getuid?.()}:${process.getgid?.()}`;

type Entries = readonly (TestEntry | string)[];

async function apply(directory: string, entries: Entries, options: ApplyOptions = merge): Promise<void> {
  await applyLayer([await layerTar(entries)], directory, options);
}

/** Paths and types only, for what is about who wins. */
function shape(directory: string): string[] {
  return treeOf(directory, { xattr: (key) => key === opaqueKey })
    .map((line) => /^("(?:[^"\\]|\\.)*") (\S+)(.*)$/s.exec(line)!)
    .map(
      ([, path, type, rest]) =>
        `${JSON.parse(path!)} ${type}${rest!.includes("overlay.opaque=") ? " opaque" : ""}`,
    )
    .slice(1);
}

describe("what an entry becomes", () => {
  test("every type, with mode, owner, time and xattrs, whatever the umask", async () => {
    await using directory = temporaryDirectory();
    const umask = process.umask(0o077);
    try {
      await apply(directory.path, [
        { path: "./", mode: 0o751, time: 5 },
        { path: "d/", mode: 0o1777, time: 10, xattrs: { "user.note": "dir" } },
        { path: "d/file", mode: 0o4755, content: "hello", time: -20, xattrs: { "user.note": "x" } },
        { path: "d/link", to: "/absolute", time: 30 },
        { path: "d/hard", type: "hardlink", to: "d/file" },
        { path: "d/pipe", type: "fifo", mode: 0o622, time: 40 },
        { path: "d/closed/", mode: 0o555 },
        { path: "d/closed/in", mode: 0o400, content: "secret" },
      ]);
    } finally {
      process.umask(umask);
    }
    expect(treeOf(directory.path, { times: "seconds" })).toEqual([
      `"/" directory 0751 ${me} @5`,
      `"/d" directory 1777 ${me} @10 user.note=646972`,
      `"/d/closed" directory 0555 ${me} @1000`,
      expect.stringContaining(`"/d/closed/in" file 0400 ${me} 6`),
      expect.stringMatching(/^"\/d\/file" file 4755 .* 5 \w+ @-20 user.note=78$/),
      expect.stringMatching(/^"\/d\/hard" file 4755 .* =\/d\/file @-20 user.note=78$/),
      `"/d/link" symlink ${me} → "/absolute" @30`,
      `"/d/pipe" fifo 0622 ${me} @40`,
    ]);
  });

  test.skipIf(!isRoot)("as root: owners, devices and file capabilities", async () => {
    await using directory = temporaryDirectory();
    const capability = "\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    await apply(directory.path, [
      { path: "null", type: "character-device", device: [1, 3], mode: 0o666, uid: 0, gid: 7 },
      { path: "sda", type: "block-device", device: [259, 70_000], mode: 0o660, uid: 4_000_000_000, gid: 6 },
      { path: "ping", mode: 0o2755, uid: 65_534, gid: 33, xattrs: { "security.capability": capability } },
      { path: "link", to: "x", uid: 12, gid: 34 },
    ]);
    expect(treeOf(directory.path)).toEqual([
      expect.anything(),
      `"/link" symlink 12:34 → "x"`,
      `"/null" character-device 0666 0:7 1:3`,
      expect.stringMatching(/^"\/ping" file 2755 65534:33 0 \w+ security.capability=01000002002/),
      `"/sda" block-device 0660 4000000000:6 259:70000`,
    ]);
  });

  test("ownership `ignore` keeps the true owner in an xattr", async () => {
    await using directory = temporaryDirectory();
    await apply(
      directory.path,
      [
        { path: "d/", uid: 0, gid: 42 },
        { path: "d/f", uid: 33, gid: 33 },
        { path: "d/root", uid: 0, gid: 0 },
        { path: "d/l", to: "f", uid: 33, gid: 33 },
      ],
      { ...overlay, ownership: "ignore" },
    );
    expect(treeOf(directory.path, { xattr: (key) => key === "user.kasane.owner" }).slice(1)).toEqual([
      `"/d" directory 0755 ${me} user.kasane.owner=${Buffer.from("0:42").toString("hex")}`,
      expect.stringMatching(new RegExp(`^"/d/f" file 0644 ${me} 0 \\w+ user.kasane.owner=33333a3333$`)),
      `"/d/l" symlink ${me} → "f"`,
      expect.stringMatching(new RegExp(`^"/d/root" file 0644 ${me} 0 \\w+$`)),
    ]);
  });

  test("xattrs that would act on the unpacked tree itself are left out, and said so", async () => {
    await using directory = temporaryDirectory();
    const heard: string[] = [];
    await apply(directory.path, [{ path: "f", xattrs: { "user.kasane.owner": "0:0", "user.ok": "1" } }], {
      ...overlay,
      warn: (message) => heard.push(message),
    });
    expect(treeOf(directory.path, { xattr: () => true }).at(-1)).toEndWith(" user.ok=31");
    expect(heard).toEqual(['the xattr "user.kasane.owner" of "f" is reserved and was left out']);
  });

  test("a large file comes out whole", async () => {
    await using directory = temporaryDirectory();
    const content = "0123456789abcdef".repeat(200_000);
    await apply(directory.path, [{ path: "large", content }]);
    expect(readFileSync(join(directory.path, "large"), "utf8")).toBe(content);
  });

  test("a later entry of the same path wins, and directories merge", async () => {
    await using directory = temporaryDirectory();
    await apply(directory.path, [
      { path: "a", content: "1" },
      { path: "a", content: "22" },
      "d/",
      "d/x",
      { path: "d/", mode: 0o700 },
      "e/",
      "e/x",
      { path: "e", to: "d" },
      { path: "g", to: "d" },
      "g/",
      "g/own",
    ]);
    expect(shape(directory.path)).toEqual([
      "/a file",
      "/d directory",
      "/d/x file",
      "/e symlink",
      "/g directory",
      "/g/own file",
    ]);
    expect(readFileSync(join(directory.path, "a"), "utf8")).toBe("22");
    expect(statSync(join(directory.path, "d")).mode & 0o777).toBe(0o700);
  });
});

describe("merge mode", () => {
  test("whiteouts remove what lower layers brought and nothing of the same layer, in any order", async () => {
    await using directory = temporaryDirectory();
    await apply(directory.path, [
      "gone/",
      "gone/deep/",
      "gone/deep/f",
      "kept/",
      "kept/old",
      "kept/new",
      "f",
      "opq/",
      "opq/a",
      "opq/b/",
      "opq/b/c",
    ]);
    await apply(directory.path, [
      ".wh.gone",
      "kept/new",
      ".wh.kept",
      ".wh.f",
      ".wh.never-there",
      ".wh..wh.plnk",
      "no/such/.wh.directory",
      "opq/b/",
      "opq/b/new",
      "opq/.wh..wh..opq",
      "opq/after",
    ]);
    expect(shape(directory.path)).toEqual([
      "/kept directory",
      "/kept/new file",
      "/opq directory",
      "/opq/after file",
      "/opq/b directory",
      "/opq/b/new file",
    ]);
  });

  test("a whiteout of a symlink removes the link, not what it points to", async () => {
    await using directory = temporaryDirectory();
    await apply(directory.path, ["d/", "d/f", { path: "l", to: "d" }]);
    await apply(directory.path, [".wh.l"]);
    expect(shape(directory.path)).toEqual(["/d directory", "/d/f file"]);
  });

  test("symlinked parents are followed inside the root, for entries and whiteouts", async () => {
    await using directory = temporaryDirectory();
    await apply(directory.path, [
      "usr/",
      "usr/lib/",
      "usr/lib/old",
      { path: "lib", to: "usr/lib" },
      { path: "usr/abs", to: "/usr/lib" },
      { path: "up", to: "../../../../usr" },
    ]);
    await apply(directory.path, ["lib/new", "lib/.wh.old", "usr/abs/two", "up/abs/three"]);
    expect(shape(directory.path)).toEqual([
      "/lib symlink",
      "/up symlink",
      "/usr directory",
      "/usr/abs symlink",
      "/usr/lib directory",
      "/usr/lib/new file",
      "/usr/lib/three file",
      "/usr/lib/two file",
    ]);
  });

  test("a directory keeps its time when the layer does not name it, and loses old xattrs when it does", async () => {
    await using directory = temporaryDirectory();
    await apply(directory.path, [
      { path: "d/", time: 77, xattrs: { "user.a": "1" } },
      "d/f",
      { path: "e/", time: 7, xattrs: { "user.a": "1" } },
    ]);
    await apply(directory.path, ["d/.wh.f", "d/new", { path: "e/", time: 8, xattrs: { "user.b": "2" } }]);
    expect(
      treeOf(directory.path, { times: "seconds" })
        .filter((line) => line.includes("directory"))
        .slice(1),
    ).toEqual([`"/d" directory 0755 ${me} @77 user.a=31`, `"/e" directory 0755 ${me} @8 user.b=32`]);
  });

  test("a hard link may reach into a lower layer", async () => {
    await using directory = temporaryDirectory();
    await apply(directory.path, [{ path: "a", content: "x" }]);
    await apply(directory.path, [{ path: "b", type: "hardlink", to: "./a" }]);
    expect(statSync(join(directory.path, "b")).ino).toBe(statSync(join(directory.path, "a")).ino);
  });
});

describe("overlay mode", () => {
  test("whiteouts become devices, opaque directories are marked", async () => {
    await using directory = temporaryDirectory();
    await apply(
      directory.path,
      [".wh.gone", "d/", "d/.wh..wh..opq", "d/x", ".wh.e", "e/", "e/x", ".wh.f", "f", "g/", ".wh.g", "g/x"],
      overlay,
    );
    expect(shape(directory.path)).toEqual([
      "/d directory opaque",
      "/d/x file",
      "/e directory opaque",
      "/e/x file",
      "/f file",
      "/g directory opaque",
      "/g/x file",
      "/gone character-device",
    ]);
    expect(lstatSync(join(directory.path, "gone")).rdev).toBe(0);
  });

  test("no marks are left where nothing is below: they would be seen as broken names", async () => {
    await using directory = temporaryDirectory();
    await apply(
      directory.path,
      ["d/", "d/.wh.x", "d/e/", "d/e/.wh.y", "d/.wh..wh..opq", ".wh.n", "n/", "n/.wh.z"],
      overlay,
    );
    expect(shape(directory.path)).toEqual(["/d directory opaque", "/d/e directory", "/n directory opaque"]);
  });

  test("a directory that takes the place of a file of the same layer hides what is below", async () => {
    await using directory = temporaryDirectory();
    await apply(directory.path, ["a", "a/", "b/", "b/c", "b", "b/"], overlay);
    expect(shape(directory.path)).toEqual(["/a directory opaque", "/b directory opaque"]);
  });
});

describe("hard links to files of lower layers", () => {
  /** A layer on top of another, which is not in the directory: `lower` and `readLower` are all that is known of it. */
  async function applyOnTop(lower: Entries, entries: Entries, options: ApplyOptions): Promise<string[]> {
    await using below = temporaryDirectory();
    await using directory = temporaryDirectory();
    await apply(below.path, lower);
    if (options.mode.kind === "merge") await apply(directory.path, lower);
    await apply(directory.path, entries, {
      ...options,
      lower: mergeLayers([await indexLayer([await layerTar(lower)])]),
      async *readLower(path) {
        yield readFileSync(join(below.path, path));
      },
    });
    return treeOf(directory.path, { times: "seconds" })
      .slice(1)
      .map((line) => line.replace(/ \d+:\d+ (\d+) \w{64}/, " $1"));
  }

  test("copy the file up to its own name, with its attributes and those of its directory, and link it", async () => {
    const lower: Entries = [
      { path: "d/", mode: 0o711, time: 5 },
      { path: "d/a", mode: 0o4755, content: "abc", time: 6 },
    ];
    expect(await applyOnTop(lower, ["e/", { path: "e/b", type: "hardlink", to: "d/a" }], overlay)).toEqual([
      `"/d" directory 0711 ${me} @5`,
      '"/d/a" file 4755 3 @6',
      `"/e" directory 0755 ${me} @1000`,
      '"/e/b" file 4755 3 =/d/a @6',
    ]);
  });

  test("may be to a file that the same layer takes away", async () => {
    const lower: Entries = [{ path: "a", content: "abc", time: 6 }];
    const entries: Entries = [
      ".wh.a",
      { path: "b", type: "hardlink", to: "a" },
      { path: "c", type: "hardlink", to: "a" },
    ];
    const links = ['"/b" file 0644 3 @6', '"/c" file 0644 3 =/b @6'];
    expect(await applyOnTop(lower, entries, merge)).toEqual(links);
    const whiteout = expect.stringContaining('"/a" character-device 0000');
    expect(await applyOnTop(lower, entries, overlay)).toEqual([whiteout, ...links]);
  });

  test("may stand before their target in the archive", async () => {
    const entries: Entries = [
      { path: "a", type: "hardlink", to: "b" },
      { path: "b", content: "x" },
    ];
    expect(await applyOnTop([], entries, overlay)).toEqual([
      '"/a" file 0644 1 @1000',
      '"/b" file 0644 1 =/a @1000',
    ]);
  });

  test("are an error where nothing is known of what is below", async () => {
    await using directory = temporaryDirectory();
    const entries: Entries = [{ path: "b", type: "hardlink", to: "a" }];
    expect(apply(directory.path, entries, overlay)).rejects.toMatchObject({ code: "invalid-layer" });
  });
});

describe("knowing what is below", () => {
  const lower: Entries = [
    "d/",
    "d/x",
    { path: "lib", to: "usr/lib" },
    "usr/",
    { path: "usr/lib/", mode: 0o700, time: 3 },
  ];

  async function unpackOn(entries: Entries): Promise<string[]> {
    await using directory = temporaryDirectory();
    const tree = mergeLayers([await indexLayer([await layerTar(lower)])]);
    await apply(directory.path, entries, { ...overlay, lower: tree });
    return shape(directory.path);
  }

  test("symlinked parents are followed, and whiteouts of nothing are left out", async () => {
    expect(await unpackOn(["lib/new", "d/.wh.x", "d/.wh.never", "n/.wh.y", "lib/.wh.z"])).toEqual([
      "/d directory",
      "/d/x character-device",
      "/usr directory",
      "/usr/lib directory",
      "/usr/lib/new file",
    ]);
  });

  test("a directory of the layer's own takes the place of a symlink below", async () => {
    expect(await unpackOn(["lib/a", "lib/", "lib/b"])).toEqual([
      "/lib directory",
      "/lib/b file",
      "/usr directory",
      "/usr/lib directory",
      "/usr/lib/a file",
    ]);
  });

  test("an opaque root hides each name: the kernel takes no notice of a mark there", async () => {
    expect(await unpackOn([".wh..wh..opq", "d/", "d/own"])).toEqual([
      "/d directory opaque",
      "/d/own file",
      "/lib character-device",
      "/usr character-device",
    ]);
  });
});

describe("hostile layers", () => {
  /** A root with a canary beside it that nothing may touch. */
  async function attack(
    entries: Entries,
    options: ApplyOptions,
  ): Promise<{ error: unknown; inside: string[] }> {
    await using parent = temporaryDirectory();
    const outside = join(parent.path, "outside");
    const root = join(parent.path, "root");
    mkdirSync(outside);
    mkdirSync(root);
    writeFileSync(join(outside, "canary"), "alive", { mode: 0o600 });
    mkdirSync(join(outside, "directory"));
    const before = treeOf(outside, { times: "nanoseconds" });
    let error: unknown;
    try {
      await apply(root, entries, options);
    } catch (caught) {
      error = caught;
    }
    expect(treeDifference(before, treeOf(outside, { times: "nanoseconds" }))).toEqual([]);
    expect(readdirSync(parent.path).sort()).toEqual(["outside", "root"]);
    expect(lstatSync(join(outside, "canary")).nlink).toBe(1);
    return { error, inside: shape(root) };
  }

  const link = (path: string, to: string): TestEntry => ({ path, to });
  const hard = (path: string, to: string): TestEntry => ({ path, to, type: "hardlink" });
  const deep = Array.from({ length: 1500 }, () => "d").join("/");

  const contained: [string, Entries, string[]][] = [
    [
      "file through a relative symlink",
      [link("l", "../outside"), "l/f"],
      ["/l symlink", "/outside directory", "/outside/f file"],
    ],
    [
      "file through an absolute symlink",
      [link("l", "/etc"), { path: "l/passwd", content: "x" }],
      ["/etc directory", "/etc/passwd file", "/l symlink"],
    ],
    [
      "overwriting a file through a symlink",
      [link("l", "../outside/canary"), { path: "l", content: "x" }],
      ["/l file"],
    ],
    [
      "whiteout through a symlink",
      [link("l", "../outside"), "l/.wh.canary", "l/.wh..wh..opq"],
      ["/l symlink"],
    ],
    [
      "directory replaced by a symlink half-way",
      ["d/", "d/a", link("d", "../outside"), "d/b"],
      ["/d symlink", "/outside directory", "/outside/b file"],
    ],
    ["directory attributes through a symlink", ["d/", link("d", "../outside/directory")], ["/d symlink"]],
    [
      "symlink chain",
      [link("a", "b/.."), link("b", "../outside"), "a/f"],
      ["/a symlink", "/b symlink", "/f file", "/outside directory"],
    ],
    [
      "an existing symlink as a directory entry",
      [link("d", "../outside"), { path: "d/", mode: 0o777 }, "d/f"],
      ["/d directory", "/d/f file"],
    ],
    ["absolute names", ["/x", "//y", "/./z"], ["/x file", "/y file", "/z file"]],
    ["a hard link to itself", ["a", hard("a", "a")], ["/a file"]],
    [
      "a hard link to a symlink is a second name of the link",
      [link("l", "../outside/canary"), hard("h", "l")],
      ["/h symlink", "/l symlink"],
    ],
    [
      "names with odd characters",
      ["a\nb", "a b", "\udce9", "\\", "重"],
      ["/\\ file", "/a\nb file", "/a b file", "/重 file", "/\udce9 file"],
    ],
  ];
  test.each(contained)("%s stays inside", async (_name, entries, shapes) => {
    const { error, inside } = await attack(entries, merge);
    expect(error).toBeUndefined();
    expect(inside.map((line) => line.replace(" opaque", "")).sort()).toEqual([...shapes].sort());
    const again = await attack(entries, overlay);
    expect(again.error).toBeUndefined();
  });

  const refused: [string, Entries][] = [
    ["..", ["../outside/x"]],
    [".. after a directory", ["a/", "a/../../outside/x"]],
    ["an absolute name with ..", ["/../outside/x"]],
    ["hard link outside", [hard("h", "../outside/canary")]],
    ["hard link to an absolute path", [hard("h", "/etc/passwd")]],
    ["hard link through a symlink", [link("l", "../outside"), hard("h", "l/canary")]],
    ["hard link through an absolute symlink", [link("l", "/etc"), hard("h", "l/passwd")]],
    ["hard link to a directory", ["d/", hard("h", "d")]],
    ["hard link to itself that is not there", [hard("a", "a")]],
    ["hard link to the root", [hard("a", "/")]],
    [".wh.", [".wh."]],
    [".wh..", [".wh.."]],
    [".wh...", ["d/", "d/.wh..."]],
    ["whiteout as a directory", [".wh.a/b"]],
    ["the root as a file", [{ path: ".", type: "symlink", to: "../outside" }]],
    ["a name that is too long", ["n".repeat(256)]],
    ["a device named like its parent", [{ path: "d", type: "fifo" }, "d/f"]],
    ["a file named like its parent", ["d", "d/f"]],
    ["symlinks without end", [link("a", "b"), link("b", "a"), "a/f"]],
  ];
  test.each(refused)("%s is refused", async (_name, entries) => {
    for (const options of [merge, overlay]) {
      const { error } = await attack(entries, options);
      expect(error).toMatchObject({ name: "KasaneError", code: "invalid-layer" });
    }
  });

  test("what is unpacked never goes through links that were there before", async () => {
    await using parent = temporaryDirectory();
    const outside = join(parent.path, "outside");
    const root = join(parent.path, "root");
    mkdirSync(outside);
    mkdirSync(root);
    writeFileSync(join(outside, "canary"), "alive");
    symlinkSync(outside, join(root, "l"));
    symlinkSync(join(outside, "canary"), join(root, "f"));
    linkSync(join(outside, "canary"), join(root, "shared"));
    await apply(root, [{ path: "f", content: "new" }, { path: "shared", content: "new" }, ".wh.l"]);
    expect(readFileSync(join(outside, "canary"), "utf8")).toBe("alive");
    expect(existsSync(outside)).toBe(true);
    expect(shape(root)).toEqual(["/f file", "/shared file"]);
  });

  test("very deep trees are made and removed again", async () => {
    await using directory = temporaryDirectory();
    await apply(directory.path, [`${deep}/f`, hard(`${deep}/g`, `${deep}/f`), "x"]);
    await apply(directory.path, [`${deep}/.wh.f`]);
    await apply(directory.path, [".wh.d"]);
    expect(shape(directory.path)).toEqual(["/x file"]);
  });

  test("a name of 255 bytes is fine", async () => {
    const name = "ä".repeat(127);
    const { error, inside } = await attack([`${name}x`], merge);
    expect(error).toBeUndefined();
    expect(inside).toEqual([`/${name}x file`]);
  });
});
