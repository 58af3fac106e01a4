import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { link, mkdtemp, rm, symlink, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { encodeName } from "./name-bytes.ts";
import { arbitraryInput } from "./testing/arbitrary-input.ts";
import { inPieces, input, type ReadMember, readAll, writeAll } from "./testing/members.ts";
import { isMissing, outputOf } from "./testing/peer.ts";

/** What a peer says about a member; names as hexadecimal bytes. */
interface Listed {
  readonly name: string;
  readonly type: string;
  readonly link: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly device: readonly [number, number] | null;
  readonly sha256: string | null;
}

const pythonListing = `
import hashlib, json, sys, tarfile
types = {b"\\0": "file", b"0": "file", b"7": "file", b"S": "file", b"1": "hardlink", b"2": "symlink",
         b"3": "character-device", b"4": "block-device", b"5": "directory", b"6": "fifo"}
raw = lambda text: text.encode("utf-8", "surrogateescape").hex()
with tarfile.open(sys.argv[1], encoding="utf-8", errors="surrogateescape") as archive:
    for m in archive:
        digest = None
        if m.isreg():
            digest = hashlib.sha256(archive.extractfile(m).read()).hexdigest()
        print(json.dumps({
            "name": raw(m.name), "type": types[m.type], "link": raw(m.linkname) if m.islnk() or m.issym() else "",
            "mode": m.mode, "uid": m.uid, "gid": m.gid, "mtime": float(m.mtime),
            "device": [m.devmajor, m.devminor] if m.isdev() and not m.isfifo() else None, "sha256": digest}))
`;

async function listByPython(archive: string): Promise<Listed[]> {
  const out = await outputOf(["python3", "-c", pythonListing, archive]);
  return out
    .trimEnd()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Listed);
}

function listed(member: ReadMember): Listed {
  const hex = (text: string) => Buffer.from(encodeName(text)).toString("hex");
  return {
    // Python leaves out the slashes at the end.
    name: hex(member.path.replace(/\/+$/, "")),
    type: member.type,
    link: hex(member.linkTarget ?? ""),
    mode: member.mode,
    uid: member.uid,
    gid: member.gid,
    mtime: member.modified.seconds + member.modified.nanoseconds / 1e9,
    device: member.deviceMajor === undefined ? null : [member.deviceMajor, member.deviceMinor ?? 0],
    sha256:
      member.type === "file" ? new Bun.CryptoHasher("sha256").update(member.content).digest("hex") : null,
  };
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kasane-tar-"));
  await makeTree(join(directory, "tree"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function makeTree(root: string): Promise<void> {
  const deep = join(root, "deep-".repeat(12), "deeper-".repeat(12));
  mkdirSync(deep, { recursive: true });
  await Bun.write(join(root, "empty"), "");
  await Bun.write(join(root, "exact"), "x".repeat(512));
  await Bun.write(join(root, "größe-大きさ"), "unicode");
  await Bun.write(join(root, "long-".repeat(24)), "long");
  await Bun.write(join(deep, "file-".repeat(30)), "deep");
  closeSync(openSync(Buffer.concat([Buffer.from(`${root}/latin-`), Buffer.of(0xfc)]), "w"));
  await symlink("exact", join(root, "link"));
  await symlink("target-".repeat(30), join(root, "long-link"));
  await link(join(root, "exact"), join(root, "hard"));
  await utimes(join(root, "exact"), 0, 1_234_567_890.5);
  await utimes(join(root, "empty"), 0, -86_400);
  // Holes at the start, in the middle and at the end, and more pieces than a header has room for.
  const sparse = openSync(join(root, "sparse"), "w");
  for (let i = 0; i < 60; i++)
    writeSync(sparse, Buffer.alloc(4096, 65 + (i % 26)), 0, 4096, 65_536 + i * 131_072);
  ftruncateSync(sparse, 9_000_000);
  closeSync(sparse);
  const hole = openSync(join(root, "hole"), "w");
  ftruncateSync(hole, 1_000_000);
  closeSync(hole);
}

describe.skipIf(isMissing("tar") || isMissing("python3"))("archives of GNU tar, as Python reads them", () => {
  test.each([
    ["v7", ["--format=v7"]],
    ["ustar", ["--format=ustar"]],
    ["gnu", ["--format=gnu"]],
    ["gnu with sparse files", ["--format=gnu", "--sparse"]],
    ["gnu with large owners", ["--format=gnu", "--owner=:4000000000", "--group=:3000000"]],
    ["pax", ["--format=pax"]],
    [
      "pax with large owners and a global header",
      ["--format=pax", "--owner=:4000000000", "--pax-option=globexthdr.name=g,comment=all"],
    ],
    ["pax with sparse 0.0", ["--format=pax", "--sparse", "--sparse-version=0.0"]],
    ["pax with sparse 0.1", ["--format=pax", "--sparse", "--sparse-version=0.1"]],
    ["pax with sparse 1.0", ["--format=pax", "--sparse", "--sparse-version=1.0"]],
  ])("%s", async (name, options) => {
    const path = join(directory, `${name}.tar`);
    // v7 and ustar leave out what does not fit, and say so by their exit code.
    await outputOf(
      [
        "sh",
        "-c",
        'tar "$@" || test "$1" = --format=v7 -o "$1" = --format=ustar',
        "tar",
        ...options,
        "--sort=name",
        "-cf",
        path,
        "tree",
      ],
      { cwd: directory },
    );
    const members = await readAll(inPieces(await Bun.file(path).bytes(), [10_000, 777]));
    expect(members.length).toBeGreaterThan(8);
    if (options.includes("--sparse")) {
      const sparse = members.filter(({ isSparse }) => isSparse).map(({ path: at }) => at);
      expect(sparse).toEqual(["tree/hole", "tree/sparse"]);
    }
    expect(members.map(listed)).toEqual(await listByPython(path));
  });

  test("xattrs", async () => {
    const file = join(directory, "tree/exact");
    const set =
      "import os, sys; os.setxattr(sys.argv[1], 'user.a=b%', bytes([0, 10, 255])); os.setxattr(sys.argv[1], 'user.empty', b'')";
    await outputOf(["python3", "-c", set, file]);
    const path = join(directory, "xattrs.tar");
    await outputOf(["tar", "--xattrs", "-cf", path, "tree/exact"], { cwd: directory });
    const [member] = await readAll([await Bun.file(path).bytes()]);
    expect(member!.xattrs?.get("user.a=b%")).toEqual(Buffer.from([0, 10, 255]));
    expect(member!.xattrs?.get("user.empty")).toEqual(Buffer.from([]));
  });
});

describe.skipIf(isMissing("python3"))("archives of Python, in each of its formats", () => {
  const write = `
import io, sys, tarfile
with tarfile.open(sys.argv[1], "w", format=int(sys.argv[2]), encoding="utf-8", errors="surrogateescape") as archive:
    def add(name, content=b"", **fields):
        m = tarfile.TarInfo(name)
        m.size = len(content)
        for key, value in fields.items(): setattr(m, key, value)
        archive.addfile(m, io.BytesIO(content))
    add("a" * 50 + "/" + "b" * 70, b"x" * 513, mode=0o7755, uname="someone")
    add("device", type=tarfile.BLKTYPE, devmajor=8, devminor=17)
    add("dir", type=tarfile.DIRTYPE, mode=0o755)
    add("dir/fifo", type=tarfile.FIFOTYPE)
    add("dir/sym", type=tarfile.SYMTYPE, linkname="../x")
    if sys.argv[2] != "0":
        add("l" * 200 + "/ü" + "n" * 200, b"long", uid=2**30, gid=2**31, mtime=-1000)
        add("bad\\udcff", b"bytes")
        add("hard", type=tarfile.LNKTYPE, linkname="bad\\udcff")
`;
  test.each([
    ["ustar", 0],
    ["gnu", 1],
    ["pax", 2],
  ])("%s", async (name, format) => {
    const path = join(directory, `python-${name}.tar`);
    await outputOf(["python3", "-c", write, path, String(format)]);
    const members = await readAll([await Bun.file(path).bytes()]);
    expect(members).toHaveLength(format === 0 ? 5 : 8);
    expect(members.map(listed)).toEqual(await listByPython(path));
  });
});

test.skipIf(isMissing("python3"))("Python reads what writeTar() writes", async () => {
  const inputs = fc.sample(arbitraryInput, { numRuns: 200, seed: 1 });
  const path = join(directory, "written.tar");
  const archive = await writeAll(inputs);
  await Bun.write(path, archive);
  const seconds = (list: Listed[]) =>
    list.map((member) => ({ ...member, mtime: Math.round(member.mtime * 1e3) }));
  expect(seconds(await listByPython(path))).toEqual(seconds((await readAll([archive])).map(listed)));
});

test.skipIf(isMissing("tar"))("GNU tar unpacks what writeTar() writes", async () => {
  const archive = await writeAll([
    input("d", { type: "directory", mode: 0o750, modified: { seconds: 1000, nanoseconds: 0 } }),
    input(`d/${"n".repeat(200)}`, {
      text: "long",
      mode: 0o640,
      modified: { seconds: 1_600_000_000, nanoseconds: 123_456_789 },
    }),
    input("d/größe", { text: "x".repeat(70_000), xattrs: new Map([["user.a=b", Buffer.from("value")]]) }),
    input("d/bad\udcff", { text: "bytes" }),
    input("d/link", { type: "symlink", linkTarget: "t".repeat(150) }),
    input("d/hard", { type: "hardlink", linkTarget: "d/größe" }),
    input("d/old", { modified: { seconds: -100, nanoseconds: 500_000_000 } }),
  ]);
  const into = join(directory, "unpacked");
  mkdirSync(into);
  await outputOf(["tar", "--xattrs", "-xpf", "-"], { cwd: into, stdin: archive });
  const directories = ["(", "-type", "d", "-printf", "%p %y %m %T@\\n", ")"];
  const files = ["-printf", "%p %y %m %s %n %T@ %l\\n"];
  const found = await outputOf(["find", "d", ...directories, "-o", ...files], { cwd: into });
  expect(Buffer.from(found).toString().split("\n").sort().join("\n")).toMatchInlineSnapshot(`
    "
    d d 750 1000.0000000000
    d/bad� f 644 5 1 1700000000.0000000000 
    d/größe f 644 70000 2 1700000000.0000000000 
    d/hard f 644 70000 2 1700000000.0000000000 
    d/link l 777 150 1 1700000000.0000000000 tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt
    d/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn f 640 4 1 1600000000.1234567890 
    d/old f 644 0 1 -100.5000000000 "
  `);
  const attribute = "import os; print(os.getxattr('d/hard', 'user.a=b').decode())";
  if (!isMissing("python3"))
    expect(await outputOf(["python3", "-c", attribute], { cwd: into })).toBe("value\n");
});
