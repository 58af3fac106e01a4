import type { RegistryClient } from "../distribution/mod.ts";
import { readRoot, registrySource } from "../image/mod.ts";
import { KasaneError, type ProgressListener } from "../lib/mod.ts";
import { type Digest, formatReference, type Reference } from "../oci/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { keepReferrer } from "./keep-referrer.ts";

/** Each is a manifest to fetch, and its own referrers to ask for. */
const referrersLimit = 1000;

export interface PulledReferrer {
  readonly digest: Digest;
  readonly artifactType: string | undefined;
}

/**
 * Brings in what a registry has about an image of the store, its platforms that are here, and about that itself: signatures, SBOMs. What is
 * about a platform or an index that was not pulled stays there, as save leaves it out.
 * @throws KasaneError `limit-exceeded` where there are more than anybody attaches
 */
export async function pullReferrers(
  store: LocalStore,
  client: RegistryClient,
  image: { readonly reference: Reference; readonly target: Digest },
  options: { readonly progress?: ProgressListener; readonly jobs?: number; readonly signal?: AbortSignal },
): Promise<PulledReferrer[]> {
  const { host, repository } = image.reference;
  const { signal } = options;
  const pulled: PulledReferrer[] = [];
  const seen = new Set<Digest>([image.target]);
  // A set is walked to its end, also when it grows meanwhile.
  for (const subject of seen) {
    const record = await store.meta.manifests.get(subject);
    if (record === undefined) continue;
    for (const child of record.children) seen.add(child.digest);
    for (const { digest } of await client.listReferrers(repository, subject, signal ? { signal } : {})) {
      if (seen.has(digest)) continue;
      seen.add(digest);
      const source = registrySource({
        client,
        reference: { host, repository, digest },
        ...(signal && { signal }),
      });
      const { raw, manifest } = await readRoot(source);
      // A list, which anybody may write where the registry keeps none, proves nothing.
      if (manifest.subject?.digest !== subject) continue;
      if (pulled.length >= referrersLimit) {
        throw new KasaneError(
          "limit-exceeded",
          `${formatReference(image.reference)} has more than ${referrersLimit} referrers`,
          { hint: "the image itself is here; pull what you need of them by digest" },
        );
      }
      const read = { ...source, root: async () => raw };
      await keepReferrer(store, { source: read, subject }, { direction: "pull", ...options });
      const config = manifest.kind === "manifest" ? manifest.config.mediaType : undefined;
      pulled.push({ digest, artifactType: manifest.artifactType ?? config });
    }
  }
  return pulled;
}
