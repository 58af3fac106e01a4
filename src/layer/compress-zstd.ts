import { promisify } from "node:util";
import type { InputType, ZstdOptions } from "node:zlib";
import type { ByteSource } from "../lib/mod.ts";
import { zlib } from "./node-zlib.ts";
import { parallelBlocks } from "./parallel-blocks.ts";

/** Part of the format, as in compress-gzip.ts. Twice the window of level 3: the ratio loses about one percent. */
const blockBytes = 4 * 1024 * 1024;

/** One zstd frame for each block (RFC 8878, section 3: frames may follow each other). */
export async function* compressZstd(
  source: ByteSource,
  level: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { constants, zstdCompress, zstdCompressSync } = zlib();
  const zstd = promisify<InputType, ZstdOptions, Uint8Array>(zstdCompress);
  const options = { chunkSize: 1024 * 1024, params: { [constants.ZSTD_c_compressionLevel]: level } };
  let isEmpty = true;
  for await (const frame of parallelBlocks(source, blockBytes, ({ bytes }) => zstd(bytes, options))) {
    isEmpty = false;
    yield frame;
  }
  if (isEmpty) yield zstdCompressSync(new Uint8Array(0), options);
}
