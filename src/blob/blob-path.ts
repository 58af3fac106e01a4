import { join } from "node:path";
import { KasaneError } from "../lib/mod.ts";
import { type Digest, type DigestAlgorithm, digestAlgorithm, digestHex } from "../oci/mod.ts";

export const digestAlgorithms: readonly DigestAlgorithm[] = ["sha256", "sha512"];

/** `ROOT/blobs/<algorithm>/<hex>` (image-spec image-layout.md). A Digest is checked where it is made, so it cannot leave the root. */
export function blobPath(root: string, digest: Digest): string {
  return join(root, "blobs", digestAlgorithm(digest), digestHex(digest));
}

/**
 * `ROOT/uploads/<id>.<algorithm>`: the bytes so far. The suffix is the only state an upload has besides them, so that no second file
 * can disagree with the first.
 */
export function uploadPath(root: string, id: string, algorithm: DigestAlgorithm): string {
  return join(root, "uploads", `${id}.${algorithm}`);
}

/** The id and algorithm of a file name in `uploads/`; undefined for what is not an upload. */
export function parseUploadName(name: string): { id: string; algorithm: DigestAlgorithm } | undefined {
  const dot = name.lastIndexOf(".");
  const id = name.slice(0, Math.max(dot, 0));
  const algorithm = digestAlgorithms.find((known) => known === name.slice(dot + 1));
  return algorithm !== undefined && isUploadId(id) ? { id, algorithm } : undefined;
}

/** Upload ids come from URLs: only characters that mean nothing to a file system. */
export function isUploadId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,199}$/.test(id);
}

/** @throws KasaneError `usage` */
export function checkUploadId(id: string): string {
  if (isUploadId(id)) return id;
  throw new KasaneError("usage", `${JSON.stringify(id.slice(0, 80))} is not a valid upload id`, {
    hint: "an upload id is 1 to 200 letters, digits, _ or -, and starts with a letter or digit",
  });
}
