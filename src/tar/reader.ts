import type { ByteSource } from "../lib/mod.ts";
import { ByteCursor } from "./byte-cursor.ts";
import type { TarEntry } from "./entry.ts";
import { MemberReader } from "./member-reader.ts";
import { beyond } from "./tar-error.ts";
import { defaultTarLimits, type TarLimits } from "./tar-limits.ts";

export interface TarMember extends TarEntry {
  /** Offset of the content's first stored byte in the uncompressed tar. */
  readonly contentOffset: number;
  /** True when holes are left out of the archive: the content cannot be read at contentOffset, only through content(). */
  readonly isSparse: boolean;
  /**
   * The content, once, before the next member is asked for; what is not read is skipped.
   * Sparse files come with their holes filled with zeros. A chunk is the receiver's until it asks for the next one.
   */
  content(): AsyncIterable<Uint8Array>;
}

/**
 * Reads v7, ustar, PAX (global and local), GNU long names, base-256 numbers, old and PAX sparse formats. Streaming: memory does not
 * grow with the archive. Where readers differ, this one follows Go's, because container engines do.
 *
 * The archive ends at two zero blocks, or at the end of the source after a whole member; what follows the end marker is read
 * (it counts for the digest) and ignored. Names are decoded by decodeName(). The source is closed when the caller stops.
 * @throws KasaneError `invalid-archive`, `limit-exceeded`
 */
export async function* readTar(
  source: ByteSource,
  limits?: Partial<TarLimits>,
): AsyncGenerator<TarMember, void, undefined> {
  const cursor = new ByteCursor(source);
  const limited = { ...defaultTarLimits, ...limits };
  try {
    yield* new MemberReader(cursor, limited).members();
    const end = cursor.position;
    while ((await cursor.next(Number.MAX_SAFE_INTEGER)) !== undefined)
      if (cursor.position - end > limited.maxTrailingBytes)
        throw beyond(`more than ${limited.maxTrailingBytes} bytes follow its end`);
  } finally {
    await cursor.close();
  }
}
