import { copyImage, type ImageSource } from "../image/mod.ts";
import type { ProgressListener } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";
import type { LocalStore } from "../store/mod.ts";

export interface KeepOptions {
  readonly direction: "pull" | "load";
  readonly progress?: ProgressListener | undefined;
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Brings in an artifact about something that is in the store. It is there as long as what it is about, goes along with `push`, and is no
 * image itself.
 */
export async function keepReferrer(
  store: LocalStore,
  referrer: { readonly source: ImageSource; readonly subject: Digest },
  options: KeepOptions,
): Promise<void> {
  await store.withLease(options.direction, async (lease) => {
    await store.meta.leases.hold(lease, [referrer.subject]);
    const sink = store.sink({ lease, names: [] });
    await copyImage(
      referrer.source,
      {
        putBlob: (...call) => sink.putBlob(...call),
        putManifest: (raw) => sink.putManifest(raw, { isRoot: false }),
      },
      { platforms: "all", missingChildren: "skip", ...options },
    );
  });
}
