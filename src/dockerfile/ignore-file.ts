import { KasaneError } from "../lib/mod.ts";
import { cleanPath } from "./clean-path.ts";
import { GlobError } from "./glob.ts";
import { PathMatcher } from "./path-matcher.ts";
import { trim } from "./white-space.ts";

/** Bytes of an ignore file, and patterns in it: every path is matched against every pattern. */
export const ignoreFileLimits = { maxBytes: 1024 * 1024, maxPatterns: 10_000 };

/** The ignore files of a Dockerfile, the first that exists counts: `<Dockerfile>.dockerignore`, then `.dockerignore` of the context. */
export function ignoreFileNames(dockerfile: string | undefined): string[] {
  return [...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]), ".dockerignore"];
}

/**
 * A .dockerignore: one pattern a line, `#` in the first column begins a comment, a leading slash means nothing.
 * @throws KasaneError `invalid-dockerfile`, `limit-exceeded`
 */
export function parseIgnoreFile(text: string | Uint8Array, name = ".dockerignore"): PathMatcher {
  const size = typeof text === "string" ? Buffer.byteLength(text) : text.length;
  if (size > ignoreFileLimits.maxBytes) {
    throw new KasaneError("limit-exceeded", `${name} is larger than ${ignoreFileLimits.maxBytes} bytes`);
  }
  const decoded = typeof text === "string" ? text.replace(/^\ufeff/, "") : new TextDecoder().decode(text);
  const patterns: string[] = [];
  for (const [index, line] of decoded.split("\n").entries()) {
    const pattern = line.startsWith("#") ? "" : trim(line);
    if (pattern === "") continue;
    const normal = normalise(pattern);
    try {
      new PathMatcher([normal]);
    } catch (error) {
      if (!(error instanceof GlobError)) throw error;
      throw new KasaneError("invalid-dockerfile", `${name}:${index + 1}: ${error.message}`, {
        data: { file: name, line: index + 1 },
      });
    }
    patterns.push(normal);
  }
  if (patterns.length > ignoreFileLimits.maxPatterns) {
    throw new KasaneError("limit-exceeded", `${name} has more than ${ignoreFileLimits.maxPatterns} patterns`);
  }
  return new PathMatcher(patterns);
}

function normalise(pattern: string): string {
  const isException = pattern.startsWith("!");
  const rest = isException ? trim(pattern.slice(1)) : pattern;
  if (rest === "") return pattern;
  const clean = cleanPath(rest);
  const relative = clean.length > 1 && clean.startsWith("/") ? clean.slice(1) : clean;
  return isException ? `!${relative}` : relative;
}
