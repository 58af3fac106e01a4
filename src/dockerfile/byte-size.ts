/** Bytes of a size as Docker's options take it: a number with an optional k, m, g, t, p (powers of 1024), or undefined. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text);
  if (!match) return undefined;
  const bytes = Math.floor(
    Number(match[1]) * 1024 ** ["", "k", "m", "g", "t", "p"].indexOf(match[2]!.toLowerCase()),
  );
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
