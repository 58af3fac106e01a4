import type { RegistryClient } from "../distribution/mod.ts";
import { copyImage, registrySource } from "../image/mod.ts";
import type { ProgressListener } from "../lib/mod.ts";
import { type Digest, formatReference, type Platform, type Reference, withDefaultTag } from "../oci/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { type PulledReferrer, pullReferrers } from "./pull-referrers.ts";

export interface PullOptions {
  /** One platform of a multi-platform image; absent: this machine's. `all` keeps the whole index. */
  readonly platform?: Platform | "all";
  readonly progress?: ProgressListener;
  /** Told once the registry has said that it has the image. */
  readonly onFound?: () => void;
  /** Also what is attached to it: see pullReferrers(). */
  readonly withReferrers?: boolean;
  /** Blobs side by side. */
  readonly jobs?: number;
  readonly signal?: AbortSignal;
}

export interface PullResult {
  /** Digest of what the reference names in the registry (the index, where it is one). */
  readonly remoteDigest: Digest;
  /** The local image. */
  readonly target: Digest;
  /** False when everything was here under that name already. */
  readonly isNewer: boolean;
  /** Those that were asked for, each after what it is about. */
  readonly referrers: readonly PulledReferrer[];
}

/**
 * Registry → store. Bytes are verified and indexed while they arrive; the image gets its name in one step at the end.
 * An interrupted pull goes on from the bytes it has.
 */
export async function pullImage(
  store: LocalStore,
  client: RegistryClient,
  reference: Reference,
  options: PullOptions = {},
): Promise<PullResult> {
  const wanted = withDefaultTag(reference);
  const registry = registrySource({
    client,
    reference: wanted,
    ...(options.signal && { signal: options.signal }),
  });
  // Asked once: a tag that moves meanwhile must not give two answers.
  const root = await registry.root();
  options.onFound?.();
  const source = { ...registry, root: async () => root };
  // A digest pins the image; a tag beside it is only for people.
  const name = wanted.digest ? undefined : formatReference(wanted);
  const before = name === undefined ? undefined : await store.meta.images.byName(name);
  const repoDigest = `${wanted.host}/${wanted.repository}@${root.digest}`;
  const isHere = before?.repoDigests.includes(repoDigest) ?? false;
  const result = await store.withLease(`pull ${formatReference(wanted)}`, async (lease) => {
    const sink = store.sink({ lease, names: name === undefined ? [] : [name], repoDigests: [repoDigest] });
    return copyImage(source, sink, {
      platforms: options.platform === "all" ? "all" : options.platform && [options.platform],
      progress: isHere ? undefined : options.progress,
      isThere: async ({ digest, size }) => (await store.blobs.stat(digest))?.sizeBytes === size,
      jobs: options.jobs,
      signal: options.signal,
    });
  });
  const target = result.root.digest;
  const referrers = options.withReferrers
    ? await pullReferrers(store, client, { reference: wanted, target }, options)
    : [];
  return { remoteDigest: root.digest, target, isNewer: !(isHere && before?.target === target), referrers };
}
