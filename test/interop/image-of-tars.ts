import { type ImageLayer, newImage } from "../../src/image/mod.ts";
import { MemoryImage } from "../../src/image/testing/memory-image.ts";
import { type Compression, compress } from "../../src/layer/mod.ts";
import { layerTar } from "../../src/layer/testing/layer-tar.ts";
import { collect } from "../../src/lib/mod.ts";
import { digestOf, layerMediaType } from "../../src/oci/mod.ts";

/** An OCI image in memory whose layers are these tars, compressed as Kasane does it. */
export async function imageOfTars(
  tars: readonly Uint8Array[],
  compression: Compression,
): Promise<MemoryImage> {
  const image = new MemoryImage();
  const layers: ImageLayer[] = [];
  for (const tar of tars) {
    const blob = await collect(compress([tar], compression), 2 ** 28, "the layer");
    layers.push({ descriptor: image.add(blob, layerMediaType("oci", compression)), diffId: digestOf(tar) });
  }
  const composed = newImage({
    platform: { os: "linux", architecture: "amd64" },
    layers,
    history: layers.map((_, index) => ({ created_by: `layer ${index}` })),
    created: "2026-01-02T03:04:05Z",
    config: { Cmd: ["/bin/true"] },
  });
  image.blobs.set(composed.configDescriptor.digest, composed.configBytes);
  image.addManifest(composed.raw);
  return image;
}

/** Large enough for several blocks of compress(), gzip and zstd, the last one cut. */
const largeText = Array.from(
  { length: 180_000 },
  (_, i) => `line ${i} ${(i * 2_654_435_761) % 4_294_967_296} of a file\n`,
).join("");
export const largeDigest = digestOf(largeText);

/** An image with a layer that is compressed in many blocks; `srv/large` has largeDigest. */
export async function largeImage(compression: "gzip" | "zstd"): Promise<MemoryImage> {
  return imageOfTars(
    [await layerTar(["srv/", { path: "srv/large", content: largeText }, "srv/small"])],
    compression,
  );
}
