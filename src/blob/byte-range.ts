import { KasaneError } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";
import type { ByteRange } from "./blob-store.ts";

/**
 * The range cut to the blob. An end past the blob is cut; a start at or past the end of a blob that has bytes is refused, as HTTP does.
 * @throws KasaneError `range-not-satisfiable`
 */
export function resolveRange(
  digest: Digest,
  sizeBytes: number,
  range: ByteRange | undefined,
): { start: number; end: number } {
  const start = range?.start ?? 0;
  const end = Math.min(range?.end ?? sizeBytes, sizeBytes);
  const isPastEnd = start > sizeBytes || (start === sizeBytes && sizeBytes > 0);
  if (start < 0 || isPastEnd || (range?.end !== undefined && range.end < start)) {
    throw new KasaneError(
      "range-not-satisfiable",
      `cannot read bytes ${start} to ${range?.end ?? "the end"} of blob ${digest}: it has ${sizeBytes} bytes`,
      { data: { sizeBytes } },
    );
  }
  return { start, end };
}

/** @throws KasaneError `range-not-satisfiable` unless byte `start` is one of those an upload has, and before `end` */
export function checkWritten(id: string, offset: number, { start, end }: Required<ByteRange>): void {
  if (start >= 0 && start < offset && start < end) return;
  throw new KasaneError(
    "range-not-satisfiable",
    `cannot read bytes ${start} to ${end} of upload ${id}: it has ${offset} bytes so far`,
    { data: { sizeBytes: offset } },
  );
}
