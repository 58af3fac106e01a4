import type { ByteStream } from "../lib/mod.ts";
import type { Digest, RawManifest } from "../oci/mod.ts";

/** How a request names what it wants: its repository, `?ns=`, and the host it was sent to. */
export interface UpstreamQuestion {
  readonly repository: string;
  readonly namespace: string | undefined;
  readonly host: string | undefined;
  /** The request's `Via` header: which other mirrors it has come through. */
  readonly via?: string | undefined;
}

/** What there is to say of a mirrored manifest that could not simply be brought here. */
export interface Freshness {
  /** Why what is here may not be what the upstream has now, or is not kept: one sentence, for a `Warning` header. */
  readonly warning: string;
  /** What the upstream has, where it could not be kept: the answer, in place of what is here. */
  readonly manifest?: RawManifest;
}

/** A blob that is on its way here. */
export interface ArrivingBlob {
  readonly sizeBytes: number;
  /** What the client is to be told beside it: one sentence. */
  readonly warning?: string;
  /** From `start` (inclusive) to `end` (exclusive), as the bytes arrive; ends with an error when they turn out wrong. */
  open(range: { readonly start: number; readonly end: number }): Promise<ByteStream>;
}

/**
 * Repositories that mirror those of other registries. Implemented in sync/; a registry without one serves only what it has.
 * Names are those of this registry, as resolve() gives them. A repository that no upstream stands behind costs nothing.
 */
export interface PullThrough {
  /**
   * The repository here that a request means; undefined when it is just the one it names. `namespace` goes into `OCI-Namespace`.
   * @throws RegistryFailure NAME_UNKNOWN, NAME_INVALID; UNSUPPORTED (508) where the request has been through this mirror before
   */
  resolve(
    question: UpstreamQuestion,
  ): { readonly repository: string; readonly namespace: string } | undefined;
  /** True when an upstream stands behind the repository. */
  covers(repository: string): boolean;
  /**
   * Brings the manifest into `meta` unless what is there is fresh. Returns also when the upstream has none or cannot be asked: then
   * what is here, stale, is what there is. What may not be kept is in the result.
   * @throws RegistryFailure where nothing is here and the upstream failed: TOOMANYREQUESTS with Retry-After, UNAVAILABLE, DENIED
   */
  freshen(
    repository: string,
    reference: { tag: string } | { digest: Digest },
  ): Promise<Freshness | undefined>;
  /** Brings the referrers of a manifest. Never throws: a mirror without them is still a mirror. */
  freshenReferrers(repository: string, subject: Digest): Promise<void>;
  /** Tags the upstream has, in byte order after `after`; undefined when it cannot be asked. */
  listTags(repository: string, page: { after?: string; limit: number }): Promise<string[] | undefined>;
  /** Starts or joins the download of a blob that is not here; undefined when the upstream has none. */
  blob(repository: string, digest: Digest): Promise<ArrivingBlob | undefined>;
  /** The size of a blob that is not here, without downloading it. */
  statBlob(repository: string, digest: Digest): Promise<{ sizeBytes: number } | undefined>;
}
