import type { ByteRange } from "../blob/mod.ts";
import { type ByteStream, KasaneError } from "../lib/mod.ts";

/** A stretch of a file on the disk that is a file of its own to its reader. */
export interface FileSlice {
  readonly path: string;
  readonly start: number;
  readonly sizeBytes: number;
}

/** Its bytes, or a range of them. @throws KasaneError `not-found` (no slice), `range-not-satisfiable` */
export function openSlice(slice: FileSlice | undefined, name: string, range?: ByteRange): ByteStream {
  if (!slice)
    throw new KasaneError("not-found", `the archive has no file ${JSON.stringify(name)}`, {
      hint: "get the archive again, or save it anew: a part of it is missing",
    });
  const start = range?.start ?? 0;
  const end = Math.min(range?.end ?? slice.sizeBytes, slice.sizeBytes);
  if (start > end) {
    throw new KasaneError("range-not-satisfiable", `${name} has ${slice.sizeBytes} bytes, not ${start}`);
  }
  return Bun.file(slice.path)
    .slice(slice.start + start, slice.start + end)
    .stream();
}
