import type { ArchiveReferrer } from "../image/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { keepReferrer } from "./keep-referrer.ts";

/**
 * Brings in what an archive has about images that are in the store now: see keepReferrer().
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
      const { source, subject } = referrer;
      if (!(await store.meta.manifests.get(subject.digest))) continue;
      waiting.delete(referrer);
      isGoingOn = true;
      await keepReferrer(store, { source, subject: subject.digest }, { direction: "load", ...options });
    }
  }
  return waiting.size;
}
