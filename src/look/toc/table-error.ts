import { collect, KasaneError } from "../../lib/mod.ts";
import { type Descriptor, digestAlgorithm, digestOf, parseDigest, shortDigest } from "../../oci/mod.ts";
import type { BlobAccess } from "./toc-layer.ts";

/** Largest table, compressed, and what it may become: about as much as the index of as many entries as a tar may have. */
const tableLimitBytes = 64 * 1024 * 1024;
export const tableTextLimitBytes = 512 * 1024 * 1024;

export function tableError(descriptor: Descriptor, reason: string): KasaneError {
  return new KasaneError(
    "invalid-layer",
    `the table of contents of layer ${shortDigest(descriptor.digest)} cannot be used: ${reason}`,
  );
}

/** @throws KasaneError `digest-mismatch` */
export function checkTableDigest(descriptor: Descriptor, bytes: Uint8Array, expected: string): void {
  const digest = parseDigest(expected);
  if (digestOf(bytes, digestAlgorithm(digest)) === digest) return;
  throw new KasaneError(
    "digest-mismatch",
    `the table of contents of layer ${shortDigest(descriptor.digest)} is not the one its manifest names`,
  );
}

/** Bytes of the blob into memory. */
export async function readRange(
  descriptor: Descriptor,
  blob: BlobAccess,
  range: { readonly start: number; readonly end: number },
): Promise<Uint8Array> {
  const { start, end } = range;
  if (start < 0 || end <= start || end > descriptor.size)
    throw tableError(descriptor, "it lies outside the layer");
  if (end - start > tableLimitBytes) {
    throw new KasaneError(
      "limit-exceeded",
      `the table of contents of layer ${shortDigest(descriptor.digest)} is larger than the limit of ${tableLimitBytes} bytes`,
    );
  }
  return collect(await blob.open(start, end), end - start, "the table of contents of a layer");
}
