import type { ImageSource } from "../image/mod.ts";
import { KasaneError } from "../lib/errors.ts";
import type { Digest, RawManifest } from "../oci/mod.ts";
import type { StoreParts } from "./store-parts.ts";

/** An image of the store as it stands: its index with the children that are here, or its manifest. */
export function storeSource(parts: StoreParts, target: Digest): ImageSource {
  const manifest = async (digest: Digest): Promise<RawManifest> => {
    const record = await parts.meta.manifests.get(digest);
    if (record) return { digest, mediaType: record.mediaType, bytes: record.bytes };
    throw new KasaneError("not-found", `manifest ${digest} is not in the store`, {
      hint:
        digest === target
          ? "list what there is with images"
          : "the image was pulled for other platforms only",
    });
  };
  return {
    root: () => manifest(target),
    manifest,
    blob: (descriptor, range) => parts.blobs.open(descriptor.digest, range),
  };
}
