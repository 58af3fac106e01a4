import type { ManifestRecord } from "../meta/mod.ts";
import type { Digest } from "../oci/mod.ts";
import type { StoreParts } from "./store-parts.ts";

/** Of an image with all its platforms and all that is attached; more is nobody's image. */
const manifestsLimit = 10_000;

/**
 * What is attached here to an image, to its platforms, and to what is attached itself: signatures, statements of how it was built, lists of
 * what is in it. Each once, after what it is about.
 */
export async function* referrersOf(
  { meta }: { readonly meta: Pick<StoreParts["meta"], "manifests"> },
  target: Digest,
): AsyncGenerator<ManifestRecord> {
  const seen = new Set<Digest>([target]);
  // A set is walked to its end, also when it grows meanwhile.
  for (const digest of seen) {
    if (seen.size > manifestsLimit) return;
    const record = await meta.manifests.get(digest);
    for (const child of record?.children ?? []) seen.add(child.digest);
    for (const referrer of await meta.manifests.referrers(digest)) {
      if (seen.has(referrer.digest)) continue;
      seen.add(referrer.digest);
      yield referrer;
    }
  }
}
