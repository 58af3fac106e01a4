import type { RegistryClient } from "../distribution/mod.ts";
import { copyImage, registrySink } from "../image/mod.ts";
import type { ProgressListener } from "../lib/mod.ts";
import { type Digest, type Platform, parseReference, type Reference, shortDigest } from "../oci/mod.ts";
import { type LocalStore, referrersOf } from "../store/mod.ts";

export interface PushOptions {
  /** Pushes only this platform's manifest of a multi-platform image. */
  readonly platform?: Platform;
  readonly progress?: ProgressListener;
  readonly jobs?: number;
  readonly signal?: AbortSignal;
}

export interface PushResult {
  readonly digest: Digest;
  /** Bytes of the manifest. */
  readonly sizeBytes: number;
}

/** Store → registry. Blobs go as they are: nothing is recompressed, so digests stay. `reference` has a tag. */
export async function pushImage(
  store: LocalStore,
  client: RegistryClient,
  target: Digest,
  reference: Reference,
  options: PushOptions = {},
): Promise<PushResult> {
  const record = await store.meta.images.byTarget(target);
  // Where the same registry has given or taken this image before, its blobs may be mounted from there.
  const mountFrom = new Set(
    (record?.repoDigests ?? [])
      .map((name) => parseReference(name))
      .filter((known) => known.host === reference.host && known.repository !== reference.repository)
      .map((known) => known.repository),
  );
  const pushed = await store.withLease(`push ${target}`, async (lease) => {
    await store.meta.leases.hold(lease, [target]);
    const sink = registrySink({
      client,
      reference,
      mountFrom: () => [...mountFrom],
      ...(options.signal && { signal: options.signal }),
    });
    return copyImage(store.source(target), sink, {
      platforms: options.platform ? [options.platform] : "all",
      missingChildren: "fail",
      direction: "push",
      progress: options.progress,
      // As docker has it: here a layer is what it unpacks to.
      nameLayer: async ({ digest }) =>
        shortDigest((await store.meta.layers.byBlob(digest))?.diffId ?? digest),
      jobs: options.jobs,
      signal: options.signal,
    });
  });
  const digest = pushed.root.digest;
  await pushReferrers(store, client, { reference, digest }, options);
  const repoDigest = `${reference.host}/${reference.repository}@${digest}`;
  if (record && !record.repoDigests.includes(repoDigest)) {
    await store.meta.images.put({ target, names: [], repoDigests: [repoDigest] });
  }
  return { digest, sizeBytes: pushed.root.bytes.length };
}

/** What was attached to the image and its platforms here goes along: statements of how it was built, lists of what is in it. */
async function pushReferrers(
  store: LocalStore,
  client: RegistryClient,
  image: { readonly reference: Reference; readonly digest: Digest },
  { jobs, signal }: PushOptions,
): Promise<void> {
  const { tag: _, ...repository } = image.reference;
  for await (const referrer of referrersOf(store, image.digest)) {
    const sink = registrySink({
      client,
      reference: { ...repository, digest: referrer.digest },
      ...(signal && { signal }),
    });
    await copyImage(store.source(referrer.digest), sink, {
      platforms: "all",
      missingChildren: "skip",
      direction: "push",
      jobs,
      signal,
    });
  }
}
