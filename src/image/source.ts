import type { ByteRange } from "../blob/mod.ts";
import type { ByteStream } from "../lib/mod.ts";
import type { Descriptor, Digest, RawManifest } from "../oci/mod.ts";

/**
 * A place an image comes from: a registry, the store, an archive, an OCI layout. Implement this small core; everything
 * else (config, layers, platforms, tree) is derived from it once, in image.ts.
 */
export interface ImageSource {
  /** The manifest or index the source stands for, exactly as stored. */
  root(): Promise<RawManifest>;
  /** A child of an index. @throws KasaneError `not-found` */
  manifest(digest: Digest): Promise<RawManifest>;
  /**
   * The bytes of a config or layer. The receiver checks digest and size: use verified() of this folder, or a sink that does.
   * @throws KasaneError `not-found`
   */
  blob(descriptor: Descriptor, range?: ByteRange): Promise<ByteStream>;
}

/** How a blob got there. */
export type BlobOutcome = "copied" | "exists" | "mounted";

/**
 * A place an image goes to. Order: every blob, then child manifests, then the root manifest; nothing is visible under a
 * name before the last call.
 */
export interface ImageSink {
  /**
   * Puts a blob there unless it is there already; `open` is called only when bytes are needed, and again from an
   * offset when the sink retries. `progress` is told the bytes done so far, and the repository a blob was mounted from.
   */
  putBlob(
    descriptor: Descriptor,
    open: (offset?: number) => Promise<ByteStream>,
    progress?: (doneBytes: number, mountedFrom?: string) => void,
  ): Promise<BlobOutcome>;
  /** `isRoot` marks the last one, which gets the names. */
  putManifest(manifest: RawManifest, options: { isRoot: boolean }): Promise<void>;
}
