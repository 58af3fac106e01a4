import { type ComposedImage, composeIndex, type ImageLayer, type ImageSource } from "../image/mod.ts";
import { KasaneError, toByteStream } from "../lib/mod.ts";
import {
  type Annotations,
  type Descriptor,
  type Digest,
  encodeManifest,
  mediaTypes,
  type Platform,
  type RawManifest,
} from "../oci/mod.ts";
import { type AttestParts, attest } from "./attest/attest.ts";
import type { Attestation } from "./attest/attestation-manifest.ts";
import { inlineCache, inlineCacheAnnotation } from "./cache/cache-artifact.ts";
import { finalImage } from "./final-image.ts";
import { annotationsAt, type ImageShape } from "./image-shape.ts";
import { recompress } from "./recompress.ts";
import type { BuildSession } from "./session.ts";
import type { StageImage } from "./stage-image.ts";

/** The image for one of the platforms. */
export interface BuiltPlatform {
  readonly platform: Platform;
  readonly image: ComposedImage;
  /** As an index names it. */
  readonly descriptor: Descriptor;
}

/** What was built, in the shape that an output asked for. Good as long as the build runs, whose lease holds its layers. */
export interface BuiltImage {
  /** An index where several platforms were asked for, or one that is to look like several; else the manifest. */
  readonly root: RawManifest;
  /** With the annotations that are for where the root is named, and the platform where there is one. */
  readonly descriptor: Descriptor;
  readonly platforms: readonly BuiltPlatform[];
  /** What is said of its manifests. */
  readonly attestations: readonly Attestation[];
  /** All of it; layers come from the store. */
  readonly source: ImageSource;
}

/** A target stage, and what it was built for. */
export interface FinishedPlatform {
  readonly stage: StageImage;
  readonly platform: Platform;
  /** True where the platform was asked for: the image says so, whatever its base says. */
  readonly isRequested: boolean;
}

/**
 * Composes the image of the finished stages. Equal stages and shapes give equal bytes.
 */
export async function composeBuilt(
  session: BuildSession,
  finished: readonly FinishedPlatform[],
  shape: ImageShape,
  about: Pick<AttestParts, "dockerfile" | "bases"> & { readonly isIndex: boolean },
): Promise<BuiltImage> {
  const { isIndex } = about;
  const platforms: BuiltPlatform[] = [];
  for (const one of finished) platforms.push(await composePlatform(session, one, shape));
  const made = new Map<Digest, RawManifest>(platforms.map(({ image: { raw } }) => [raw.digest, raw]));
  const index = composeIndex(
    platforms.map(({ descriptor }) => descriptor),
    annotationsAt(shape.annotations, "index"),
  );
  const root = isIndex ? encodeManifest({ ...index, mediaType: indexType(shape) }) : platforms[0]!.image.raw;
  made.set(root.digest, root);
  const above = annotationsAt(shape.annotations, "index-descriptor");
  const descriptor: Descriptor = isIndex
    ? { ...describe(root), ...(above && { annotations: above }) }
    : platforms[0]!.descriptor;
  const attestations: Attestation[] = [];
  for (const [position, built] of platforms.entries()) {
    const made = await attest({ session, ...about, finished: finished[position]!, built });
    if (made) attestations.push(made);
  }
  const source = builtSource(session, root, made, platforms);
  return { root, descriptor, platforms, attestations, source };
}

async function composePlatform(
  session: BuildSession,
  { stage, platform, isRequested }: FinishedPlatform,
  shape: ImageShape,
): Promise<BuiltPlatform> {
  const { labels, changes } = session.options;
  const layers = await Promise.all(
    stage.layers.map((layer, position) => shapedLayer(session, stage, { layer, position }, shape)),
  );
  const annotations = {
    ...annotationsAt(shape.annotations, "manifest", platform),
    ...inlineAnnotation(session, layers, shape),
  };
  const image = await finalImage(
    { ...stage, layers },
    {
      store: session.store,
      mediaTypes: shape.mediaTypes,
      changes: { ...changes, ...(labels && { labels }) },
      ...(isRequested ? { platform } : {}),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
  );
  const above = annotationsAt(shape.annotations, "manifest-descriptor", platform);
  const { os, architecture, variant } = image.config;
  const descriptor: Descriptor = {
    ...describe(image.raw),
    ...(above && { annotations: above }),
    platform: { os, architecture, ...(variant ? { variant } : {}) },
  };
  return { platform, image, descriptor };
}

/** The keys of the image's own layers, for whoever builds it elsewhere. */
function inlineAnnotation(
  session: BuildSession,
  layers: readonly ImageLayer[],
  { mediaTypes: family }: ImageShape,
): Annotations {
  if (!session.options.inlineCache) return {};
  if (family === "docker") {
    session.onWarning(
      "an image with Docker's media types cannot carry its own cache: leave --format docker out",
    );
    return {};
  }
  const text = inlineCache(session.cache.used, layers);
  return text === undefined ? {} : { [inlineCacheAnnotation]: text };
}

async function shapedLayer(
  session: BuildSession,
  stage: StageImage,
  { layer, position }: { layer: ImageLayer; position: number },
  shape: ImageShape,
): Promise<ImageLayer> {
  const baseCount = stage.isSquashed ? 0 : (stage.base?.manifest.layers.length ?? 0);
  if (position >= baseCount) {
    return recompress(session, unmarked(layer, shape), { ...shape, isOwn: true });
  }
  return shape.forceCompression ? recompress(session, layer, { ...shape, isOwn: false }) : layer;
}

/** Docker's manifests say nothing of what made a layer. */
function unmarked(layer: ImageLayer, { mediaTypes: family }: ImageShape): ImageLayer {
  const { annotations: _, ...descriptor } = layer.descriptor;
  return family === "docker" ? { ...layer, descriptor } : layer;
}

function indexType({ mediaTypes: family }: ImageShape): string {
  return family === "docker" ? mediaTypes.dockerManifestList : mediaTypes.ociIndex;
}

function describe({ mediaType, digest, bytes }: RawManifest): Descriptor {
  return { mediaType, digest, size: bytes.length };
}

function builtSource(
  session: BuildSession,
  root: RawManifest,
  manifests: ReadonlyMap<Digest, RawManifest>,
  platforms: readonly BuiltPlatform[],
): ImageSource {
  const configs = new Map(
    platforms.map(({ image }) => [image.configDescriptor.digest, image.configBytes] as const),
  );
  return {
    root: async () => root,
    async manifest(digest) {
      const raw = manifests.get(digest);
      if (raw) return raw;
      throw new KasaneError("internal", `manifest ${digest} is not of this build`);
    },
    async blob({ digest }, range) {
      const config = configs.get(digest);
      if (!config) return session.store.blobs.open(digest, range);
      return toByteStream([config.subarray(range?.start ?? 0, range?.end)]);
    },
  };
}
