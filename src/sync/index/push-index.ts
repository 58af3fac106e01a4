import { copyImage, registrySink } from "../../image/mod.ts";
import type { ProgressListener } from "../../lib/mod.ts";
import { type Platform, type RawManifest, type Reference, rawManifest, shortDigest } from "../../oci/mod.ts";
import type { ImagePlaces } from "./locate-image.ts";
import { type Origins, ScatteredSource } from "./scattered-source.ts";

/**
 * Puts an index and everything it names under `target`. Blobs of the same registry are mounted, others are streamed from where they are;
 * every manifest goes as it is. What has become of the root is returned. `pushed` is told of each manifest that came from another repository.
 */
export async function pushIndex(
  root: RawManifest,
  target: Reference,
  options: {
    places: ImagePlaces;
    origins: Origins;
    progress?: ProgressListener | undefined;
    pushed?: (manifest: RawManifest) => void;
    /** Only the image for this one, under the name of the whole. */
    platform?: Platform | undefined;
  },
): Promise<RawManifest> {
  const { places, origins } = options;
  const source = new ScatteredSource(root, origins, places);
  const isThere = (origin: Reference | undefined) =>
    origin?.host === target.host && origin.repository === target.repository;
  const sink = registrySink({
    client: places.client(target.host),
    reference: target,
    mountFrom: ({ digest }) => {
      const origin = source.originOf(digest);
      return origin && origin.host === target.host && !isThere(origin) ? [origin.repository] : [];
    },
    ...(places.signal && { signal: places.signal }),
  });
  const { store } = places;
  const { root: pushed } = await copyImage(
    source,
    {
      putBlob: (...call) => sink.putBlob(...call),
      async putManifest(raw, call) {
        // What was found in this very repository is there.
        if (!call.isRoot && isThere(source.originOf(raw.digest))) return;
        await sink.putManifest(raw, call);
        if (!call.isRoot) options.pushed?.(raw);
      },
    },
    {
      platforms: options.platform ? [options.platform] : "all",
      direction: "push",
      progress: options.progress,
      // As docker has it: what is here is called by what it unpacks to.
      nameLayer: async ({ digest }) =>
        shortDigest((await store?.meta.layers.byBlob(digest))?.diffId ?? digest),
      signal: places.signal,
    },
  );
  return pushed;
}

/** Another name in a registry that has everything of it: only the manifest goes. */
export async function tagIndex(root: RawManifest, target: Reference, places: ImagePlaces): Promise<void> {
  const { bytes, mediaType } = root;
  const raw = rawManifest(bytes, mediaType);
  await places
    .client(target.host)
    .putManifest(
      target.repository,
      target.tag ?? raw.digest,
      raw,
      places.signal ? { signal: places.signal } : {},
    );
}
