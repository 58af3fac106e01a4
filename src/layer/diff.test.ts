import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { cString, fileCalls, ok } from "../lib/libc/mod.ts";
import { collect, fuseUpperXattr } from "../lib/mod.ts";
import { writeTar } from "../tar/mod.ts";
import { createUpper } from "./create-upper.ts";
import { type DiffOptions, diffUpper } from "./diff.ts";
import { indexLayer } from "./layer-index.ts";
import { isRoot, layerTar, type TestEntry, temporaryDirectory } from "./testing/layer-tar.ts";
import { type ImageTree, mergeLayers } from "./tree.ts";

const here = -100;
const owner = { ownership: isRoot ? "keep" : "ignore" } as const;

async function imageOf(...layers: (readonly (TestEntry | string)[])[]): Promise<ImageTree> {
  return mergeLayers(await Promise.all(layers.map(async (entries) => indexLayer([await layerTar(entries)]))));
}

/** An upper directory as the kernel leaves it behind, made by hand. */
class Upper implements AsyncDisposable {
  readonly path: string;
  readonly #parent = temporaryDirectory();

  constructor(lower: ImageTree) {
    this.path = join(this.#parent.path, "upper");
    createUpper(this.path, lower.get("")?.entry, owner);
  }

  at(path: string): string {
    return join(this.path, path);
  }

  /** Copied up: everything as it is below. */
  directory(path: string, { mode = 0o755, time = 1000, opaque = "" } = {}): void {
    mkdirSync(this.at(path));
    chmodSync(this.at(path), mode);
    if (opaque !== "") this.xattr(path, "user.overlay.opaque", opaque);
    utimesSync(this.at(path), new Date(time * 1000), new Date(time * 1000));
  }

  file(path: string, content: string, { mode = 0o644, time = 1000 } = {}): void {
    writeFileSync(this.at(path), content);
    chmodSync(this.at(path), mode);
    utimesSync(this.at(path), new Date(time * 1000), new Date(time * 1000));
    const parent = dirname(this.at(path));
    if (parent !== this.path) utimesSync(parent, 1000, 1000);
  }

  whiteout(path: string): void {
    ok(fileCalls().mknodat(here, cString(this.at(path)), 0o020000, 0, 0), "mknodat", path);
    if (path.includes("/")) utimesSync(dirname(this.at(path)), 1000, 1000);
  }

  socket(path: string): void {
    ok(fileCalls().mknodat(here, cString(this.at(path)), 0o140644, 0, 0), "mknodat", path);
  }

  xattr(path: string, key: string, value: string): void {
    const bytes = Buffer.from(`${value}\0`, "latin1");
    ok(
      fileCalls().lsetxattr(cString(this.at(path)), cString(key), bytes, bytes.length - 1, 0),
      "lsetxattr",
      path,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#parent[Symbol.asyncDispose]());
  }
}

async function diff(upper: Upper, lower: ImageTree, options: Partial<DiffOptions> = {}): Promise<string[]> {
  const names: string[] = [];
  for await (const { entry } of diffUpper(upper.path, { lower, xattrs: "user", ...owner, ...options })) {
    const kind = entry.type === "file" ? "" : ` ${entry.type}`;
    names.push(`${entry.path}${kind}${entry.linkTarget === undefined ? "" : ` → ${entry.linkTarget}`}`);
  }
  return names;
}

// In an upper directory of an ordinary user everything is read as root's.
const rootOwned = (entries: readonly (TestEntry | string)[]): (TestEntry | string)[] =>
  isRoot
    ? [...entries]
    : entries.map((entry) => ({ uid: 0, gid: 0, ...(typeof entry === "string" ? { path: entry } : entry) }));
const image = (...layers: (readonly (TestEntry | string)[])[]) => imageOf(...layers.map(rootOwned));

describe("what is in the layer", () => {
  test("new and changed entries with their parents, sorted; copied up and unchanged ones are not", async () => {
    const lower = await image([
      "d/",
      { path: "d/same", content: "x" },
      { path: "d/mode", content: "x" },
      { path: "d/content", content: "x" },
      { path: "d/time", content: "x" },
      "quiet/",
      { path: "quiet/same", content: "x" },
    ]);
    await using upper = new Upper(lower);
    upper.directory("d");
    upper.file("d/same", "x");
    upper.file("d/mode", "x", { mode: 0o600 });
    upper.file("d/content", "y");
    upper.file("d/time", "x", { time: 1001 });
    upper.file("d/é", "");
    upper.file("d/+first", "");
    upper.directory("quiet");
    upper.file("quiet/same", "x");
    upper.file("zero", "");
    expect(await diff(upper, lower)).toEqual([
      "d directory",
      "d/+first",
      "d/content",
      "d/mode",
      "d/time",
      "d/é",
      "zero",
    ]);
  });

  test("the same upper directory gives the same bytes", async () => {
    const lower = await image([]);
    await using upper = new Upper(lower);
    for (const name of ["b", "a", "c"]) upper.file(name, name);
    linkSync(upper.at("c"), upper.at("a-link"));
    const tar = () =>
      collect(writeTar(diffUpper(upper.path, { lower, xattrs: "user", ...owner })), 1 << 20, "tar");
    expect(Buffer.compare(await tar(), await tar())).toBe(0);
    expect(await diff(upper, lower)).toEqual(["a", "a-link", "b", "c hardlink → a-link"]);
  });

  test("nothing when nothing changed", async () => {
    const lower = await image([{ path: "./", mode: 0o711 }, "d/", "d/f"]);
    await using upper = new Upper(lower);
    upper.directory("d");
    upper.file("d/f", "");
    expect(await diff(upper, lower)).toEqual([]);
  });

  test("the root directory only when it is changed itself", async () => {
    const lower = await image([{ path: "./", mode: 0o755 }]);
    await using upper = new Upper(lower);
    upper.file("f", "");
    expect(await diff(upper, lower)).toEqual(["f"]);
    chmodSync(upper.path, 0o700);
    expect(await diff(upper, lower)).toEqual(["./ directory", "f"]);
  });

  test("sockets are left out, and what they replaced is gone", async () => {
    const lower = await image(["run/", "run/was-a-file"]);
    await using upper = new Upper(lower);
    upper.directory("run");
    upper.socket("run/new");
    upper.socket("run/was-a-file");
    utimesSync(upper.at("run"), 1000, 1000);
    expect(await diff(upper, lower)).toEqual(["run directory", "run/.wh.was-a-file"]);
  });
});

describe("whiteouts", () => {
  test("stand in the directory they are about, first, with the prefix on the last part", async () => {
    const lower = await image(["a/", "a/b/", "a/b/gone", "a/!sorted-before-a-dot", "top"]);
    await using upper = new Upper(lower);
    upper.directory("a");
    upper.directory("a/b");
    upper.file("a/!sorted-before-a-dot", "changed");
    upper.whiteout("a/b/gone");
    upper.whiteout("top");
    expect(await diff(upper, lower)).toEqual([
      ".wh.top",
      "a directory",
      "a/!sorted-before-a-dot",
      "a/b directory",
      "a/b/.wh.gone",
    ]);
  });

  test("of names that were never below are left out (moved into a new directory and removed there)", async () => {
    const lower = await image(["d/", "d/f"]);
    await using upper = new Upper(lower);
    upper.directory("new", { opaque: "y" });
    upper.whiteout("new/f");
    upper.whiteout("never");
    expect(await diff(upper, lower)).toEqual(["new directory"]);
  });

  test("as xattrs on empty files, as kernels since 6.7 may leave them", async () => {
    const lower = await image(["d/", "d/f"]);
    await using upper = new Upper(lower);
    upper.directory("d", { opaque: "x" });
    upper.file("d/f", "");
    upper.xattr("d/f", "user.overlay.whiteout", "");
    expect(await diff(upper, lower)).toEqual(["d directory", "d/.wh.f"]);
  });
});

describe("opaque directories", () => {
  test("are marked where a lower directory has something to hide, and nowhere else", async () => {
    const lower = await image(["full/", "full/old", "empty/", "file", { path: "link", to: "full" }]);
    await using upper = new Upper(lower);
    for (const name of ["empty", "file", "full", "link", "new"]) {
      upper.directory(name, { opaque: "y", time: 2000 });
    }
    expect(await diff(upper, lower)).toEqual([
      "empty directory",
      "file directory",
      "full directory",
      "full/.wh..wh..opq",
      "link directory",
      "new directory",
    ]);
  });

  test("hold everything that is in them, equal to what is below or not, in every depth", async () => {
    const lower = await image(["d/", "d/same", "d/e/", "d/e/same", "d/e/old"]);
    await using upper = new Upper(lower);
    upper.directory("d", { opaque: "y" });
    upper.file("d/same", "");
    upper.directory("d/e", { opaque: "y" });
    upper.file("d/e/same", "");
    utimesSync(upper.at("d"), 1000, 1000);
    expect(await diff(upper, lower)).toEqual([
      "d directory",
      "d/.wh..wh..opq",
      "d/e directory",
      "d/e/same",
      "d/same",
    ]);
  });
});

describe("hard links", () => {
  test("bring along the unchanged names of a file that got a new one", async () => {
    const lower = await image([
      { path: "z-old", content: "x" },
      { path: "other", type: "hardlink", to: "z-old" },
    ]);
    await using upper = new Upper(lower);
    upper.file("z-old", "x");
    linkSync(upper.at("z-old"), upper.at("new"));
    expect(await diff(upper, lower)).toEqual(["new", "z-old hardlink → new"]);
  });

  test("of unchanged files only are left out", async () => {
    const lower = await image([
      { path: "a", content: "x" },
      { path: "b", type: "hardlink", to: "a" },
    ]);
    await using upper = new Upper(lower);
    upper.file("a", "x");
    linkSync(upper.at("a"), upper.at("b"));
    expect(await diff(upper, lower)).toEqual([]);
  });

  test("compare with the file as it was when the link was made, not with what has its name now", async () => {
    const lower = await image(
      [
        { path: "a", content: "old" },
        { path: "b", type: "hardlink", to: "a" },
      ],
      [{ path: "a", content: "new" }],
    );
    await using upper = new Upper(lower);
    upper.file("b", "old");
    expect(await diff(upper, lower)).toEqual([]);
    upper.file("b", "new");
    expect(await diff(upper, lower)).toEqual(["b"]);
  });
});

describe("times", () => {
  const clamp = { fromMs: 5_000_000, seconds: 3000 };

  test("at or after the start of the step become the build's; older ones were set on purpose and stay", async () => {
    const lower = await image([]);
    await using upper = new Upper(lower);
    upper.file("built", "", { time: 5000 });
    upper.file("on-purpose", "", { time: 4999 });
    upper.file("long-ago", "", { time: -5 });
    const times: Record<string, number> = {};
    for await (const { entry } of diffUpper(upper.path, { lower, xattrs: "user", ...owner, clamp })) {
      times[entry.path] = entry.modified.seconds;
    }
    expect(times).toEqual({ built: 3000, "on-purpose": 4999, "long-ago": -5 });
  });

  test("of directories do not count when only a build changed them", async () => {
    const lower = await image(["tmp/", "touched/", "etc/"]);
    await using upper = new Upper(lower);
    upper.directory("tmp", { time: 6000 });
    upper.directory("touched", { time: 3 });
    upper.directory("etc", { time: 6000, mode: 0o700 });
    expect(await diff(upper, lower, { clamp })).toEqual(["etc directory", "touched directory"]);
    expect(await diff(upper, lower)).toEqual(["etc directory", "tmp directory", "touched directory"]);
  });
});

test("what the sandbox put there is no part of the layer, but what the step put below it is", async () => {
  const lower = await image(["etc/"]);
  await using upper = new Upper(lower);
  upper.directory("etc", { time: 6000 });
  upper.file("etc/resolv.conf", "");
  utimesSync(upper.at("etc"), 6000, 6000);
  upper.directory("proc");
  upper.directory("run", { time: 2000 });
  const ignore = new Set(["etc/resolv.conf", "proc", "run"]);
  expect(await diff(upper, lower, { ignore })).toEqual([]);
  upper.file("run/pid", "");
  expect(await diff(upper, lower, { ignore })).toEqual(["run directory", "run/pid"]);
});

describe("xattrs", () => {
  test("of the image are kept, those of overlay mounts and of Kasane are not", async () => {
    const lower = await image([]);
    await using upper = new Upper(lower);
    upper.file("f", "x");
    upper.xattr("f", "user.note", "1");
    upper.xattr("f", "user.overlay.origin", "1");
    upper.xattr("f", "user.kasane.other", "1");
    for await (const { entry } of diffUpper(upper.path, { lower, xattrs: "user", ...owner })) {
      expect([...entry.xattrs!.keys()]).toEqual(["user.note"]);
    }
  });

  test("that refer to lower layers are an error that says how to mount", async () => {
    for (const feature of ["redirect", "metacopy"]) {
      const lower = await image([]);
      await using upper = new Upper(lower);
      upper.file("f", "x");
      upper.xattr("f", `user.overlay.${feature}`, "/elsewhere");
      expect(diff(upper, lower)).rejects.toMatchObject({
        code: "unsupported",
        hint: expect.stringContaining(feature),
      });
    }
  });

  test("of the true owner count only where everything belongs to one user", async () => {
    const lower = await image([]);
    await using upper = new Upper(lower);
    upper.file("f", "x", { mode: 0o4755 });
    upper.xattr("f", "user.kasane.owner", "33:44");
    const owners: string[] = [];
    for (const ownership of ["keep", "ignore"] as const) {
      for await (const { entry } of diffUpper(upper.path, { lower, xattrs: "user", ownership })) {
        if (entry.path === "f") owners.push(`${entry.uid}:${entry.gid}`);
      }
    }
    expect(owners).toEqual([`${process.getuid?.()}:${process.getgid?.()}`, "33:44"]);
  });

  test.skipIf(!isRoot)("file capabilities from a user namespace lose the namespace", async () => {
    const lower = await image([]);
    await using upper = new Upper(lower);
    upper.file("f", "x");
    // Version 3, effective, cap_net_raw, with uid 100000 as the namespace's root.
    upper.xattr("f", "security.capability", "\x01\0\0\x03\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xa0\x86\x01\0");
    for await (const { entry } of diffUpper(upper.path, { lower, xattrs: "user" })) {
      const value = Buffer.from(entry.xattrs!.get("security.capability")!);
      expect(value.toString("hex")).toBe("0100000200200000000000000000000000000000");
    }
  });
});

describe("what no layer can say", () => {
  test("a name that would remove a file", async () => {
    const lower = await image([]);
    await using upper = new Upper(lower);
    upper.file(".wh.passwd", "");
    expect(diff(upper, lower)).rejects.toMatchObject({ code: "unsupported" });
  });

  test("a mark of fuse-overlayfs that would hide a directory above", async () => {
    const lower = await image([]);
    for (const name of [".wh.", ".wh..", ".wh..."]) {
      await using upper = new Upper(lower);
      upper.xattr("", fuseUpperXattr, "y");
      upper.directory("d");
      upper.file(`d/${name}`, "");
      await expect(diff(upper, lower)).rejects.toMatchObject({ code: "invalid-layer" });
    }
  });

  test("a path that nobody could unpack", async () => {
    const lower = await image([]);
    await using upper = new Upper(lower);
    // Too long for one call: built from the inside out.
    let inner = mkdtempSync(join(upper.path, "x"));
    for (let i = 0; i < 18; i++) {
      const outer = mkdtempSync(join(upper.path, "y"));
      renameSync(inner, join(outer, "n".repeat(240)));
      inner = outer;
    }
    expect(diff(upper, lower)).rejects.toMatchObject({ code: "limit-exceeded" });
  });

  test("an upper directory reached through links is fine, links in it are not followed", async () => {
    const lower = await image([]);
    await using upper = new Upper(lower);
    symlinkSync("/etc", upper.at("link"));
    expect(await diff(upper, lower)).toEqual(["link symlink → /etc"]);
    rmSync(upper.at("link"));
  });
});
