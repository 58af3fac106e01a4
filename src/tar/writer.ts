import type { ByteSource } from "../lib/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import type { TarEntry } from "./entry.ts";

/**
 * A deterministic tar: the same entries give the same bytes. ustar where everything fits, a PAX header with sorted
 * keys where it does not (long or non-ASCII names, large numbers, nanoseconds, xattrs).
 */
export interface TarInput {
  readonly entry: TarEntry;
  /** Exactly `entry.sizeBytes` bytes; @throws KasaneError `invalid-archive` when they are fewer or more. */
  readonly content?: ByteSource;
}

export async function* writeTar(
  _inputs: AsyncIterable<TarInput> | Iterable<TarInput>,
): AsyncGenerator<Uint8Array> {
  yield* [];
  throw new KasaneError("internal", "not built yet");
}
