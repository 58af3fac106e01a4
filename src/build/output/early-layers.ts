import type { BlobOutcome, ImageSink } from "../../image/mod.ts";
import type { ByteStream } from "../../lib/mod.ts";
import type { Descriptor, Digest } from "../../oci/mod.ts";

/** Layers on their way to one repository before the image is whole. What fails is tried again with the image, and told then. */
export class EarlyLayers {
  readonly #sink: ImageSink;
  readonly #outcomes = new Map<Digest, Promise<BlobOutcome | undefined>>();
  /** A place that cannot be reached is not asked for every layer. */
  #hasFailed = false;

  constructor(sink: ImageSink) {
    this.#sink = sink;
  }

  async put(layer: Descriptor, open: (offset?: number) => Promise<ByteStream>): Promise<void> {
    if (this.#hasFailed || this.#outcomes.has(layer.digest)) return;
    const outcome = this.#sink.putBlob(layer, open).catch(() => {
      this.#hasFailed = true;
      return undefined;
    });
    this.#outcomes.set(layer.digest, outcome);
    await outcome;
  }

  /** A sink of the same repository that gets what has not come early. */
  before(sink: ImageSink): ImageSink {
    return {
      putBlob: async (descriptor, ...rest) =>
        (await this.#outcomes.get(descriptor.digest)) ?? sink.putBlob(descriptor, ...rest),
      putManifest: (...manifest) => sink.putManifest(...manifest),
    };
  }
}
