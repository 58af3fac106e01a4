import { expect, test } from "bun:test";
import { join } from "node:path";
import { copyImage, layoutSink } from "../../../src/image/mod.ts";
import { digestOf } from "../../../src/oci/mod.ts";
import { missing } from "../../outside.ts";
import { largeDigest, largeImage } from "../image-of-tars.ts";
import { scratch, umoci } from "../peers.ts";

test.skipIf(missing("umoci") || process.getuid?.() !== 0)(
  "umoci unpacks gzip layers of many blocks",
  async () => {
    await using directory = await scratch("umoci");
    const layout = join(directory.path, "layout");
    await copyImage(await largeImage("gzip"), layoutSink(layout, { ref: "v1" }), { platforms: "all" });
    await umoci()("unpack", "--image", `${layout}:v1`, join(directory.path, "bundle"));
    const unpacked = await Bun.file(join(directory.path, "bundle/rootfs/srv/large")).bytes();
    expect(digestOf(unpacked)).toBe(largeDigest);
  },
);
