import { expect, test } from "bun:test";
import { join } from "node:path";
import { copyImage, imageFrom, layoutSink } from "../../../src/image/mod.ts";
import { missing } from "../../outside.ts";
import { load } from "../archive-file.ts";
import { largeImage } from "../image-of-tars.ts";
import { scratch, skopeo } from "../peers.ts";

test.skipIf(missing("skopeo"))("skopeo decompresses gzip layers of many blocks", async () => {
  await using directory = await scratch("skopeo");
  const image = await largeImage("gzip");
  await copyImage(image, layoutSink(join(directory.path, "layout"), { ref: "v1" }), { platforms: "all" });
  const archive = join(directory.path, "image.tar");
  // A docker-archive holds plain layers; skopeo compares them with the diffIDs.
  await skopeo()("copy", `oci:${directory.path}/layout:v1`, `docker-archive:${archive}:large:v1`);
  const [loaded] = await load(archive, directory.path);
  expect(loaded!.diffIds).toEqual((await imageFrom(image)).config.rootfs.diff_ids);
});
