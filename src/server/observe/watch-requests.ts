import type { Registry } from "../../registry/mod.ts";
import type { AccessLog } from "./access-log.ts";
import type { RequestMetrics } from "./request-metrics.ts";
import { uploaderOf } from "./request-notes.ts";
import { routeKindOf } from "./route-kind.ts";
import type { UploadLimit } from "./upload-limit.ts";

export interface WatchParts {
  readonly metrics?: RequestMetrics;
  readonly access?: AccessLog;
  readonly uploads?: UploadLimit;
}

/** Around what answers requests: measures and logs each. Nothing of it waits for a disk. */
export function watchRequests(handle: Registry, { metrics, access, uploads }: WatchParts): Registry {
  return async (request, peer) => {
    const startedMs = performance.now();
    const kind = routeKindOf(request.url);
    metrics?.begin(kind);
    let response: Response | undefined;
    try {
      response = await handle(request, peer);
      return response;
    } finally {
      const durationMs = performance.now() - startedMs;
      const status = response?.status ?? 500;
      const { method } = request;
      const sentBytes = method === "HEAD" ? 0 : lengthOf(response?.headers);
      const hasBody = method !== "GET" && method !== "HEAD" && method !== "DELETE";
      metrics?.end({
        kind,
        method,
        status,
        seconds: durationMs / 1000,
        receivedBytes: hasBody ? lengthOf(request.headers) : 0,
        sentBytes,
      });
      access?.log({ request, status, sentBytes, durationMs, address: peer?.address ?? "" });
      if (uploads !== undefined && hasBody) {
        const client = uploaderOf(request);
        if (client !== undefined) uploads.end(client);
      }
    }
  };
}

/** Content-Length; 0 where it is absent or no number. */
function lengthOf(headers: Headers | undefined): number {
  const length = Number(headers?.get("content-length") ?? 0);
  return Number.isSafeInteger(length) && length > 0 ? length : 0;
}
