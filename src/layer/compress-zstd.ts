import type { ByteSource } from "../lib/mod.ts";
import { settle, zlib } from "./node-zlib.ts";
import { parallelBlocks } from "./parallel-blocks.ts";

/** Part of the format, as in compress-gzip.ts. Twice the window of level 3: the ratio loses about one percent. */
const blockBytes = 4 * 1024 * 1024;

/** One zstd frame for each block (RFC 8878, section 3: frames may follow each other). */
export async function* compressZstd(
  source: ByteSource,
  level: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { constants, zstdCompress, zstdCompressSync } = zlib();
  const options = { chunkSize: 1024 * 1024, params: { [constants.ZSTD_c_compressionLevel]: level } };
  let isEmpty = true;
  const compress = (bytes: Uint8Array) => settle<Uint8Array>((done) => zstdCompress(bytes, options, done));
  for await (const frame of parallelBlocks(source, blockBytes, ({ bytes }) => compress(bytes))) {
    isEmpty = false;
    yield frame;
  }
  if (isEmpty) yield zstdCompressSync(new Uint8Array(0), options);
}
