/** A byte range of a whole of `sizeBytes`: `end` is exclusive. */
export interface SatisfiableRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a `Range` header (RFC 9110, section 14.1.2). undefined where it is to be ignored: absent, another unit, several
 * ranges, or not understood. "unsatisfiable" where the answer is 416.
 */
export function parseRange(
  header: string | null,
  sizeBytes: number,
): SatisfiableRange | "unsatisfiable" | undefined {
  const [, first, last] = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") {
    const length = Number(last);
    return length === 0 || sizeBytes === 0
      ? "unsatisfiable"
      : { start: Math.max(0, sizeBytes - length), end: sizeBytes };
  }
  const start = Number(first);
  const end = last === "" ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  return start >= sizeBytes || end <= start ? "unsatisfiable" : { start, end };
}
