import { describe, expect, test } from "bun:test";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layerTar, type TestEntry } from "../layer/testing/layer-tar.ts";
import { collect } from "../lib/mod.ts";
import { imageOfLayers } from "../store/testing/image-of-layers.ts";
import { type TemporaryStore, temporaryStore } from "../store/testing/temporary-store.ts";
import { readTar, writeTar } from "../tar/mod.ts";
import { copyToDirectory, copyToTar, findCopySource } from "./copy-out.ts";
import type { ImageView } from "./image-view.ts";
import { viewImages } from "./open-image.ts";

const layers: (TestEntry | string)[][] = [
  [
    { path: "srv/", mode: 0o750, time: 11 },
    { path: "srv/a", content: "lower", time: 12 },
    { path: "srv/b", content: "b", mode: 0o4755, time: 13 },
    { path: "srv/hard", type: "hardlink", to: "srv/b" },
    { path: "outside", content: "far" },
    { path: "srv/far", type: "hardlink", to: "outside" },
    { path: "srv/link", to: "/etc/passwd" },
    { path: "srv/sub/", time: 14 },
    { path: "srv/sub/gone", content: "gone" },
    { path: "current", to: "srv" },
  ],
  [
    { path: "srv/", mode: 0o750, time: 11 },
    { path: "srv/a", content: "upper", time: 12 },
    { path: "srv/empty", content: "" },
    { path: "srv/sub/", time: 14 },
    "srv/sub/.wh.gone",
    { path: "srv/sub/new", content: "new" },
  ],
];

interface Scene extends AsyncDisposable {
  /** An empty directory. */
  readonly directory: string;
  copy(path: string, destination: string, options?: { followLink?: boolean }): Promise<void>;
  tar(path: string): Promise<string[]>;
  /** Puts other contents into the top layer's blob, which fits its index no more. */
  damage(): Promise<void>;
}

async function scene(of: (TestEntry | string)[][] = layers): Promise<Scene> {
  const temporary: TemporaryStore = await temporaryStore();
  const directory = mkdtempSync(join(tmpdir(), "kasane-copy-"));
  await imageOfLayers(temporary.store, "app", of);
  const client = () => {
    throw new Error("no registry is to be asked");
  };
  const look = <T>(work: (view: ImageView) => Promise<T>) =>
    viewImages({ store: temporary.store, client }, async (viewer) => work(await viewer.open("app")));
  return {
    directory,
    copy: (path, destination, options = {}) =>
      look(async (view) =>
        copyToDirectory(
          view,
          await findCopySource(view, path, options),
          join(directory, destination),
          options,
        ),
      ),
    tar: (path) =>
      look(async (view) => {
        const bytes = await collect(
          writeTar(copyToTar(view, await findCopySource(view, path))),
          2 ** 24,
          "a tar",
        );
        const lines: string[] = [];
        for await (const { path: name, linkTarget } of readTar([bytes]))
          lines.push(linkTarget ? `${name} ${linkTarget}` : name);
        return lines.sort();
      }),
    async damage() {
      const { digest } = (await temporary.store.find("app")).manifest.layers.at(-1)!;
      const other = await layerTar(
        of
          .at(-1)!
          .map((entry) =>
            typeof entry === "object" && entry.content ? { ...entry, content: "UPPER" } : entry,
          ),
      );
      writeFileSync(
        join(temporary.root, "blobs", digest.replace(":", "/")),
        Bun.gzipSync(new Uint8Array(other)),
      );
    },
    async [Symbol.asyncDispose]() {
      rmSync(directory, { recursive: true, force: true });
      await temporary[Symbol.asyncDispose]();
    },
  };
}

const read = (...path: string[]) => readFileSync(join(...path), "utf8");

describe("copyToDirectory()", () => {
  test("follows docker's rules for names", async () => {
    await using at = await scene();
    const { directory } = at;
    await at.copy("/srv/a", "new-name");
    expect(read(directory, "new-name")).toBe("upper");
    await at.copy("/srv/b", "new-name");
    expect(read(directory, "new-name")).toBe("b");
    mkdirSync(join(directory, "here"));
    await at.copy("/srv/a", "here");
    expect(read(directory, "here/a")).toBe("upper");
    await at.copy("/srv", "tree");
    await at.copy("/srv", "here");
    await at.copy("/srv/.", "here");
    const names = ["a", "b", "empty", "far", "hard", "link", "sub"];
    expect(readdirSync(join(directory, "tree")).sort()).toEqual(names);
    expect(readdirSync(join(directory, "here")).sort()).toEqual([...names.slice(0, -1), "srv", "sub"]);
    expect(readdirSync(join(directory, "here/srv/sub"))).toEqual(["new"]);
  });

  test("keeps modes, times, links and hard links", async () => {
    await using at = await scene();
    await at.copy("/srv", "tree");
    const tree = join(at.directory, "tree");
    const status = (name: string) => statSync(join(tree, name));
    expect(status(".").mode & 0o7777).toBe(0o750);
    expect([status(".").mtimeMs, status("a").mtimeMs, status("sub").mtimeMs]).toEqual([
      11_000, 12_000, 14_000,
    ]);
    expect(status("b").mode & 0o7777).toBe(0o4755);
    expect(status("b").ino).toBe(status("hard").ino);
    expect(status("b").uid).toBe(process.getuid!());
    expect(readlinkSync(join(tree, "link"))).toBe("/etc/passwd");
    // Its other name was not copied.
    expect(read(tree, "far")).toBe("far");
  });

  test("copies a symlink, or what it leads to", async () => {
    await using at = await scene();
    await at.copy("/current", "link");
    expect(readlinkSync(join(at.directory, "link"))).toBe("srv");
    await at.copy("/current", "followed", { followLink: true });
    await at.copy("/current/", "slash");
    expect(read(at.directory, "followed/a")).toBe("upper");
    expect(read(at.directory, "slash/a")).toBe("upper");
    await at.copy("/current/a", "through");
    expect(read(at.directory, "through")).toBe("upper");
  });

  test("refuses what docker refuses, and replaces no directory", async () => {
    await using at = await scene();
    writeFileSync(join(at.directory, "file"), "mine");
    mkdirSync(join(at.directory, "tree/a"), { recursive: true });
    await expect(at.copy("/nothing", "x")).rejects.toMatchObject({ code: "not-found" });
    await expect(at.copy("/srv/a/", "x")).rejects.toMatchObject({ code: "not-found" });
    await expect(at.copy("/srv", "file")).rejects.toMatchObject({ code: "conflict" });
    await expect(at.copy("/srv/a", "missing/")).rejects.toMatchObject({ code: "not-found" });
    await expect(at.copy("/srv/a", "missing/x")).rejects.toMatchObject({ code: "not-found" });
    await expect(at.copy("/srv/.", "tree")).rejects.toMatchObject({ code: "conflict" });
    expect(read(at.directory, "file")).toBe("mine");
    expect(lstatSync(join(at.directory, "tree/a")).isDirectory()).toBe(true);
  });

  test("leaves what was there when the content turns out to be damaged", async () => {
    await using at = await scene();
    writeFileSync(join(at.directory, "mine"), "mine");
    await at.damage();
    await expect(at.copy("/srv/a", "mine")).rejects.toThrow();
    expect(read(at.directory, "mine")).toBe("mine");
    expect(readdirSync(at.directory)).toEqual(["mine"]);
  });

  test("writes nothing through symlinks that are in the destination", async () => {
    await using at = await scene();
    mkdirSync(join(at.directory, "victim"));
    mkdirSync(join(at.directory, "tree"));
    symlinkSync("../victim", join(at.directory, "tree/sub"));
    symlinkSync("../victim/a", join(at.directory, "tree/a"));
    await expect(at.copy("/srv/.", "tree")).rejects.toMatchObject({ code: "conflict" });
    expect(readdirSync(join(at.directory, "victim"))).toEqual([]);
  });

  test("writes nothing through symlinks of the image", async () => {
    await using at = await scene([
      [
        { path: "d/", time: 1 },
        { path: "d/x", to: "/" },
        { path: "d/up", to: "../../../../.." },
      ],
      [
        { path: "d/x/escaped", content: "!" },
        { path: "d/up/escaped2", content: "!" },
      ],
    ]);
    await at.copy("/d", "tree");
    expect(readdirSync(join(at.directory, "tree")).sort()).toEqual(["up", "x"]);
    expect(readdirSync(at.directory)).toEqual(["tree"]);
    // Inside the image they are where their symlinks lead.
    await at.copy("/escaped", "inside");
    expect(read(at.directory, "inside")).toBe("!");
  });
});

test("copyToTar() names members after the source", async () => {
  await using at = await scene();
  expect(await at.tar("/srv/sub")).toEqual(["sub/", "sub/new"]);
  expect(await at.tar("/srv/sub/.")).toEqual(["new"]);
  expect(await at.tar("/srv/a")).toEqual(["a"]);
  const tree = await at.tar("/srv");
  expect(tree).toContain("srv/hard srv/b");
  expect(tree).toContain("srv/far");
  expect(await at.tar("/")).toContain("srv/sub/new");
});
