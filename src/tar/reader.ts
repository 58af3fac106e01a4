import { type ByteSource, KasaneError } from "../lib/mod.ts";
import type { TarEntry } from "./entry.ts";

export interface TarMember extends TarEntry {
  /** Offset of the content's first byte in the uncompressed tar. */
  readonly contentOffset: number;
  /**
   * The content, once, before the next member is asked for; what is not read is skipped.
   * Sparse files come with their holes filled with zeros.
   */
  content(): AsyncIterable<Uint8Array>;
}

export interface TarLimits {
  readonly maxEntries: number;
  /** Path and link target, bytes. */
  readonly maxPathBytes: number;
  /** One PAX header or GNU long name, bytes. */
  readonly maxHeaderBytes: number;
  /** Sum of all contents, holes included, bytes. */
  readonly maxTotalBytes: number;
}

/**
 * Reads ustar, PAX (global and local), GNU long names, base-256 numbers, old and PAX sparse formats. Streaming: memory does not grow with
 * the archive. Trailing bytes after the end marker are read (they count for the digest) and must be zero or ignored.
 * @throws KasaneError `invalid-archive`, `limit-exceeded`
 */
export async function* readTar(_source: ByteSource, _limits?: Partial<TarLimits>): AsyncGenerator<TarMember> {
  yield* [];
  throw new KasaneError("internal", "not built yet");
}
