import type { BlobReader, ByteRange } from "../blob/mod.ts";
import { type ByteStream, collect, KasaneError } from "../lib/mod.ts";
import {
  type Descriptor,
  type Digest,
  manifestLimitBytes,
  type RawManifest,
  rawManifest,
} from "../oci/mod.ts";
import type { ImageSource } from "./source.ts";

/** An image in a place that keeps manifests beside the other blobs, by digest alone: an OCI layout, an archive. */
export function contentSource(blobs: Pick<BlobReader, "open" | "stat">, root: Descriptor): ImageSource {
  const manifest = async (digest: Digest, mediaType?: string): Promise<RawManifest> => {
    const info = await blobs.stat(digest);
    if (!info)
      throw new KasaneError("not-found", `manifest ${digest} is not there`, {
        hint: "a part of the image is missing where it came from: save or copy it anew",
      });
    const bytes = await collect(await blobs.open(digest), manifestLimitBytes, `manifest ${digest}`);
    return rawManifest(bytes, mediaType, digest);
  };
  return {
    root: () => manifest(root.digest, root.mediaType),
    manifest,
    blob: (descriptor: Descriptor, range?: ByteRange): Promise<ByteStream> =>
      blobs.open(descriptor.digest, range),
  };
}
