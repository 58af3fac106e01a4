import { toByteStream } from "../lib/mod.ts";
import type { ComposedImage } from "./compose-image.ts";
import type { ImageSink } from "./source.ts";

/** Puts an image whose layers are in the sink already: its config, then its manifest, which makes it visible. */
export async function putImage(sink: ImageSink, image: ComposedImage): Promise<void> {
  await sink.putBlob(image.configDescriptor, async (offset = 0) =>
    toByteStream([image.configBytes.subarray(offset)]),
  );
  await sink.putManifest(image.raw, { isRoot: true });
}
