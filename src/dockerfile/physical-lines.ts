import { KasaneError } from "../lib/mod.ts";
import type { DockerfileLimits } from "./limits.ts";

/**
 * The lines of a file with their ends, which heredocs keep.
 * @throws KasaneError `limit-exceeded`
 */
export function physicalLines(text: string | Uint8Array, name: string, limits: DockerfileLimits): string[] {
  return splitLines(decode(text, name, limits), name, limits);
}

function decode(text: string | Uint8Array, name: string, limits: DockerfileLimits): string {
  const size = typeof text === "string" ? Buffer.byteLength(text) : text.length;
  if (size > limits.maxBytes) {
    throw new KasaneError(
      "limit-exceeded",
      `${name} is larger than the limit of ${limits.maxBytes} bytes for Dockerfiles`,
    );
  }
  // TextDecoder removes a byte order mark; what is not UTF-8 becomes U+FFFD, as it would in the image's config.
  return typeof text === "string" ? text.replace(/^\ufeff/, "") : new TextDecoder().decode(text);
}

function splitLines(text: string, name: string, limits: DockerfileLimits): string[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  if (lines.length > limits.maxLines) {
    throw new KasaneError("limit-exceeded", `${name} has more than ${limits.maxLines} lines`);
  }
  const long = lines.findIndex((line) => line.length > limits.maxLineLength);
  if (long >= 0) {
    throw new KasaneError(
      "limit-exceeded",
      `${name}:${long + 1}: the line is longer than ${limits.maxLineLength} characters`,
    );
  }
  return lines;
}
