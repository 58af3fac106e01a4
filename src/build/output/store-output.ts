import { toByteStream } from "../../lib/mod.ts";
import type { ImageShape } from "../image-shape.ts";
import type { BuildOutput } from "./build-output.ts";

/** The store of the build: visible, under all its names at once, when everything else is there. */
export function storeOutput(options: {
  /** Canonical names with tag; none is fine. */
  readonly names: readonly string[];
  readonly shape?: Partial<ImageShape>;
}): BuildOutput {
  const { names, shape } = options;
  return {
    title: "image",
    ...(shape && { shape }),
    async write({ root, platforms, attestations }, { store, lease }) {
      const sink = store.sink({ lease, names, builtAtMs: Date.now() });
      for (const { image } of platforms) {
        await sink.putBlob(image.configDescriptor, async (offset = 0) =>
          toByteStream([image.configBytes.subarray(offset)]),
        );
        if (image.raw.digest !== root.digest) await sink.putManifest(image.raw, { isRoot: false });
      }
      // A referrer stays as long as what it refers to.
      for (const { raw, blobs } of attestations) {
        for (const { descriptor, bytes } of blobs) {
          await sink.putBlob(descriptor, async (offset = 0) => toByteStream([bytes.subarray(offset)]));
        }
        await sink.putManifest(raw, { isRoot: false });
      }
      await sink.putManifest(root, { isRoot: true });
    },
  };
}
