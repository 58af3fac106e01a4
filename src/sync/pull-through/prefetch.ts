import { messageOf } from "../../lib/mod.ts";
import { parseManifest, parsePlatform, selectPlatform } from "../../oci/mod.ts";
import type { MirrorParts } from "./mirror-parts.ts";
import type { MirroredBlobs } from "./mirrored-blobs.ts";
import type { MirroredManifests, NewManifest } from "./mirrored-manifests.ts";

/** Images that wait to be fetched; more are not worth it, since they come anyway when they are asked for. */
const queueLimit = 100;

/** Fetches the configured platforms of an index beforehand: one image after the other, so that clients come first. */
export class Prefetch {
  readonly #parts: MirrorParts;
  readonly #manifests: MirroredManifests;
  readonly #blobs: MirroredBlobs;
  readonly #queue: NewManifest[] = [];
  #working: Promise<void> | undefined;

  constructor(parts: MirrorParts, from: { manifests: MirroredManifests; blobs: MirroredBlobs }) {
    this.#parts = parts;
    this.#manifests = from.manifests;
    this.#blobs = from.blobs;
  }

  /** Takes in a manifest that has just come. */
  add(arrived: NewManifest): void {
    const { prefetch } = arrived.upstream.config;
    if (prefetch.length === 0 || arrived.manifest.kind !== "index" || this.#queue.length >= queueLimit)
      return;
    this.#queue.push(arrived);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // The client that asked for the index is to be answered first.
    await Bun.sleep(0);
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (this.#parts.signal.aborted) return;
      try {
        await this.#fetch(next);
      } catch (error) {
        const { upstream, repository } = next;
        this.#parts.onWarning(
          `upstream ${upstream.config.name}: ${repository} could not be fetched beforehand: ${messageOf(error)}`,
        );
      }
    }
  }

  async #fetch({ upstream, repository, manifest: index }: NewManifest): Promise<void> {
    if (index.kind !== "index") return;
    for (const name of upstream.config.prefetch) {
      const child = selectPlatform(index.manifests, parsePlatform(name));
      if (child === undefined) continue;
      await this.#manifests.freshen(repository, { digest: child.digest });
      const found = await this.#parts.meta.repositories.getManifest(repository, { digest: child.digest });
      if (found === undefined) continue;
      const manifest = parseManifest(found.bytes, found.mediaType);
      if (manifest.kind !== "manifest") continue;
      for (const blob of [manifest.config, ...manifest.layers]) {
        if (this.#parts.signal.aborted) return;
        await this.#blobs.bring(repository, blob);
      }
    }
  }
}
