import { describe, expect, test } from "bun:test";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { copyImage, imageFrom, layoutSink, layoutSource, listLayout } from "../../../src/image/mod.ts";
import { missing, runOk } from "../../outside.ts";
import { sampleImage, save } from "../archive-file.ts";
import { scratch, umoci } from "../peers.ts";

const skip = test.skipIf(missing("umoci") || process.getuid?.() !== 0);

describe("umoci and Kasane share layouts", () => {
  skip("umoci unpacks an image from a layout that Kasane wrote", async () => {
    await using directory = await scratch("umoci");
    const layout = join(directory.path, "layout");
    await copyImage(await sampleImage(), layoutSink(layout, { ref: "v1" }), { platforms: "all" });
    await umoci()("unpack", "--image", `${layout}:v1`, join(directory.path, "bundle"));
    expect(await readFile(join(directory.path, "bundle/rootfs/etc/motd"), "utf8")).toBe("hello\n");
    await expect(stat(join(directory.path, "bundle/rootfs/etc/old"))).rejects.toThrow("ENOENT");
  });

  skip("umoci unpacks an image from an archive that Kasane wrote", async () => {
    await using directory = await scratch("umoci");
    const layout = join(directory.path, "layout");
    for (const format of ["oci", "docker"] as const) {
      await save(join(directory.path, "a.tar"), format, {
        image: await sampleImage(),
        names: ["docker.io/library/sample:v1"],
      });
      await mkdir(join(layout, format), { recursive: true });
      await runOk(["tar", "-xf", join(directory.path, "a.tar"), "-C", join(layout, format)]);
      await umoci()("unpack", "--image", `${layout}/${format}:v1`, join(directory.path, `bundle-${format}`));
    }
  });

  skip("Kasane reads what umoci changed", async () => {
    await using directory = await scratch("umoci");
    const layout = join(directory.path, "layout");
    await copyImage(await sampleImage(), layoutSink(layout, { ref: "v1" }), { platforms: "all" });
    await umoci()("config", "--image", `${layout}:v1`, "--tag", "v2", "--config.label", "changed=yes");
    const changed = await imageFrom(await layoutSource(layout, "v2"));
    expect(changed.config.config?.Labels).toEqual({ a: "b", changed: "yes" });
    expect((await listLayout(layout)).flatMap(({ refNames }) => refNames).sort()).toEqual(["v1", "v2"]);
    await umoci()("gc", "--layout", layout);
    expect((await imageFrom(await layoutSource(layout, "v1"))).layers.length).toBe(2);
  });
});
