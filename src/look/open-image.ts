import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  type RawManifest,
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
  /** The image is not in the store, or there for other platforms than this one, and is looked for where its name says. */
  | {
      readonly kind: "elsewhere";
      readonly reference: string;
      readonly host: string;
      readonly platform?: string;
    }
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
  /** What registries said of an image is asked for once: all that is looked at is the same image, whatever is pushed meanwhile. */
  readonly #registrySources = new Map<string, Promise<ImageSource>>();
  #directory: Promise<string> | undefined;

  constructor(options: ViewOptions, lease: LeaseId | undefined) {
    this.#options = options;
    this.#lease = lease;
  }

  async open(text: string, options: { readonly platform?: Platform } = {}): Promise<ImageView> {
    const place = parsePlace(text);
    const platform = options.platform ?? this.#options.platform;
    switch (place.kind) {
      case "name": {
        const stored = await this.#openStored(place.name, platform);
        if (!isKasaneError(stored)) return stored;
        const reference = withDefaultTag(parseReference(place.name));
        return await this.#elsewhere(reference, stored, (source) =>
          this.#openSource(source, text, formatReference(reference), platform),
        );
      }
      case "registry": {
        const reference = withDefaultTag(parseReference(place.reference));
        return this.#openSource(
          await this.#registrySource(reference),
          text,
          formatReference(reference),
          platform,
        );
      }
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
    const place = parsePlace(text);
    if (place.kind === "layout") return platformsOf(await layoutSource(place.directory, place.ref));
    if (place.kind === "archive") return platformsOf(await this.#archiveSource(place.file, place.ref));
    if (place.kind === "registry")
      return platformsOf(await this.#registrySource(withDefaultTag(parseReference(place.reference))));
    const { store } = this.#options;
    const image = await findStored(store, place.name, undefined);
    if (isKasaneError(image))
      return this.#elsewhere(withDefaultTag(parseReference(place.name)), image, platformsOf);
    await this.#hold(image.record.target);
    return platformsOf(store.source(image.record.target));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const dispose of this.#disposals.reverse()) await dispose();
  }

  /** Why it is not here, where a registry may have it. */
  async #openStored(name: string, platform: Platform | undefined): Promise<ImageView | KasaneError> {
    const { store } = this.#options;
    const image = await findStored(store, name, platform);
    if (isKasaneError(image)) return image;
    await this.#hold(image.record.target);
    const layers = pairLayers(image.manifest, image.config).map((layer) => storedLayer(store, layer));
    return imageView({ ...image, platform: platformOf(image.config) }, { name, place: "store", layers });
  }

  #registrySource(reference: Reference): Promise<ImageSource> {
    const name = formatReference(reference);
    const source = this.#registrySources.get(name) ?? this.#connect(reference);
    this.#registrySources.set(name, source);
    return source;
  }

  async #connect(reference: Reference): Promise<ImageSource> {
    const client = await this.#options.client(reference.host);
    const { signal } = this.#options;
    return withKeptManifests(registrySource({ client, reference, ...(signal && { signal }) }));
  }

  /** What is not here may be where its name says. */
  async #elsewhere<T>(
    reference: Reference,
    missing: KasaneError,
    work: (source: ImageSource) => Promise<T>,
  ): Promise<T> {
    if (!this.#registrySources.has(formatReference(reference))) {
      const { platform } = missing.data;
      this.#options.notice?.({
        kind: "elsewhere",
        reference: familiarReference(reference),
        host: reference.host,
        ...(platform !== undefined && { platform: String(platform) }),
      });
    }
    try {
      return await work(await this.#registrySource(reference));
    } catch (error) {
      const { nearInstead } = await import("../store/mod.ts");
      throw nearInstead(error, missing);
    }
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
    this.#directory ??= this.#makeDirectory().then(({ path, dispose }) => {
      this.#disposals.unshift(dispose);
      return path;
    });
    return this.#directory;
  }

  /** Beside a store in which nothing can be written, where everybody may write. */
  async #makeDirectory(): Promise<{ readonly path: string; dispose(): Promise<void> }> {
    if (this.#lease !== undefined) return this.#options.store.workDirectory("look");
    const path = await mkdtemp(join(tmpdir(), "kasane-look-"));
    return { path, dispose: () => rm(path, { recursive: true, force: true }) };
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

/** The platforms of an index whose images are there. */
async function platformsOf(source: ImageSource): Promise<Platform[]> {
  const { manifest } = await readRoot(source);
  if (manifest.kind !== "index") return [];
  const found = new Map<string, Platform>();
  for (const { digest, platform } of imageChildren(manifest)) {
    if (platform !== undefined && (await isThere(source, digest)))
      found.set(formatPlatform(platform), platform);
  }
  return [...found.values()];
}

/** `source`, asked for each manifest once. */
function withKeptManifests(source: ImageSource): ImageSource {
  const kept = new Map<Digest | "root", Promise<RawManifest>>();
  const keep = (name: Digest | "root", ask: () => Promise<RawManifest>) => {
    const asked = kept.get(name) ?? ask();
    kept.set(name, asked);
    return asked;
  };
  return {
    ...source,
    root: () => keep("root", () => source.root()),
    manifest: (digest) => keep(digest, () => source.manifest(digest)),
  };
}

/** The image, or why it is not here where a registry may have it. */
async function findStored(
  store: LocalStore,
  name: string,
  platform: Platform | undefined,
): Promise<LocalImage | KasaneError> {
  try {
    return await store.find(name, platform && { platform });
  } catch (error) {
    if (!isKasaneError(error, "not-found") || !mayBeRemote(name)) throw error;
    // Here, but for other platforms only, is an answer; a registry may have the one that is meant, though.
    return error;
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
