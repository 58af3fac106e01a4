import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { imageFrom } from "../../../src/image/mod.ts";
import { digestHex } from "../../../src/oci/mod.ts";
import { missing } from "../../outside.ts";
import { load, sampleImage, sampleIndex, save } from "../archive-file.ts";
import { type DockerDaemon, type Scratch, scratch, startDockerd } from "../peers.ts";

const isMissing = missing("docker", "dockerd") || process.getuid?.() !== 0;
const skip = test.skipIf(isMissing);
let daemon: DockerDaemon;
let directory: Scratch;

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker");
  daemon = await startDockerd();
});
afterAll(async () => {
  if (isMissing) return;
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const at = (name: string) => join(directory.path, name);
const idOf = async (name: string) =>
  (await daemon.docker("image", "inspect", "--format", "{{.Id}}", name)).trim();

describe("docker loads what Kasane saves", () => {
  skip.each([
    ["oci", "gzip"],
    ["oci", "none"],
    ["docker", "gzip"],
  ] as const)("a %s image with %s layers", async (family, compression) => {
    const tag = `${family}-${compression}`;
    const image = await sampleImage({ family, compression, config: { Cmd: ["x"], Labels: { tag } } });
    const names = [`docker.io/library/sample:${tag}`, `localhost:5000/b:${tag}`];
    await save(at("image.tar"), "docker", { image, names });
    const said = await daemon.docker("load", "-i", at("image.tar"));
    expect(said).toContain(`Loaded image: sample:${tag}`);
    const { id } = await imageFrom(image);
    expect(await idOf(`sample:${tag}`)).toBe(id);
    expect(await idOf(`localhost:5000/b:${tag}`)).toBe(id);

    const container = (await daemon.docker("create", `sample:${tag}`)).trim();
    const list = await daemon.docker("export", "-o", at("tree.tar"), container);
    expect(list).toBe("");
    const paths = Bun.spawnSync(["tar", "-tf", at("tree.tar")])
      .stdout.toString()
      .split("\n");
    expect(paths).toContain("etc/motd");
    expect(paths).toContain("srv/data");
    expect(paths).not.toContain("etc/old");
    await daemon.docker("rm", container);
  });

  skip("an index, of which it takes this machine's image", async () => {
    const image = await sampleIndex();
    await save(at("index.tar"), "docker", { image, names: ["docker.io/library/index:v1"] });
    await daemon.docker("load", "-i", at("index.tar"));
    expect(await idOf("index:v1")).toBe((await imageFrom(image)).id);
  });

  skip("an image without a name", async () => {
    const image = await sampleImage({ config: { User: "7" } });
    await save(at("unnamed.tar"), "docker", { image, names: [] });
    const { id } = await imageFrom(image);
    expect(await daemon.docker("load", "-i", at("unnamed.tar"))).toContain(`Loaded image ID: ${id}`);
  });
});

describe("Kasane loads what docker saves", () => {
  skip("several images, layers shared, under all their names", async () => {
    const images = [
      await sampleImage({ config: { User: "1" } }),
      await sampleImage({ config: { User: "2" } }),
    ];
    const named = images.map((image, index) => ({
      image,
      names: [`docker.io/library/many:${index}`, `example.com/many:${index}`],
    }));
    await save(at("many-in.tar"), "docker", ...named);
    await daemon.docker("load", "-i", at("many-in.tar"));
    await daemon.docker("save", "-o", at("many.tar"), ...named.flatMap(({ names }) => names));
    const found = await load(at("many.tar"), directory.path);
    for (const { image, names } of named) {
      const { id, config } = await imageFrom(image);
      const match = found.find((each) => each.id === digestHex(id));
      expect([...match!.names].sort()).toEqual(names);
      expect(match!.diffIds).toEqual(config.rootfs.diff_ids);
    }
    expect(found.length).toBe(2);
  });

  skip("and gives the same image back to docker", async () => {
    const image = await sampleImage({ config: { User: "8" } });
    await save(at("in.tar"), "docker", { image, names: ["docker.io/library/circle:v1"] });
    await daemon.docker("load", "-i", at("in.tar"));
    await daemon.docker("save", "-o", at("out.tar"), "circle:v1");
    const before = await idOf("circle:v1");
    await daemon.docker("rmi", "circle:v1");
    await daemon.docker("load", "-i", at("out.tar"));
    expect(await idOf("circle:v1")).toBe(before);
    expect((await load(at("out.tar"), directory.path))[0]!.id).toBe(before.slice("sha256:".length));
  });
});
