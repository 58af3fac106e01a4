import type { BlobOutcome, ImageSink } from "../image/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { type LeaseId, manifestRecord } from "../meta/mod.ts";
import { digestAlgorithm, digestOf, parseManifest, type RawManifest } from "../oci/mod.ts";
import { beginUpload } from "./begin-upload.ts";
import { checkImage } from "./check-image.ts";
import { findFacts } from "./find-facts.ts";
import { receiveBlob } from "./receive-blob.ts";
import type { StoreParts } from "./store-parts.ts";

export interface SinkOptions {
  readonly lease: LeaseId;
  /** Canonical, with tag. */
  readonly names: readonly string[];
  readonly repoDigests?: readonly string[];
  readonly builtAtMs?: number;
}

/**
 * Brings an image into the store. Everything is held by the lease before it is looked for, so that a prune in another process leaves
 * it alone; the image becomes visible, with all its names, in one SQL step at the end.
 */
export function storeSink(parts: StoreParts, options: SinkOptions): ImageSink {
  const { lease } = options;
  return {
    putBlob(descriptor, open, progress): Promise<BlobOutcome> {
      return receiveBlob(parts, { lease, descriptor, open, progress });
    },
    async putManifest(raw, { isRoot }) {
      const manifest = parseManifest(raw.bytes, raw.mediaType);
      const digest = digestOf(raw.bytes, digestAlgorithm(raw.digest));
      if (digest !== raw.digest) {
        throw new KasaneError(
          "digest-mismatch",
          `cannot store manifest ${raw.digest}: its bytes have digest ${digest}`,
        );
      }
      if (manifest.kind === "manifest") await checkImage(parts, lease, manifest);
      await storeManifestBytes(parts, lease, raw);
      await parts.meta.manifests.put(manifestRecord(raw, manifest), lease);
      if (!isRoot) return;
      const { names, repoDigests, builtAtMs } = options;
      const facts = await findFacts(parts, raw.digest);
      await parts.meta.images.put({
        target: raw.digest,
        names,
        facts,
        ...(repoDigests && { repoDigests }),
        ...(builtAtMs !== undefined && { builtAtMs }),
      });
      await parts.layout.refresh();
    },
  };
}

/** Manifests are in SQL, and are blobs as well: an OCI image layout has them so. */
async function storeManifestBytes(parts: StoreParts, lease: LeaseId, raw: RawManifest): Promise<void> {
  await parts.meta.leases.hold(lease, [raw.digest]);
  const stored = await parts.blobs.stat(raw.digest);
  if (stored?.sizeBytes === raw.bytes.length) return;
  const upload = await beginUpload(parts, lease, digestAlgorithm(raw.digest));
  try {
    await upload.write(raw.bytes);
    await upload.commit(raw.digest);
  } finally {
    await upload.abort();
  }
}
