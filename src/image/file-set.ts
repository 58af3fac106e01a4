import type { ByteRange } from "../blob/mod.ts";
import type { ByteStream } from "../lib/mod.ts";

/** The files of an archive or of a directory, by their path in it: what a reader of image formats needs of either. */
export interface FileSet extends AsyncDisposable {
  has(path: string): boolean;
  sizeOf(path: string): number | undefined;
  /** @throws KasaneError `not-found`, `range-not-satisfiable` */
  open(path: string, range?: ByteRange): ByteStream;
  /** A small file whole. @throws KasaneError `not-found`, `limit-exceeded` */
  read(path: string, limitBytes: number): Promise<Uint8Array>;
}
