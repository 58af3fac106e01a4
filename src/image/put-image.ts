import { toByteStream } from "../lib/mod.ts";
import type { ComposedImage } from "./compose-image.ts";
import type { ImageSink } from "./source.ts";

/** Brings a composed image into the place that its layers were written to. @throws KasaneError of the sink */
export async function putImage(sink: ImageSink, image: ComposedImage): Promise<void> {
  await sink.putBlob(image.configDescriptor, async (offset = 0) =>
    toByteStream([image.configBytes.subarray(offset)]),
  );
  await sink.putManifest(image.raw, { isRoot: true });
}
