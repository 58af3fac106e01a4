import type { BlobLocation, BlobLocator } from "../blob/mod.ts";
import { BoundedMap } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";

const limitEntries = 10_000;

/**
 * Remembers which file a blob is. A blob never changes and a row is never there without its file, so whoever has just seen the row
 * need not ask the file system as well: that question took half of the time of a small download (wrk, 64 KiB: 11,200/s with it).
 */
export class BlobLocations implements BlobLocator {
  readonly #blobs: BlobLocator;
  readonly #files = new BoundedMap<Digest, BlobLocation>(limitEntries);

  constructor(blobs: BlobLocator) {
    this.#blobs = blobs;
  }

  async locate(digest: Digest): Promise<BlobLocation | undefined> {
    return this.#files.get(digest) ?? this.#look(digest);
  }

  async #look(digest: Digest): Promise<BlobLocation | undefined> {
    const location = await this.#blobs.locate(digest);
    if (location?.kind === "file") this.#files.set(digest, location);
    return location;
  }
}
