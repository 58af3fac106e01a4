import type { RegistryClient } from "../../distribution/mod.ts";
import { copyImage, type ImageSink, registrySink } from "../../image/mod.ts";
import type { ProgressListener } from "../../lib/mod.ts";
import type { Digest, Reference } from "../../oci/mod.ts";
import { shortDigest } from "../../oci/mod.ts";
import type { ImageShape } from "../image-shape.ts";
import type { BuildOutput } from "./build-output.ts";
import { EarlyLayers } from "./early-layers.ts";

export interface RegistryOutputOptions {
  /** Where to, each with a tag; with `byDigest` the tags are left out. */
  readonly references: readonly Reference[];
  readonly client: (host: string) => RegistryClient;
  readonly byDigest?: boolean;
  readonly shape?: Partial<ImageShape>;
  readonly progress?: ProgressListener;
  /** Hears of every name that the image has got. */
  readonly pushed?: (reference: Reference, root: { digest: Digest; sizeBytes: number }) => void;
}

/** Registries, straight from the build's layers: the store need not have the image. Layers are on their way as soon as they are made. */
export function registryOutput(options: RegistryOutputOptions): BuildOutput {
  const { references, client, byDigest, shape, progress, pushed } = options;
  const early = new Map<string, EarlyLayers>();
  const sinkOf = (reference: Reference, signal: AbortSignal): ImageSink =>
    registrySink({ client: client(reference.host), reference, signal });
  const earlyOf = (reference: Reference, signal: AbortSignal): EarlyLayers => {
    const place = `${reference.host}/${reference.repository}`;
    const known = early.get(place) ?? new EarlyLayers(sinkOf(reference, signal));
    early.set(place, known);
    return known;
  };
  return {
    title: "image",
    ...(shape && { shape }),
    async foresee(layer, { store, signal }) {
      const places = new Set(references.map((reference) => earlyOf(reference, signal)));
      await Promise.all(
        [...places].map((place) =>
          place.put(layer, (start = 0) => store.blobs.open(layer.digest, { start })),
        ),
      );
    },
    async write({ source, root, attestations }, { store, signal, progress: told }) {
      for (const named of references) {
        const { tag: _, ...repository } = named;
        const reference = byDigest ? { ...repository, digest: root.digest } : named;
        const sink = earlyOf(named, signal).before(sinkOf(reference, signal));
        await copyImage(source, sink, {
          platforms: "all",
          direction: "push",
          progress: (event) => {
            progress?.(event);
            told?.(event);
          },
          nameLayer: async ({ digest }) =>
            shortDigest((await store.meta.layers.byBlob(digest))?.diffId ?? digest),
          signal,
        });
        for (const { raw, source: statements } of attestations) {
          const beside = { ...repository, digest: raw.digest };
          await copyImage(statements, sinkOf(beside, signal), { platforms: "all", signal });
        }
        const repoDigest = `${named.host}/${named.repository}@${root.digest}`;
        if (await store.meta.images.byTarget(root.digest)) {
          await store.meta.images.put({ target: root.digest, names: [], repoDigests: [repoDigest] });
        }
        pushed?.(reference, { digest: root.digest, sizeBytes: root.bytes.length });
      }
    },
  };
}
