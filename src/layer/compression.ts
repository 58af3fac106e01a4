import { type ByteSource, KasaneError, peek } from "../lib/mod.ts";
import { compressGzip } from "./compress-gzip.ts";
import { compressZstd } from "./compress-zstd.ts";
import { zlib } from "./node-zlib.ts";
import { engineBufferBytes, throughEngine } from "./zlib-engine.ts";
import { checkZstdFrames } from "./zstd-frames.ts";

export type Compression = "gzip" | "zstd" | "none";

/** Bytes that compressionOf() looks at. */
export const signatureBytes = 262;

/** What the first bytes of a blob say. */
export function compressionOf(head: Uint8Array): Compression {
  if (hasTarMark(head)) return "none";
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return "gzip";
  if (b === 0xb5 && c === 0x2f && d === 0xfd && a === 0x28) return "zstd";
  // Skippable frames may stand first: zstd:chunked and pzstd write them.
  if (b === 0x2a && c === 0x4d && d === 0x18 && a !== undefined && (a & 0xf0) === 0x50) return "zstd";
  return "none";
}

/** A tar begins with the name of its first member, which may look like any signature; the header's own mark is at offset 257. */
export function hasTarMark(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(257, signatureBytes)).toString("latin1") === "ustar";
}

/**
 * Uncompressed bytes of a gzip (one or more members), zstd (one or more frames) or plain source, told apart by content.
 *
 * A source that ends early is an error, and so is anything after the last member or frame but the zeros that pad a gzip: bytes that
 * one reader sees and another does not have no place in a layer. Decompression runs on Bun's thread pool, a few hundred KiB
 * ahead of the receiver. The source is closed when the receiver stops.
 * @throws KasaneError `invalid-archive` for damaged input, `limit-exceeded` beyond `maxBytes` of output
 */
export async function* decompress(
  source: ByteSource,
  options: { maxBytes?: number } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { maxBytes = Number.POSITIVE_INFINITY } = options;
  let total = 0;
  for await (const chunk of decompressed(source)) {
    total += chunk.length;
    if (total > maxBytes) {
      throw new KasaneError(
        "limit-exceeded",
        `the decompressed content is larger than the limit of ${maxBytes} bytes`,
      );
    }
    yield chunk;
  }
}

/**
 * Deterministic compression: the same bytes give the same output on any number of cores and for any chunking of the
 * input. Blocks are compressed side by side on Bun's thread pool: gzip as one member whose deflate blocks end at byte
 * boundaries (as pigz does; every gzip reader takes it), zstd as one frame for each block.
 *
 * `level` is 1 to 9 for gzip (6) and 1 to 19 for zstd (3).
 * @throws KasaneError `usage` for a level that is none
 */
export async function* compress(
  source: ByteSource,
  compression: Compression,
  level?: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const range = { gzip: 9, zstd: 19, none: 0 }[compression];
  if (level !== undefined && !(Number.isInteger(level) && level >= Math.min(1, range) && level <= range)) {
    throw new KasaneError("usage", `${compression} has no compression level ${level}`, {
      hint: range === 0 ? "leave the level out" : `use a level from 1 to ${range}`,
    });
  }
  if (compression === "gzip") yield* compressGzip(source, level ?? 6);
  else if (compression === "zstd") yield* compressZstd(source, level ?? 3);
  else yield* source;
}

async function* decompressed(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  const { head, all } = await peek(source, signatureBytes);
  const compression = compressionOf(head);
  const options = { chunkSize: engineBufferBytes };
  if (compression === "gzip") yield* throughEngine(all, zlib().createGunzip(options), "gzip");
  else if (compression === "zstd") {
    yield* throughEngine(checkZstdFrames(all), zlib().createZstdDecompress(options), "zstd");
  } else yield* all;
}
