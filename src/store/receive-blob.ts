import { statfs } from "node:fs/promises";
import type { BlobUpload } from "../blob/mod.ts";
import type { BlobOutcome } from "../image/mod.ts";
import { indexLayer, type LayerIndex } from "../layer/mod.ts";
import { type ByteStream, isKasaneError, KasaneError } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import { type Descriptor, digestAlgorithm, isLayerType } from "../oci/mod.ts";
import { Feed } from "./feed.ts";
import type { StoreParts } from "./store-parts.ts";
import { isStored } from "./stored-blob.ts";
import { withUpload } from "./upload-turn.ts";

export interface BlobDelivery {
  readonly lease: LeaseId;
  readonly descriptor: Descriptor;
  readonly open: (offset?: number) => Promise<ByteStream>;
  readonly progress?: ((doneBytes: number) => void) | undefined;
}

/**
 * One blob of an image on its way into the store: found there, or written, checked and (a layer) indexed in one pass. What an interrupted
 * delivery wrote is kept under an id made from the digest, and the next one goes on from there.
 */
export async function receiveBlob(parts: StoreParts, delivery: BlobDelivery): Promise<BlobOutcome> {
  const { lease, descriptor } = delivery;
  await parts.meta.leases.hold(lease, [descriptor.digest]);
  return parts.locks.run(`blob:${descriptor.digest}`, async () => {
    if (await isStored(parts, descriptor)) return "exists";
    return withUpload(parts, delivery, async (upload) => {
      await deliver(parts, delivery, upload);
      return "copied";
    });
  });
}

async function deliver(parts: StoreParts, delivery: BlobDelivery, first: BlobUpload): Promise<void> {
  const { descriptor } = delivery;
  const isLayer = isLayerType(descriptor.mediaType);
  let upload = first;
  for (;;) {
    const isResumed = upload.offset > 0;
    // Without the beginning there is nothing to index on the way; then the blob is read once more from the disk.
    const feed = isLayer && !isResumed ? new Feed(indexLayer) : undefined;
    try {
      await fill(parts, upload, delivery, feed);
      await upload.commit(descriptor.digest);
      if (isLayer) await keepIndex(parts, descriptor, feed);
      return;
    } catch (error) {
      await feed?.cancel();
      if (isResumed && isKasaneError(error, "digest-mismatch")) {
        // What an earlier process left was damaged: a power cut, a disk error. The source deserves a chance of its own.
        upload = await parts.blobs.begin({ id: upload.id, algorithm: digestAlgorithm(descriptor.digest) });
        continue;
      }
      if (isKasaneError(error, "digest-mismatch") || upload.offset === 0) await upload.abort();
      else await upload.suspend();
      throw error;
    }
  }
}

/** What cannot end well is not begun: a layer that says it has a petabyte fills no disk. */
async function checkSpace({ root }: StoreParts, { digest, size }: Descriptor, offset: number): Promise<void> {
  const { bavail, bsize } = await statfs(root);
  if (size - offset <= bavail * bsize) return;
  throw new KasaneError(
    "no-space",
    `cannot store blob ${digest}: it has ${size} bytes, and ${root} has room for ${bavail * bsize}`,
    { hint: "free some space: unused images and build cache can be pruned" },
  );
}

async function fill(
  parts: StoreParts,
  upload: BlobUpload,
  { descriptor, open, progress }: BlobDelivery,
  feed: Feed<LayerIndex> | undefined,
): Promise<void> {
  const { digest, size } = descriptor;
  if (upload.offset === size) return;
  await checkSpace(parts, descriptor, upload.offset);
  const stream = await open(upload.offset > 0 ? upload.offset : undefined);
  for await (const chunk of stream) {
    if (upload.offset + chunk.length > size) {
      throw new KasaneError(
        "digest-mismatch",
        `cannot store blob ${digest}: more than the announced ${size} bytes arrived`,
      );
    }
    await Promise.all([upload.write(chunk), feed?.push(chunk)]);
    progress?.(upload.offset);
  }
  if (upload.offset < size) {
    throw new KasaneError(
      "io",
      `cannot store blob ${digest}: its source ended after ${upload.offset} of ${size} bytes`,
      { hint: "try again: what arrived is kept" },
    );
  }
}

/** Some artifacts call any file a layer. Whether this one must be a tar is known only when its manifest comes, which looks again. */
async function keepIndex(
  parts: StoreParts,
  layer: Descriptor,
  feed: Feed<LayerIndex> | undefined,
): Promise<void> {
  try {
    if (feed) await parts.indexes.put(layer, await feed.end());
    else await parts.indexes.diffIdOf(layer);
  } catch (error) {
    const isNoTar =
      isKasaneError(error, "invalid-archive") ||
      isKasaneError(error, "invalid-layer") ||
      isKasaneError(error, "limit-exceeded");
    if (!isNoTar) throw error;
  }
}
