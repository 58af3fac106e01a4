import { type Compression, compress, indexTar } from "../layer/mod.ts";
import type { ByteSource } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import { type Descriptor, DigestHasher, layerMediaType } from "../oci/mod.ts";
import { beginUpload } from "./begin-upload.ts";
import { Feed } from "./feed.ts";
import type { WrittenLayer } from "./local-store.ts";
import type { StoreParts } from "./store-parts.ts";

/** A layer made here: the tar is read once, and compressed, hashed and indexed while it passes. */
export async function writeLayer(
  parts: StoreParts,
  tar: ByteSource,
  options: { lease: LeaseId; compression: Compression; level?: number; mediaTypes: "oci" | "docker" },
): Promise<WrittenLayer> {
  const { lease, compression, mediaTypes } = options;
  const feed = new Feed(indexTar);
  const upload = await beginUpload(parts, lease);
  try {
    const hasher = new DigestHasher();
    for await (const chunk of compress(passing(tar, feed), compression, options.level)) {
      hasher.update(chunk);
      await upload.write(chunk);
    }
    const index = await feed.end();
    const descriptor: Descriptor = {
      mediaType: layerMediaType(mediaTypes, compression),
      digest: hasher.digest(),
      size: hasher.sizeBytes,
    };
    // Held before it is visible: a prune in another process must never see it free.
    await parts.meta.leases.hold(lease, [descriptor.digest]);
    await upload.commit(descriptor.digest);
    await parts.indexes.put(descriptor, index);
    return { descriptor, diffId: index.diffId, index };
  } catch (error) {
    await feed.cancel();
    throw error;
  } finally {
    await upload.abort();
  }
}

async function* passing(source: ByteSource, feed: Feed<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    await feed.push(chunk);
    yield chunk;
  }
}
