import { copyImage, registrySink } from "../../image/mod.ts";
import type { ProgressListener } from "../../lib/mod.ts";
import { type RawManifest, type Reference, rawManifest } from "../../oci/mod.ts";
import type { ImagePlaces } from "./locate-image.ts";
import { type Origins, ScatteredSource } from "./scattered-source.ts";

/**
 * Puts an index and everything it names under `target`. Blobs of the same registry are mounted, others are streamed from where they are;
 * every manifest goes as it is. `pushed` is told of each manifest that came from another repository.
 */
export async function pushIndex(
  root: RawManifest,
  target: Reference,
  options: {
    places: ImagePlaces;
    origins: Origins;
    progress?: ProgressListener | undefined;
    pushed?: (manifest: RawManifest) => void;
  },
): Promise<void> {
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
  await copyImage(
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
      platforms: "all",
      direction: "push",
      progress: options.progress,
      signal: places.signal,
    },
  );
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
