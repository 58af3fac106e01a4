/** Where two contents part. */
export interface ContentDifference {
  /** The first byte that is not the same. */
  readonly offset: number;
  /** Of texts: the line, counted from 1, and what stands in it. */
  readonly line?: number;
  readonly before?: string;
  readonly after?: string;
  /** What formats that are known for it have there: a time, mostly. */
  readonly cause?: "gzip-time" | "pyc-time";
}

const shownCharacters = 100;

/** Both whole; they are not equal. */
export function firstDifference(before: Uint8Array, after: Uint8Array): ContentDifference {
  const shorter = Math.min(before.length, after.length);
  let offset = 0;
  while (offset < shorter && before[offset] === after[offset]) offset++;
  const cause = causeOf(before, offset);
  if (cause) return { offset, cause };
  if (!isText(before) || !isText(after)) return { offset };
  const start = before.lastIndexOf(10, offset - 1) + 1;
  const line = 1 + before.subarray(0, start).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 0);
  return { offset, line, before: lineAt(before, start), after: lineAt(after, start) };
}

/** RFC 1952: the time is in bytes 4 to 7. Python's compiled files have that of their source in bytes 8 to 11. */
function causeOf(bytes: Uint8Array, offset: number): ContentDifference["cause"] | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && offset >= 4 && offset < 8) return "gzip-time";
  if (bytes[2] === 0x0d && bytes[3] === 0x0a && offset >= 8 && offset < 12) return "pyc-time";
  return undefined;
}

function isText(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 8192);
  if (head.includes(0)) return false;
  try {
    // A character may be cut at the end.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function lineAt(bytes: Uint8Array, start: number): string {
  const end = bytes.indexOf(10, start);
  const line = bytes.subarray(start, end < 0 ? undefined : end);
  const text = new TextDecoder().decode(line.subarray(0, shownCharacters * 4));
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}
