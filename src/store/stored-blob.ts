import { KasaneError } from "../lib/mod.ts";
import type { Descriptor } from "../oci/mod.ts";
import type { StoreParts } from "./store-parts.ts";

/** Whether the blob of a descriptor is in the store. @throws KasaneError `invalid-manifest` when the blob is there and has another size */
export async function isStored(parts: StoreParts, { digest, size }: Descriptor): Promise<boolean> {
  const stored = await parts.blobs.stat(digest);
  if (stored && stored.sizeBytes !== size) {
    throw new KasaneError(
      "invalid-manifest",
      `the image says that blob ${digest} has ${size} bytes, and the one in the store has ${stored.sizeBytes}`,
    );
  }
  return stored !== undefined;
}
