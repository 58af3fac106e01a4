/** Images on their way through several programs and formats and back: nothing of them may change. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { copyImage, imageFrom } from "../../../src/image/mod.ts";
import { MemoryImage } from "../../../src/image/testing/memory-image.ts";
import { openLocalStore } from "../../../src/store/mod.ts";
import { kasane, missing, runOk } from "../../outside.ts";
import { sampleImage, sampleIndex, save } from "../archive-file.ts";
import {
  type DockerDaemon,
  type Peer,
  podman,
  removePodmanStorage,
  type Scratch,
  scratch,
  skopeo,
  startDockerd,
  umoci,
} from "../peers.ts";

setDefaultTimeout(120_000);
const isRoot = process.getuid?.() === 0;
let directory: Scratch;
let index: MemoryImage;
let single: MemoryImage;
const at = (name: string) => join(directory.path, name);
const ours = (...argv: string[]) => runOk([kasane, "--root", at("store"), ...argv]);
const formats = ["docker-archive", "oci-archive", "oci-dir", "docker-dir"] as const;

beforeAll(async () => {
  directory = await scratch("round-trip");
  index = await sampleIndex();
  single = await sampleImage();
  await save(at("index.tar"), "oci", { image: index, names: ["docker.io/library/index:v1"] });
  await save(at("single.tar"), "oci", { image: single, names: ["docker.io/library/single:v1"] });
});
afterAll(() => directory[Symbol.asyncDispose]());

/** Loads into an empty store; the image that is there then, with everything it names. */
async function loaded(path: string): Promise<MemoryImage> {
  rmSync(at("store"), { recursive: true, force: true });
  await ours("load", "-q", "-i", path);
  const image = new MemoryImage();
  const store = await openLocalStore(at("store"));
  try {
    const [found, ...others] = await store.meta.images.list();
    expect(others).toEqual([]);
    await copyImage(store.source(found!.target), image, { platforms: "all" });
  } finally {
    await store.close();
  }
  return image;
}

/** Every platform, every attestation, every byte. */
function expectWhole(image: MemoryImage, original: MemoryImage): void {
  expect(image.rootDigest!).toBe(original.rootDigest!);
  expect([...image.manifests.keys()].sort()).toEqual([...original.manifests.keys()].sort());
  expect(new Map([...image.blobs].sort())).toEqual(new Map([...original.blobs].sort()));
}

/** What docker and podman keep of an image: not its manifest, but its config and what its layers unpack to. */
async function expectSameImage(image: MemoryImage, original: MemoryImage): Promise<void> {
  const [actual, expected] = await Promise.all([imageFrom(image), imageFrom(original)]);
  expect(actual.id).toBe(expected.id);
  expect(Buffer.from(actual.configBytes)).toEqual(Buffer.from(expected.configBytes));
  expect(actual.config.rootfs.diff_ids).toEqual(expected.config.rootfs.diff_ids);
}

async function savedByUs(format: (typeof formats)[number], source: "index" | "single"): Promise<string> {
  await loaded(at(`${source}.tar`));
  const path = at(`${source}-${format}`);
  rmSync(path, { recursive: true, force: true });
  await ours("save", "--format", format, "-o", path, `${source}:v1`);
  return path;
}

describe("Kasane alone", () => {
  test.each(formats)("%s", async (format) => {
    expectWhole(await loaded(await savedByUs(format, "index")), index);
    expectWhole(await loaded(await savedByUs(format, "single")), single);
  });

  test("one platform of several, also another machine's", async () => {
    await loaded(at("index.tar"));
    await ours("save", "--platform", "linux/arm64", "-o", at("arm64.tar"), "index:v1");
    const image = await loaded(at("arm64.tar"));
    expect((await imageFrom(image)).platform.architecture).toBe("arm64");
    expect(index.manifests.get(image.rootDigest!)).toBeDefined();
  });

  test.each([
    ["gzip", "tar.gz"],
    ["gzip", "tgz"],
    ["zstd", "tar.zst"],
    ["xz", "tar.xz"],
    ["bzip2", "tar.bz2"],
  ])("compressed with %s, by the name's ending .%s", async (program, ending) => {
    if (missing(program)) return;
    await loaded(at("index.tar"));
    const path = at(`index.${ending}`);
    await ours("save", "-o", path, "index:v1");
    // The program itself reads it.
    await runOk([program, "-t", path]);
    expectWhole(await loaded(path), index);
  });
});

describe.skipIf(missing("skopeo"))("by way of skopeo, every platform", () => {
  test.each([
    ["oci-archive", "oci-archive", "index.archive"],
    ["oci-archive", "oci", "layout"],
    ["oci-archive", "dir", "dir"],
    ["docker-archive", "oci-archive", "index.archive2"],
    ["oci-dir", "oci-archive", "index.archive3"],
    ["oci-dir", "dir", "dir2"],
    ["docker-dir", "dir", "dir3"],
    ["docker-dir", "oci", "layout2"],
  ] as const)("%s to %s", async (format, transport, name) => {
    const path = await savedByUs(format, "index");
    const source = {
      "docker-archive": "oci-archive",
      "oci-archive": "oci-archive",
      "oci-dir": "oci",
      "docker-dir": "dir",
    }[format];
    const ref = format === "oci-dir" ? ":docker.io/library/index:v1" : "";
    await skopeo()(
      "copy",
      "--all",
      "--preserve-digests",
      `${source}:${path}${ref}`,
      `${transport}:${at(name)}`,
    );
    expectWhole(await loaded(at(name)), index);
  });
});

describe.skipIf(missing("umoci", "skopeo") || !isRoot)("by way of umoci", () => {
  test("a layout that it tags and collects", async () => {
    const path = await savedByUs("oci-archive", "single");
    await skopeo()("copy", `oci-archive:${path}`, `oci:${at("umoci")}:v1`);
    await umoci()("tag", "--image", `${at("umoci")}:v1`, "v2");
    await umoci()("rm", "--image", `${at("umoci")}:v1`);
    await umoci()("gc", "--layout", at("umoci"));
    expectWhole(await loaded(at("umoci")), single);
  });
});

describe.skipIf(missing("podman") || !isRoot)("by way of podman", () => {
  let engine: Peer;
  // podman calls an image from a directory by its path, which must be one that a name may be.
  let lowerCase: string;
  beforeAll(async () => {
    engine = await podman(at("podman"));
    lowerCase = join(dirname(directory.path), `kasane-round-trip-${process.pid}`);
  });
  afterAll(async () => {
    await removePodmanStorage(at("podman"));
    rmSync(lowerCase, { recursive: true, force: true });
  });

  test.each(
    formats.flatMap((there) => formats.map((back) => [there, back] as const)),
  )("%s there, %s back", async (there, back) => {
    const path = await savedByUs(there, "single");
    rmSync(lowerCase, { recursive: true, force: true });
    cpSync(path, lowerCase, { recursive: true });
    const said = await engine("load", "-q", "-i", lowerCase);
    const name = /Loaded image: (\S+)/.exec(said)![1]!;
    rmSync(at("back"), { recursive: true, force: true });
    await engine("save", "-q", "--format", back, "-o", at("back"), name);
    await expectSameImage(await loaded(at("back")), single);
    await engine("rmi", "-a", "-f");
  });
});

describe.skipIf(missing("docker", "dockerd") || !isRoot)("by way of docker", () => {
  let daemon: DockerDaemon;
  beforeAll(async () => {
    daemon = await startDockerd();
  });
  afterAll(() => daemon[Symbol.asyncDispose]());

  test("there and back, twice", async () => {
    let path = await savedByUs("docker-archive", "single");
    for (const round of ["one.tar", "two.tar"]) {
      await daemon.docker("load", "-i", path);
      await daemon.docker("save", "-o", at(round), "single:v1");
      await daemon.docker("rmi", "single:v1");
      await expectSameImage(await loaded(at(round)), single);
      // An archive has no manifest: Kasane makes one over plain layers, always the same.
      path = at(`again-${round}`);
      await ours("save", "-o", path, "single:v1");
    }
    expect((await loaded(at("again-one.tar"))).rootDigest).toBe(
      (await loaded(at("again-two.tar"))).rootDigest,
    );
  });

  test.skipIf(missing("podman", "skopeo"))("and podman and skopeo, one after the other", async () => {
    await daemon.docker("load", "-i", await savedByUs("docker-archive", "single"));
    await daemon.docker("save", "-o", at("from-docker.tar"), "single:v1");
    const engine = await podman(at("podman2"));
    try {
      // Short names in docker's archives are podman's own to it.
      await engine("load", "-q", "-i", at("from-docker.tar"));
      await engine(
        "save",
        "-q",
        "--format",
        "oci-archive",
        "-o",
        at("from-podman.tar"),
        "localhost/single:v1",
      );
    } finally {
      await removePodmanStorage(at("podman2"));
    }
    mkdirSync(at("skopeo"), { recursive: true });
    await skopeo()(
      "copy",
      `oci-archive:${at("from-podman.tar")}`,
      `docker-archive:${at("skopeo/x.tar")}:single:v1`,
    );
    await expectSameImage(await loaded(at("skopeo/x.tar")), single);
  });
});
