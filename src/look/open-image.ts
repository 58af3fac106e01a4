import type { RegistryClient } from "../distribution/mod.ts";
import {
  type Archive,
  type ImageLayer,
  type ImageSource,
  imageFrom,
  layoutSource,
  openArchive,
  pairLayers,
  readRoot,
  registrySource,
} from "../image/mod.ts";
import { isKasaneError, KasaneError } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import {
  type Digest,
  familiarReference,
  formatPlatform,
  formatReference,
  imageChildren,
  isDigest,
  type Platform,
  parseReference,
  platformOf,
  type Reference,
  withDefaultTag,
} from "../oci/mod.ts";
import type { LocalImage, LocalStore } from "../store/mod.ts";
import { type ImageView, imageView } from "./image-view.ts";
import type { LayerView } from "./layer-view.ts";
import { parsePlace } from "./place.ts";
import { type LayerReading, SourceLayer } from "./source-layer.ts";
import { storedLayer } from "./stored-layer.ts";

/** What a viewer may have to say meanwhile. */
export type ViewNotice =
  /** The image is not in the store and is looked for where its name says. */
  | { readonly kind: "elsewhere"; readonly reference: string; readonly host: string }
  /** All of a layer has to be fetched. */
  | { readonly kind: "whole-layer"; readonly digest: Digest; readonly sizeBytes: number };

/** A layer that is being fetched. */
export interface ViewProgress extends LayerReading {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface ViewOptions {
  readonly store: LocalStore;
  /** For images that are in a registry. */
  readonly client: (host: string) => RegistryClient | Promise<RegistryClient>;
  readonly platform?: Platform | undefined;
  /** False when only names and attributes will be asked for: less is kept meanwhile. Default: true. */
  readonly needsContents?: boolean;
  readonly notice?: (notice: ViewNotice) => void;
  /** How far the layers are that have to be read. */
  readonly progress?: (progress: ViewProgress) => void;
  readonly signal?: AbortSignal;
}

/** Opens images to look into. What it opened works until viewImages() is over. */
export interface ImageViewer {
  /**
   * An image by name or ID from the store; else from its registry; or from where it says it is: see parsePlace().
   * @throws KasaneError `not-found`, `conflict`, and what reading manifest and config throws
   */
  open(text: string, options?: { readonly platform?: Platform }): Promise<ImageView>;
  /** The platforms an image has, of one in the store those that are there; none for a single manifest. */
  platforms(text: string): Promise<Platform[]>;
}

/**
 * Runs `work` with images to look into. What it looks at in the store stays there meanwhile, whoever removes it; what was fetched to be
 * looked at is gone afterwards, but for the indexes of layers.
 */
export async function viewImages<T>(
  options: ViewOptions,
  work: (viewer: ImageViewer) => Promise<T>,
): Promise<T> {
  let isHeld = false;
  const run = async (lease: LeaseId | undefined) => {
    isHeld = true;
    await using viewer = new Viewer(options, lease);
    return await work(viewer);
  };
  try {
    return await options.store.withLease("look", run);
  } catch (error) {
    // Where nothing can be written nobody can remove anything either.
    if (isHeld) throw error;
    return run(undefined);
  }
}

class Viewer implements ImageViewer, AsyncDisposable {
  readonly #options: ViewOptions;
  readonly #lease: LeaseId | undefined;
  readonly #disposals: (() => PromiseLike<unknown>)[] = [];
  #directory: Promise<string> | undefined;

  constructor(options: ViewOptions, lease: LeaseId | undefined) {
    this.#options = options;
    this.#lease = lease;
  }

  async open(text: string, options: { readonly platform?: Platform } = {}): Promise<ImageView> {
    const place = parsePlace(text);
    const platform = options.platform ?? this.#options.platform;
    switch (place.kind) {
      case "name":
        return (await this.#openStored(place.name, platform)) ?? this.#openRemote(place.name, text, platform);
      case "registry":
        return this.#openRemote(place.reference, text, platform);
      case "layout":
        return this.#openSource(
          await layoutSource(place.directory, place.ref),
          text,
          place.directory,
          platform,
        );
      case "archive":
        return this.#openSource(await this.#archiveSource(place.file, place.ref), text, place.file, platform);
    }
  }

  async platforms(text: string): Promise<Platform[]> {
    const source = await this.#sourceOf(text);
    const { manifest } = await readRoot(source);
    if (manifest.kind !== "index") return [];
    const found = new Map<string, Platform>();
    for (const { digest, platform } of imageChildren(manifest)) {
      if (platform !== undefined && (await isThere(source, digest)))
        found.set(formatPlatform(platform), platform);
    }
    return [...found.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const dispose of this.#disposals.reverse()) await dispose();
  }

  /** undefined where nothing here has that name, and a registry may. */
  async #openStored(name: string, platform: Platform | undefined): Promise<ImageView | undefined> {
    const { store } = this.#options;
    const image = await findStored(store, name, platform);
    if (image === undefined) return undefined;
    await this.#hold(image.record.target);
    const layers = pairLayers(image.manifest, image.config).map((layer) => storedLayer(store, layer));
    return imageView({ ...image, platform: platformOf(image.config) }, { name, place: "store", layers });
  }

  async #sourceOf(text: string): Promise<ImageSource> {
    const place = parsePlace(text);
    if (place.kind === "layout") return layoutSource(place.directory, place.ref);
    if (place.kind === "archive") return this.#archiveSource(place.file, place.ref);
    if (place.kind === "registry")
      return this.#registrySource(withDefaultTag(parseReference(place.reference)));
    const { store } = this.#options;
    const image = await findStored(store, place.name, undefined);
    if (image === undefined) return this.#registrySource(withDefaultTag(parseReference(place.name)));
    await this.#hold(image.record.target);
    return store.source(image.record.target);
  }

  async #registrySource(reference: Reference): Promise<ImageSource> {
    const client = await this.#options.client(reference.host);
    const { signal } = this.#options;
    return registrySource({ client, reference, ...(signal && { signal }) });
  }

  async #openRemote(name: string, text: string, platform: Platform | undefined): Promise<ImageView> {
    const reference = withDefaultTag(parseReference(name));
    if (name === text) {
      this.#options.notice?.({
        kind: "elsewhere",
        reference: familiarReference(reference),
        host: reference.host,
      });
    }
    const source = await this.#registrySource(reference);
    return this.#openSource(source, text, formatReference(reference), platform);
  }

  async #openSource(
    source: ImageSource,
    name: string,
    place: string,
    platform: Platform | undefined,
  ): Promise<ImageView> {
    const image = await imageFrom(source, platform === undefined ? {} : { platform });
    const layers = await Promise.all(image.layers.map((layer) => this.#layerOf(source, layer)));
    return imageView(image, { name, place, layers });
  }

  async #layerOf(source: ImageSource, layer: ImageLayer): Promise<LayerView> {
    const { store, needsContents = true, notice = () => {}, progress = () => {} } = this.#options;
    // A base that other images brought here need not be fetched again.
    if (await this.#isStored(layer)) return storedLayer(store, layer);
    const spool = { directory: () => this.#workDirectory() };
    return new SourceLayer(source, layer, {
      indexes: store,
      spool,
      needsContents,
      onWholeLayer: ({ digest, size }) => notice({ kind: "whole-layer", digest, sizeBytes: size }),
      onRead: ({ digest, size }, reading) => progress({ digest, sizeBytes: size, ...reading }),
    });
  }

  async #archiveSource(file: string, ref: string | undefined): Promise<ImageSource> {
    const archive = await openArchive(file, { tempDir: await this.#workDirectory() });
    this.#disposals.push(() => archive[Symbol.asyncDispose]());
    return imageOfArchive(archive, file, ref);
  }

  async #isStored({ descriptor, diffId }: ImageLayer): Promise<boolean> {
    const { store } = this.#options;
    if ((await store.meta.layers.byBlob(descriptor.digest))?.diffId !== diffId) return false;
    await this.#hold(descriptor.digest);
    return (await store.blobs.stat(descriptor.digest)) !== undefined;
  }

  async #hold(digest: Digest): Promise<void> {
    if (this.#lease !== undefined) await this.#options.store.meta.leases.hold(this.#lease, [digest]);
  }

  #workDirectory(): Promise<string> {
    this.#directory ??= this.#options.store.workDirectory("look").then(({ path, dispose }) => {
      this.#disposals.unshift(dispose);
      return path;
    });
    return this.#directory;
  }
}

/** A store may have an index of which only some children are here. A registry has them all. */
async function isThere(source: ImageSource, manifest: Digest): Promise<boolean> {
  try {
    await source.manifest(manifest);
    return true;
  } catch (error) {
    if (isKasaneError(error, "not-found")) return false;
    throw error;
  }
}

async function findStored(
  store: LocalStore,
  name: string,
  platform: Platform | undefined,
): Promise<LocalImage | undefined> {
  try {
    return await store.find(name, platform && { platform });
  } catch (error) {
    if (!isKasaneError(error, "not-found") || !mayBeRemote(name)) throw error;
    // Here, but for other platforms only, is an answer; a registry may have the one that is meant, though.
    return undefined;
  }
}

/** An ID or a digest alone says nothing of a registry. */
function mayBeRemote(name: string): boolean {
  if (isDigest(name) || /^(?:sha256:)?[0-9a-f]{64}$/.test(name) || name.startsWith("sha256:")) return false;
  try {
    parseReference(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * `ref` is a name, or `@` and a digest.
 * @throws KasaneError `not-found`, `conflict` where several images are there and none is named
 */
async function imageOfArchive(
  { images }: Archive,
  file: string,
  ref: string | undefined,
): Promise<ImageSource> {
  if (images.length === 0)
    throw new KasaneError("not-found", `archive ${file} has no image`, { hint: "look at it with tar t" });
  if (ref === undefined && images.length === 1) return images[0]!.source;
  const canonical = ref && canonicalNameOf(ref);
  const named = images.find(
    ({ names, refNames }) => ref && (refNames.includes(ref) || (canonical && names.includes(canonical))),
  );
  if (named) return named.source;
  const labels = await Promise.all(images.map(labelsOf));
  const labelled = images.find((_, index) => ref?.startsWith("@") && labels[index]!.digest === ref);
  if (labelled) return labelled.source;
  const known = labels.flatMap(({ names, digest }) => (names.length > 0 ? names : [digest]));
  const hint = { hint: `the archive has ${known.slice(0, 20).join(", ")}` };
  if (ref !== undefined)
    throw new KasaneError("not-found", `archive ${file} has no image ${JSON.stringify(ref)}`, hint);
  throw new KasaneError(
    "conflict",
    `archive ${file} has ${images.length} images: name the one you mean`,
    hint,
  );
}

async function labelsOf({ names, refNames, source }: Archive["images"][number]) {
  return { names: [...names, ...refNames], digest: `@${(await source.root()).digest}` };
}

function canonicalNameOf(text: string): string | undefined {
  try {
    return formatReference(withDefaultTag(parseReference(text)));
  } catch {
    return undefined;
  }
}
