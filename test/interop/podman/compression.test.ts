import { expect, test } from "bun:test";
import { join } from "node:path";
import { imageFrom } from "../../../src/image/mod.ts";
import { digestHex } from "../../../src/oci/mod.ts";
import { missing } from "../../outside.ts";
import { save } from "../archive-file.ts";
import { largeImage } from "../image-of-tars.ts";
import { podman, removePodmanStorage, scratch } from "../peers.ts";

const skip = test.skipIf(missing("podman", "runc") || process.getuid?.() !== 0);

skip.each(["gzip", "zstd"] as const)("podman loads %s layers of many blocks", async (compression) => {
  await using directory = await scratch("podman");
  const storage = join(directory.path, "storage");
  const engine = await podman(storage);
  try {
    const image = await largeImage(compression);
    const archive = join(directory.path, "image.tar");
    await save(archive, "oci", { image, names: ["docker.io/library/large:v1"] });
    // podman compares every unpacked layer with its diffID.
    await engine("load", "-i", archive);
    const id = (await engine("image", "inspect", "--format", "{{.Id}}", "large:v1")).trim();
    expect(id).toBe(digestHex((await imageFrom(image)).id));
  } finally {
    await removePodmanStorage(storage);
  }
});
