import type { Digest } from "../../oci/mod.ts";

/** Layers that are somewhere else until somebody needs their bytes. */
export class LazyLayers {
  readonly #bring = new Map<Digest, () => Promise<void>>();
  readonly #coming = new Map<Digest, Promise<void>>();

  /** `bring` puts the blob into the store; called once. The first that is added for a digest counts. */
  add(digest: Digest, bring: () => Promise<void>): void {
    if (!this.#bring.has(digest)) this.#bring.set(digest, bring);
  }

  /** It is somewhere else, and nobody has needed it yet. */
  isWaiting(digest: Digest): boolean {
    return this.#bring.has(digest) && !this.#coming.has(digest);
  }

  async need(digests: readonly Digest[]): Promise<void> {
    await Promise.all(digests.map((digest) => this.#one(digest)));
  }

  #one(digest: Digest): Promise<void> {
    const coming = this.#coming.get(digest) ?? this.#bring.get(digest)?.() ?? Promise.resolve();
    this.#coming.set(digest, coming);
    return coming;
  }
}
