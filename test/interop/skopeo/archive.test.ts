import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { copyImage, imageFrom, layoutSink, layoutSource } from "../../../src/image/mod.ts";
import { MemoryImage } from "../../../src/image/testing/memory-image.ts";
import { digestHex } from "../../../src/oci/mod.ts";
import { missing } from "../../outside.ts";
import { load, sampleImage, sampleIndex, save } from "../archive-file.ts";
import { scratch, skopeo } from "../peers.ts";

const skip = test.skipIf(missing("skopeo"));
const name = "docker.io/library/sample:v1";

describe("skopeo reads what Kasane writes", () => {
  const cases = (["docker", "oci"] as const).flatMap((format) =>
    (["oci", "docker"] as const).flatMap((family) =>
      (["gzip", "zstd", "none"] as const).map((compression) => [format, family, compression] as const),
    ),
  );
  skip.each(cases)("archive %s of a %s image with %s layers", async (format, family, compression) => {
    // Only containerd and its like read zstd under Docker's media types.
    if (family === "docker" && compression === "zstd") return;
    await using directory = await scratch("skopeo");
    const file = join(directory.path, "image.tar");
    const image = await sampleImage({ family, compression });
    await save(file, format, { image, names: [name] });
    const { id } = await imageFrom(image);
    if (format === "oci" || family === "oci") {
      const raw = await skopeo()("inspect", "--raw", `oci-archive:${file}:v1`);
      if (family === "oci") expect(raw).toBe(new TextDecoder().decode((await image.root()).bytes));
      await skopeo()("copy", `oci-archive:${file}`, `dir:${directory.path}/from-oci`);
      const copied = await Bun.file(join(directory.path, "from-oci/manifest.json")).json();
      expect(copied.config.digest).toBe(id);
    }
    if (format !== "docker") return;
    await skopeo()("copy", `docker-archive:${file}:sample:v1`, `dir:${directory.path}/from-docker`);
    const copied = await Bun.file(join(directory.path, "from-docker/manifest.json")).json();
    expect(copied.config.digest).toBe(id);
  });

  skip("an index, all of it", async () => {
    await using directory = await scratch("skopeo");
    const file = join(directory.path, "index.tar");
    const image = await sampleIndex();
    for (const format of ["docker", "oci"] as const) {
      await save(file, format, { image, names: [name] });
      const target = `${directory.path}/${format}`;
      await skopeo()("copy", "--all", "--preserve-digests", `oci-archive:${file}:v1`, `oci:${target}:v1`);
      expect((await (await layoutSource(target, "v1")).root()).digest).toBe(image.rootDigest!);
    }
  });

  skip("several images of one archive by their names", async () => {
    await using directory = await scratch("skopeo");
    const file = join(directory.path, "images.tar");
    const [one, two] = [await sampleImage(), await sampleImage({ config: { Cmd: ["two"] } })];
    await save(
      file,
      "docker",
      { image: one, names: ["docker.io/library/one:1"] },
      { image: two, names: ["localhost:5000/two:2"] },
    );
    const idOf = async (source: string) =>
      JSON.parse(await skopeo()("inspect", "--raw", source)).config.digest;
    expect(await idOf(`docker-archive:${file}:one:1`)).toBe((await imageFrom(one)).id);
    expect(await idOf(`docker-archive:${file}:localhost:5000/two:2`)).toBe((await imageFrom(two)).id);
    expect(await idOf(`oci-archive:${file}:2`)).toBe((await imageFrom(two)).id);
  });

  skip("a layout directory", async () => {
    await using directory = await scratch("skopeo");
    const image = await sampleImage();
    const layout = join(directory.path, "layout");
    await copyImage(image, layoutSink(layout, { ref: "v1" }), { platforms: "all" });
    await skopeo()("copy", `oci:${layout}:v1`, `oci:${directory.path}/copy:v2`);
    expect((await (await layoutSource(`${directory.path}/copy`)).root()).digest).toBe(image.rootDigest!);
    // And into a layout that Kasane began.
    await skopeo()("copy", `oci:${directory.path}/copy:v2`, `oci:${layout}:v2`);
    expect((await (await layoutSource(layout, "v2")).root()).digest).toBe(image.rootDigest!);
  });
});

describe("Kasane reads what skopeo writes", () => {
  skip.each(["oci-archive", "docker-archive"])("%s", async (transport) => {
    await using directory = await scratch("skopeo");
    const image = await sampleImage();
    const layout = join(directory.path, "layout");
    await copyImage(image, layoutSink(layout), { platforms: "all" });
    const file = join(directory.path, "image.tar");
    await skopeo()("copy", `oci:${layout}`, `${transport}:${file}:example.com/sample:v1`);
    const { id, config } = await imageFrom(image);
    const [found] = await load(file, directory.path);
    expect(found).toMatchObject({
      names: ["example.com/sample:v1"],
      id: digestHex(id),
      diffIds: config.rootfs.diff_ids,
    });
    if (transport === "oci-archive") expect(found!.digest).toBe(image.rootDigest!);
  });

  skip("an oci-archive of an index", async () => {
    await using directory = await scratch("skopeo");
    const image = await sampleIndex();
    const layout = join(directory.path, "layout");
    await copyImage(image, layoutSink(layout), { platforms: "all" });
    const file = join(directory.path, "image.tar");
    await skopeo()("copy", "--all", `oci:${layout}`, `oci-archive:${file}`);
    const [found] = await load(file, directory.path);
    expect(found!.digest).toBe(image.rootDigest!);
    const back = new MemoryImage();
    await copyImage(await layoutSource(layout), back, { platforms: "all" });
    expect(back.blobs).toEqual(image.blobs);
  });
});
