import http from "node:http";
import { RegistryFailure } from "../../registry/mod.ts";

/** What the lines before a request's body may have together, and how many headers. */
const limitBytes = 16 * 1024;
const limitHeaders = 100;

/** Beyond this, or 200 headers, Bun's parser answers 431 without a body, and nothing can be done about that. */
const parserLimitBytes = 64 * 1024;

/**
 * Makes room in Bun's parser for heads that are too large, so that they come as far as a registry that can say so. For every server of
 * this process: Bun 1.4.5 looks at node:http's setting, and has none of `Bun.serve`.
 */
export function letLargeHeadsIn(): void {
  Object.assign(http, { maxHeaderSize: parserLimitBytes });
}

/** Why a request is refused for its head alone. */
export function headFailure(request: Request): RegistryFailure | undefined {
  const { headers } = request;
  // Bun's own, and not among the types: forEach() alone would cost as much as all else that looks at headers.
  if ((headers as Headers & { readonly count: number }).count <= limitHeaders && !isLong(request)) {
    return undefined;
  }
  return new RegistryFailure("UNSUPPORTED", {
    status: 431,
    message: `a request may have ${limitHeaders} headers and ${limitBytes} bytes before its body`,
    headers: { connection: "close" },
  });
}

function isLong({ url, headers }: Request): boolean {
  let bytes = url.length;
  headers.forEach((value, name) => {
    bytes += name.length + value.length;
  });
  return bytes > limitBytes;
}
