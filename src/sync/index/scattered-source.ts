import type { ByteRange } from "../../blob/mod.ts";
import { type ImageSource, registrySource } from "../../image/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import {
  type Descriptor,
  type Digest,
  type Manifest,
  parseManifest,
  type RawManifest,
  type Reference,
} from "../../oci/mod.ts";
import type { ImagePlaces } from "./locate-image.ts";

/** Where the children of an index come from, by digest, where they are not in the store. */
export type Origins = Readonly<Record<string, Reference>>;

/**
 * An index whose parts are in several places: the store first, then the registries that its children were found in. What is not asked for
 * is never fetched.
 */
export class ScatteredSource implements ImageSource {
  readonly #root: RawManifest;
  readonly #places: ImagePlaces;
  /** Of manifests, and of the blobs of manifests that were read. */
  readonly #origins = new Map<string, Reference>();

  constructor(root: RawManifest, origins: Origins, places: ImagePlaces) {
    this.#root = root;
    this.#places = places;
    for (const [digest, reference] of Object.entries(origins)) this.#origins.set(digest, reference);
    const own = this.#origins.get(root.digest);
    if (own) this.#note(parseManifest(root.bytes, root.mediaType), own);
  }

  async root(): Promise<RawManifest> {
    return this.#root;
  }

  async manifest(digest: Digest): Promise<RawManifest> {
    const origin = this.#origins.get(digest);
    const stored = await this.#places.store?.meta.manifests.get(digest);
    const raw = stored ?? (origin && (await this.#at(origin, digest).manifest(digest)));
    if (!raw) {
      throw new KasaneError(
        "not-found",
        `manifest ${digest} is neither here nor in a registry that is known`,
        {
          hint: "add it to the list again",
        },
      );
    }
    if (origin) this.#note(parseManifest(raw.bytes, raw.mediaType), origin);
    return { digest, mediaType: raw.mediaType, bytes: raw.bytes };
  }

  async blob(descriptor: Descriptor, range?: ByteRange) {
    const { store } = this.#places;
    const origin = this.#origins.get(descriptor.digest);
    if (!origin || (await store?.blobs.stat(descriptor.digest))) {
      if (store) return store.blobs.open(descriptor.digest, range);
      throw new KasaneError("not-found", `blob ${descriptor.digest} is in no registry that is known`, {
        hint: "add its image to the list again",
      });
    }
    return this.#at(origin).blob(descriptor, range);
  }

  /** The repository that has a blob or manifest, as far as is known. */
  originOf(digest: Digest): Reference | undefined {
    return this.#origins.get(digest);
  }

  #note(manifest: Manifest, origin: Reference): void {
    const parts = manifest.kind === "index" ? manifest.manifests : [manifest.config, ...manifest.layers];
    for (const { digest } of parts) if (!this.#origins.has(digest)) this.#origins.set(digest, origin);
  }

  #at({ host, repository }: Reference, digest?: Digest): ImageSource {
    const reference = { host, repository, ...(digest && { digest }) };
    const { client, signal } = this.#places;
    return registrySource({ client: client(host), reference, ...(signal && { signal }) });
  }
}
