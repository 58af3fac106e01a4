import { join } from "node:path";
import { type Digest, digestAlgorithm, digestHex } from "../oci/digest.ts";

/** Where the blob's file is in a store's root, which is an OCI image layout (image-spec image-layout.md). */
export function blobFile(root: string, digest: Digest): string {
  return join(root, "blobs", digestAlgorithm(digest), digestHex(digest));
}
