import {
  type Compression,
  compress,
  indexTar,
  type LayerContent,
  type LayerIndex,
  LayerTar,
} from "../layer/mod.ts";
import type { ByteSource } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import { type Descriptor, DigestHasher, layerMediaType } from "../oci/mod.ts";
import { beginUpload } from "./begin-upload.ts";
import { Feed } from "./feed.ts";
import type { WrittenLayer } from "./local-store.ts";
import type { StoreParts } from "./store-parts.ts";

/** A layer made here: the tar is made or read once, and compressed, hashed and indexed while it passes. */
export async function writeLayer(
  parts: StoreParts,
  content: LayerContent,
  options: { lease: LeaseId; compression: Compression; level?: number; mediaTypes: "oci" | "docker" },
): Promise<WrittenLayer> {
  const { lease, compression, mediaTypes } = options;
  const source = "tar" in content ? readTar(content.tar) : madeTar(new LayerTar(content.entries));
  const upload = await beginUpload(parts, lease);
  try {
    const hasher = new DigestHasher();
    for await (const chunk of compress(source.bytes, compression, options.level)) {
      hasher.update(chunk);
      await upload.write(chunk);
    }
    const index = await source.index();
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
    await source.cancel();
    throw error;
  } finally {
    await upload.abort();
  }
}

/** A tar on its way to be compressed, and what is found out of it meanwhile. */
interface PassingTar {
  readonly bytes: ByteSource;
  /** After the last byte. */
  index(): Promise<LayerIndex> | LayerIndex;
  cancel(): Promise<void>;
}

function madeTar(tar: LayerTar): PassingTar {
  return { bytes: tar.bytes(), index: () => tar.index(), async cancel() {} };
}

function readTar(tar: ByteSource): PassingTar {
  const feed = new Feed(indexTar);
  async function* passing(): AsyncGenerator<Uint8Array> {
    for await (const chunk of tar) {
      await feed.push(chunk);
      yield chunk;
    }
  }
  return { bytes: passing(), index: () => feed.end(), cancel: () => feed.cancel() };
}
