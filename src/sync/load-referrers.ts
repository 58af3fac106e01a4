import { type ArchiveReferrer, copyImage } from "../image/mod.ts";
import type { LocalStore } from "../store/mod.ts";

/**
 * Brings in what an archive has about images that are in the store now. It is there as long as what it is about, goes along with `push`, and is
 * no image itself.
 * @returns how many are about something that is not here
 */
export async function loadReferrers(
  store: LocalStore,
  referrers: readonly ArchiveReferrer[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<number> {
  const waiting = new Set(referrers);
  // What is about an artifact (the signature of an SBOM) comes in after it.
  for (let isGoingOn = true; isGoingOn; ) {
    isGoingOn = false;
    for (const referrer of waiting) {
      if (!(await store.meta.manifests.get(referrer.subject.digest))) continue;
      waiting.delete(referrer);
      isGoingOn = true;
      await store.withLease("load", async (lease) => {
        await store.meta.leases.hold(lease, [referrer.subject.digest]);
        const sink = store.sink({ lease, names: [] });
        await copyImage(
          referrer.source,
          {
            putBlob: (...call) => sink.putBlob(...call),
            putManifest: (raw) => sink.putManifest(raw, { isRoot: false }),
          },
          { platforms: "all", missingChildren: "skip", direction: "load", ...options },
        );
      });
    }
  }
  return waiting.size;
}
