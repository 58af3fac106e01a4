import { type ByteSource, KasaneError } from "../lib/mod.ts";

export type Compression = "gzip" | "zstd" | "none";

/** Uncompressed bytes of a gzip (one or more members), zstd (one or more frames) or plain source, told apart by content. */
export async function* decompress(
  _source: ByteSource,
  _options?: { maxBytes?: number },
): AsyncGenerator<Uint8Array> {
  yield* [];
  throw new KasaneError("internal", "not built yet");
}

/**
 * Deterministic compression: the same bytes give the same output on any number of cores and for any chunking of the
 * input. gzip is compressed in parallel blocks.
 */
export async function* compress(
  _source: ByteSource,
  _compression: Compression,
  _level?: number,
): AsyncGenerator<Uint8Array> {
  yield* [];
  throw new KasaneError("internal", "not built yet");
}
