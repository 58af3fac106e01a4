import type { BlobUpload } from "../blob/mod.ts";
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
import { type Descriptor, type Digest, digestOf, layerMediaType } from "../oci/mod.ts";
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
  const blob = new NewBlob(parts, lease);
  try {
    for await (const chunk of compress(source.bytes, compression, options.level)) await blob.write(chunk);
    const index = await source.index();
    const { digest, sizeBytes } = await blob.commit();
    const descriptor: Descriptor = {
      mediaType: layerMediaType(mediaTypes, compression),
      digest,
      size: sizeBytes,
    };
    await parts.indexes.put(descriptor, index);
    return { descriptor, diffId: index.diffId, index };
  } catch (error) {
    await source.cancel();
    throw error;
  } finally {
    await blob.abort();
  }
}

/**
 * So much is in memory before it is written: a write waits for a thread behind blocks that are being compressed, and who waits for every block's
 * write leaves the other threads idle. A layer that is no larger needs no upload with a row and a name of its own: most RUNs leave little.
 */
const gatheredLimitBytes = 1024 * 1024;

/** A blob that has its digest when it ends. */
class NewBlob {
  readonly #parts: StoreParts;
  readonly #lease: LeaseId;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #upload: BlobUpload | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: StoreParts, lease: LeaseId) {
    this.#parts = parts;
    this.#lease = lease;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes > gatheredLimitBytes) await this.#flush();
  }

  /** Waits for the write before, so that there are at most two in memory. */
  async #flush(): Promise<void> {
    await this.#writing;
    this.#upload ??= await beginUpload(this.#parts, this.#lease);
    this.#writing = this.#upload.write(this.#take());
    // Told by whoever waits next.
    this.#writing.catch(() => {});
  }

  #take(): Uint8Array {
    this.#gatheredBytes = 0;
    return Buffer.concat(this.#gathered.splice(0));
  }

  async commit(): Promise<{ digest: Digest; sizeBytes: number }> {
    const { blobs, meta } = this.#parts;
    // Held before it is visible: a prune in another process must never see it free.
    const hold = (digest: Digest) => meta.leases.hold(this.#lease, [digest]);
    if (this.#upload === undefined) {
      const bytes = this.#take();
      const digest = digestOf(bytes);
      await hold(digest);
      return blobs.put(bytes, digest);
    }
    await this.#flush();
    await this.#writing;
    const digest = await this.#upload.digest();
    await hold(digest);
    return this.#upload.commit(digest);
  }

  async abort(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#upload?.abort();
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
