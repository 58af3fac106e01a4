import { availableParallelism } from "node:os";
import type { ByteSource } from "../lib/mod.ts";

/** Enough to keep the pool busy; each takes two blocks of memory. */
const defaultInFlight = Math.min(availableParallelism() + 2, 32);

export interface Block {
  readonly bytes: Uint8Array;
  /** The block before, or nothing. */
  readonly previous: Uint8Array | undefined;
}

/**
 * Cuts `source` into blocks of `blockBytes` (the last one shorter), runs `work` on several at a time and yields the results in
 * order. How the source is chunked and how many run at a time has no influence on the results.
 */
export async function* parallelBlocks<T>(
  source: ByteSource,
  blockBytes: number,
  work: (block: Block) => Promise<T>,
  inFlight = defaultInFlight,
): AsyncGenerator<T, void, undefined> {
  const running: Promise<T>[] = [];
  let previous: Uint8Array | undefined;
  for await (const bytes of blocksOf(source, blockBytes)) {
    const result = work({ bytes, previous });
    // Results nobody waits for any more, after a failure or an early stop, must not become unhandled rejections.
    result.catch(() => {});
    running.push(result);
    previous = bytes;
    if (running.length >= inFlight) yield await running.shift()!;
  }
  for (const result of running) yield await result;
}

async function* blocksOf(
  source: ByteSource,
  blockBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let block = new Uint8Array(blockBytes);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + blockBytes - filled);
      block.set(piece, filled);
      filled += piece.length;
      at += piece.length;
      if (filled === blockBytes) {
        yield block;
        block = new Uint8Array(blockBytes);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
