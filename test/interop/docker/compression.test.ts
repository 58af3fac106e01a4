import { expect, test } from "bun:test";
import { join } from "node:path";
import { imageFrom } from "../../../src/image/mod.ts";
import { missing } from "../../outside.ts";
import { save } from "../archive-file.ts";
import { largeImage } from "../image-of-tars.ts";
import { scratch, startDockerd } from "../peers.ts";

const skip = test.skipIf(missing("docker", "dockerd") || process.getuid?.() !== 0);

skip("docker loads gzip layers of many blocks", async () => {
  await using directory = await scratch("docker");
  await using daemon = await startDockerd();
  const image = await largeImage("gzip");
  const archive = join(directory.path, "image.tar");
  await save(archive, "docker", { image, names: ["docker.io/library/large:v1"] });
  await daemon.docker("load", "-i", archive);
  const layers = await daemon.docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", "large:v1");
  expect(JSON.parse(layers)).toEqual((await imageFrom(image)).config.rootfs.diff_ids);
});
