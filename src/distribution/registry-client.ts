import type { ByteStream } from "../lib/mod.ts";
import type { Descriptor, Digest, RawManifest } from "../oci/mod.ts";
import type { FoundRepository } from "./search.ts";

/** What every call takes: a signal that ends it, with `cancelled`. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Tries of one request in all, for callers with less patience than the client's policy. */
  readonly attempts?: number;
}

export interface GetBlobOptions extends CallOptions {
  /** First byte that is wanted. Default: 0. */
  readonly offset?: number;
  /** Where to stop, exclusive. Default: the end of the blob. */
  readonly end?: number;
}

/** A blob as a registry knows it. */
export interface RemoteBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** A manifest as a HEAD request describes it. */
export interface RemoteManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

/** How a blob got to the registry. */
export type PushOutcome = "exists" | "mounted" | "copied";

export interface PushBlobOptions extends CallOptions {
  /** Repositories of the same registry that may hold the blob, best guess first; at most three are asked. */
  readonly mountFrom?: readonly string[];
  /** Bytes handed to the network so far; goes back when a broken upload goes on from an earlier offset. */
  readonly progress?: (doneBytes: number) => void;
  /** Told which of `mountFrom` it was, before `mounted` is returned. */
  readonly mounted?: (repository: string) => void;
}

/** What a registry said to a manifest PUT. */
export interface PutManifestResult {
  readonly digest: Digest;
  /** True when the registry keeps the list of referrers itself (`OCI-Subject`); else the caller maintains the fallback tag. */
  readonly subjectKnown: boolean;
}

/**
 * One registry as OCI distribution-spec 1.1 and Docker's registry API describe it. `repository` is the name without host;
 * `reference` a tag or a digest.
 *
 * Requests that fail for a passing reason (429, 502, 503, 504, broken connections) are made again with backoff; what
 * still fails is thrown as a KasaneError whose `data` has `host`, `status` and the registry's own `registryCode`:
 * `unauthorized`, `denied`, `not-found`, `rate-limited`, `network`, `protocol`, `digest-mismatch`, `limit-exceeded`, `cancelled`.
 * Calls may run side by side; tokens and connections are shared.
 */
export interface RegistryClient {
  /** As given: `docker.io`, `localhost:5000`. */
  readonly host: string;

  /** Checks that a registry answers and that the credentials, if any, are accepted. */
  ping(options?: CallOptions): Promise<void>;

  /**
   * The exact bytes, checked against the digest in `reference` or in `Docker-Content-Digest`, at most manifestLimitBytes.
   * @throws KasaneError `not-found`
   */
  getManifest(repository: string, reference: string, options?: CallOptions): Promise<RawManifest>;
  /** undefined when it is not there. */
  headManifest(
    repository: string,
    reference: string,
    options?: CallOptions,
  ): Promise<RemoteManifest | undefined>;
  putManifest(
    repository: string,
    reference: string,
    manifest: RawManifest,
    options?: CallOptions,
  ): Promise<PutManifestResult>;
  /** False when it was not there. @throws KasaneError `unsupported` where the registry does not delete. */
  deleteManifest(repository: string, reference: string, options?: CallOptions): Promise<boolean>;

  /**
   * The bytes from `offset` to `end`, asked for by Range; a registry that ignores Range sends more than is handed on. The stream goes on by Range where a connection breaks or stalls, and ends with an error
   * when the registry has more or fewer bytes than `descriptor.size`. The receiver checks the digest.
   * @throws KasaneError `not-found`
   */
  getBlob(repository: string, descriptor: Descriptor, options?: GetBlobOptions): Promise<ByteStream>;
  /** undefined when it is not there. */
  headBlob(repository: string, digest: Digest, options?: CallOptions): Promise<RemoteBlob | undefined>;
  /**
   * Puts the blob there unless it is there already: asks, tries to mount it, uploads it. `open` is called only when bytes
   * are needed, and again with an offset when a broken upload goes on.
   */
  pushBlob(
    repository: string,
    descriptor: Descriptor,
    open: (offset?: number) => Promise<ByteStream>,
    options?: PushBlobOptions,
  ): Promise<PushOutcome>;
  /** False when it was not there. @throws KasaneError `unsupported` where the registry does not delete. */
  deleteBlob(repository: string, digest: Digest, options?: CallOptions): Promise<boolean>;

  /**
   * Descriptors of the manifests whose subject is `subject`; out of the fallback tag where the registry does not keep the list itself.
   * Not filtered, not checked against the manifests; at most referrersLimit.
   */
  listReferrers(repository: string, subject: Digest, options?: CallOptions): Promise<Descriptor[]>;

  /** Every tag, page after page, in the registry's order. @throws KasaneError `not-found` */
  listTags(repository: string, options?: CallOptions & { readonly pageSize?: number }): AsyncIterable<string>;
  /** Every repository the registry admits to, page after page. @throws KasaneError `unsupported` where there is no catalog. */
  catalog(options?: CallOptions & { readonly pageSize?: number }): AsyncIterable<string>;
  /** What the registry's index has for a term, the best first; undefined where it has no index. */
  search(
    term: string,
    options?: CallOptions & { readonly limit?: number },
  ): Promise<FoundRepository[] | undefined>;
}
