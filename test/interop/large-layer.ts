import type { MemoryImage } from "../../src/image/testing/memory-image.ts";
import { digestOf } from "../../src/oci/mod.ts";
import { sampleImage } from "./archive-file.ts";

/** Large enough for several blocks of compress(), gzip and zstd, the last one cut. */
export const largeText = Array.from(
  { length: 180_000 },
  (_, i) => `line ${i} ${(i * 2_654_435_761) % 4_294_967_296} of a large file\n`,
).join("");
export const largeDigest = digestOf(largeText);

/** An image with a layer that is compressed in many blocks. */
export function largeImage(compression: "gzip" | "zstd"): Promise<MemoryImage> {
  return sampleImage({ compression, layers: [{ "srv/": "", "srv/large": largeText, "srv/small": "small" }] });
}
