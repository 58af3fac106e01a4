import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestHex, parsePlatform } from "../oci/mod.ts";
import { copyImage } from "./copy-image.ts";
import { writeDir } from "./dir-format.ts";
import { layoutSink } from "./layout.ts";
import { openArchive } from "./open-archive.ts";
import { addTestImage, addTestIndex, MemoryImage } from "./testing/memory-image.ts";

let root: string;
const at = (name: string) => join(root, name);
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "kasane-dir-"));
});
afterAll(() => rmSync(root, { recursive: true }));

async function index(): Promise<MemoryImage> {
  const image = new MemoryImage();
  await addTestIndex(image, ["linux/amd64", "linux/arm64"].map(parsePlatform));
  return image;
}

const write = (image: MemoryImage, name: string) =>
  writeDir(at(name), async (sink) => void (await copyImage(image, sink, { platforms: "all" })));

async function read(name: string): Promise<MemoryImage> {
  await using archive = await openArchive(at(name), { tempDir: root });
  const back = new MemoryImage();
  await copyImage(archive.images[0]!.source, back, { platforms: "all" });
  return back;
}

describe("writeDir()", () => {
  test("writes what openArchive() reads: every manifest and blob", async () => {
    const image = await index();
    await write(image, "whole");
    const back = await read("whole");
    expect(back.blobs).toEqual(image.blobs);
    expect(back.manifests).toEqual(image.manifests);
    expect(readFileSync(at("whole/version"), "utf8")).toBe("Directory Transport Version: 1.1\n");
  });

  test("replaces an older image, and nothing else", async () => {
    const [first, second] = [await index(), new MemoryImage()];
    await addTestImage(second);
    await write(first, "again");
    await write(second, "again");
    expect((await read("again")).rootDigest).toBe(second.rootDigest!);
    expect(readdirSync(at("again")).length).toBe(second.blobs.size + 2);
    mkdirSync(at("other"));
    writeFileSync(at("other/file"), "");
    expect(write(second, "other")).rejects.toMatchObject({ code: "conflict" });
  });

  test("leaves what was there when the copy fails, and nothing beside it", async () => {
    const [good, bad] = [await index(), await index()];
    await write(good, "kept");
    const [digest] = bad.blobs.keys();
    bad.blobs.set(digest!, new Uint8Array(3));
    await expect(write(bad, "kept")).rejects.toMatchObject({ code: "digest-mismatch" });
    await expect(write(bad, "new")).rejects.toMatchObject({ code: "digest-mismatch" });
    expect((await read("kept")).rootDigest).toBe(good.rootDigest!);
    expect(existsSync(at("new"))).toBe(false);
    expect(readdirSync(root).filter((name) => /partial|old/.test(name))).toEqual([]);
  });
});

describe("a directory from elsewhere", () => {
  test("shows no file outside of it, whatever its links say", async () => {
    const image = new MemoryImage();
    await addTestImage(image);
    await copyImage(image, layoutSink(at("layout"), { ref: "v1" }), { platforms: "all" });
    const [digest, bytes] = [...image.blobs][0]!;
    const blob = at(`layout/blobs/sha256/${digestHex(digest)}`);
    rmSync(blob);
    writeFileSync(at("outside"), bytes);
    symlinkSync(at("outside"), blob);
    await expect(read("layout")).rejects.toMatchObject({ code: "not-found" });
    // A link that stays inside is one.
    writeFileSync(at("layout/inside"), bytes);
    rmSync(blob);
    symlinkSync("../../inside", blob);
    expect((await read("layout")).blobs).toEqual(image.blobs);
  });

  test("with a damaged blob, a directory in a blob's place, or nothing at all is one clear error", async () => {
    const image = new MemoryImage();
    await addTestImage(image);
    await write(image, "damaged");
    const [digest] = image.blobs.keys();
    const blob = at(`damaged/${digestHex(digest!)}`);
    writeFileSync(blob, "other");
    await expect(read("damaged")).rejects.toMatchObject({ code: "digest-mismatch" });
    rmSync(blob);
    mkdirSync(blob);
    await expect(read("damaged")).rejects.toMatchObject({ code: "not-found" });
    mkdirSync(at("empty"));
    await expect(read("empty")).rejects.toMatchObject({ code: "invalid-archive" });
    writeFileSync(at("damaged/manifest.json"), "{");
    await expect(read("damaged")).rejects.toMatchObject({ code: "invalid-manifest" });
  });
});
