/** Both inclusive, as they stand in the header. */
export interface ChunkRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The `Content-Range` of a chunk: `<first>-<last>` in the specification; `bytes 0-9/*` from clients that follow HTTP. undefined
 * when absent, "malformed" when it cannot be read.
 */
export function parseChunkRange(header: string | null): ChunkRange | "malformed" | undefined {
  if (header === null) return undefined;
  const [, first, last] = /^\s*(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?\s*$/.exec(header) ?? [];
  if (first === undefined || last === undefined || Number(last) < Number(first)) return "malformed";
  return { first: Number(first), last: Number(last) };
}
