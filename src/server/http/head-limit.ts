import { estimateShallowMemoryUsageOf } from "bun:jsc";
import http from "node:http";
import { RegistryFailure } from "../../registry/mod.ts";

const limitHeaders = 100;
const limitHeadBytes = 32 << 10;

/**
 * What Bun's parser lets in, so that the error is ours up to there. Beyond it, and beyond 200 headers, Bun answers 431 without a body: the
 * memory of one connection ends here.
 */
const parsedHeadBytes = 64 << 10;

/** For every `Bun.serve` of this process that begins afterwards: it has no such option of its own. */
export function widenParser(): void {
  if (http.maxHeaderSize < parsedHeadBytes) Object.assign(http, { maxHeaderSize: parsedHeadBytes });
}

/** Why a request is refused for its head alone. */
export function headFailure({ headers, url }: Request): RegistryFailure | undefined {
  // Bun's own, and not among the types.
  if ((headers as Headers & { readonly count: number }).count > limitHeaders) {
    return tooLarge(431, `a request may have ${limitHeaders} headers`);
  }
  // Names and values as the engine counts them, and a little more: to add them up in JavaScript takes ten times as long (measured).
  if (estimateShallowMemoryUsageOf(headers) > limitHeadBytes) {
    return tooLarge(431, `the headers of a request may have ${limitHeadBytes} bytes`);
  }
  if (url.length > limitHeadBytes) return tooLarge(414, `an address may have ${limitHeadBytes} bytes`);
  return undefined;
}

function tooLarge(status: number, message: string): RegistryFailure {
  return new RegistryFailure("UNSUPPORTED", { status, message, headers: { connection: "close" } });
}
