import type { ZlibOptions } from "node:zlib";
import type { ByteSource } from "../lib/mod.ts";
import { settle, zlib } from "./node-zlib.ts";
import { parallelBlocks } from "./parallel-blocks.ts";

/**
 * Part of the format: another size gives other bytes, so it does not change. Measured with compression.bench.ts: smaller blocks
 * spread better over cores, and with the dictionary the ratio is that of 1 MiB blocks.
 */
const blockBytes = 512 * 1024;
const windowBytes = 32 * 1024;
/** Room for a block that does not shrink: zlib flushes once more where its output fills a buffer, which would be other bytes. */
const spareBytes = 64 * 1024;
/** A block that is done before a thread has been woken for it. */
const tinyBytes = 16 * 1024;

/** No name, no time, system 255 ("unknown"): nothing of the machine. */
const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
/** An empty last block: the others do not know that they are the last. */
const lastBlock = Uint8Array.of(3, 0);

/**
 * One gzip member (RFC 1952). Each block is deflated on its own with the end of the block before as its dictionary and flushed to
 * a byte boundary, so that the pieces can be put one after the other. One member, because readers exist that stop after
 * the first one (DecompressionStream of browsers, Rust's GzDecoder).
 *
 * The bytes are those of the zlib in Bun (zlib-ng, whose matching has been the same on every CPU since 2.2), so another Bun may give others:
 * a layer that exists is never compressed again.
 */
export async function* compressGzip(
  source: ByteSource,
  level: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { constants, crc32, deflateRaw, deflateRawSync } = zlib();
  let crc = 0;
  let size = 0;
  yield header;
  yield* parallelBlocks(source, blockBytes, ({ bytes, previous }) => {
    // 20 GB/s: nothing to spread.
    crc = crc32(bytes, crc);
    size += bytes.length;
    const options: ZlibOptions = {
      level,
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: bytes.length + spareBytes,
      ...(previous === undefined ? {} : { dictionary: previous.subarray(-windowBytes) }),
    };
    return bytes.length <= tinyBytes
      ? Promise.resolve(deflateRawSync(bytes, options))
      : settle<Uint8Array>((done) => deflateRaw(bytes, options, done));
  });
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc, true);
  trailer.setUint32(4, size % 2 ** 32, true);
  yield Buffer.concat([lastBlock, new Uint8Array(trailer.buffer)]);
}
