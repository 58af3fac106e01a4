import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { imageFrom, layoutSource } from "../../../src/image/mod.ts";
import { digestHex } from "../../../src/oci/mod.ts";
import { missing } from "../../outside.ts";
import { load, sampleImage, sampleIndex, save } from "../archive-file.ts";
import { type Peer, podman, removePodmanStorage, type Scratch, scratch } from "../peers.ts";

const isMissing = missing("podman", "runc") || process.getuid?.() !== 0;
const skip = test.skipIf(isMissing);
let directory: Scratch;
let engine: Peer;

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("podman");
  engine = await podman(directory.path);
});
afterAll(async () => {
  if (isMissing) return;
  await removePodmanStorage(directory.path);
});

const at = (name: string) => join(directory.path, name);
const idOf = async (name: string) => (await engine("image", "inspect", "--format", "{{.Id}}", name)).trim();
const digestOfImage = async (name: string) =>
  (await engine("image", "inspect", "--format", "{{.Digest}}", name)).trim();

describe("podman loads what Kasane saves", () => {
  skip.each([
    ["docker", "oci", "gzip"],
    ["docker", "docker", "gzip"],
    ["docker", "oci", "none"],
    ["oci", "oci", "gzip"],
    ["oci", "oci", "zstd"],
    ["oci", "docker", "gzip"],
  ] as const)("archive %s of a %s image with %s layers", async (format, family, compression) => {
    const image = await sampleImage({
      family,
      compression,
      config: { Labels: { format, family, compression } },
    });
    const tag = `${format}-${family}-${compression}`;
    // From a layout podman takes one name only.
    const names = [`docker.io/library/sample:${tag}`, `localhost:5000/b:${tag}`].slice(
      0,
      format === "oci" ? 1 : 2,
    );
    await save(at("image.tar"), format, { image, names });
    await engine("load", "-i", at("image.tar"));
    const { id } = await imageFrom(image);
    for (const name of names) expect(await idOf(name)).toBe(digestHex(id));
    // Only the reader of layouts keeps manifests; the one of docker-archives makes its own.
    if (format === "oci" && family === "oci") {
      expect(await digestOfImage(`sample:${tag}`)).toBe(image.rootDigest!);
    }
  });

  skip("an index, of which it takes this machine's image", async () => {
    const image = await sampleIndex();
    for (const format of ["docker", "oci"] as const) {
      await save(at("index.tar"), format, { image, names: [`docker.io/library/index:${format}`] });
      await engine("load", "-i", at("index.tar"));
      expect(await idOf(`index:${format}`)).toBe(digestHex((await imageFrom(image)).id));
    }
  });
});

describe("Kasane loads what podman saves", () => {
  skip.each(["docker-archive", "oci-archive"])("%s", async (format) => {
    const image = await sampleImage({ config: { Labels: { saved: format } } });
    await save(at("in.tar"), "oci", { image, names: ["docker.io/library/saved:v1"] });
    await engine("load", "-i", at("in.tar"));
    await engine("save", "--format", format, "-o", at(`${format}.tar`), "saved:v1");
    const { id, config } = await imageFrom(image);
    expect(await load(at(`${format}.tar`), directory.path)).toMatchObject([
      { names: ["docker.io/library/saved:v1"], id: digestHex(id), diffIds: config.rootfs.diff_ids },
    ]);
  });

  skip("several images in one archive, compressed on the way", async () => {
    const images = [
      await sampleImage({ config: { User: "1" } }),
      await sampleImage({ config: { User: "2" } }),
    ];
    const named = images.map((image, index) => ({ image, names: [`docker.io/library/many:${index}`] }));
    await save(at("many-in.tar"), "docker", ...named);
    await engine("load", "-i", at("many-in.tar"));
    await engine("save", "-m", "-o", at("many.tar"), "many:0", "many:1");
    await Bun.write(at("many.tar.gz"), Bun.gzipSync(await Bun.file(at("many.tar")).bytes()));
    const found = await load(at("many.tar.gz"), directory.path);
    const ids = await Promise.all(images.map(async (image) => digestHex((await imageFrom(image)).id)));
    expect(found.map(({ names, id }) => [...names, id]).sort()).toEqual(
      ids.map((id, index) => [`docker.io/library/many:${index}`, id]),
    );
  });

  skip("a layout directory", async () => {
    const image = await sampleImage({ config: { User: "3" } });
    await save(at("dir-in.tar"), "oci", { image, names: ["docker.io/library/inlayout:v1"] });
    await engine("load", "-i", at("dir-in.tar"));
    await engine("save", "--format", "oci-dir", "-o", at("layout"), "inlayout:v1");
    expect((await imageFrom(await layoutSource(at("layout")))).id).toBe((await imageFrom(image)).id);
  });
});
