import type { Peer } from "../../registry/mod.ts";

/** Slower than this is not slow but meant to hold a connection: 64 KiB in the idle time, 257 bytes per second by default. */
const leastBytes = 64 * 1024;
const renewEveryMs = 2_000;

/**
 * Bun closes a connection whose body brings less than about 32 KB/s over the idle time, and so would end the upload of anybody with a poor
 * connection. Here an upload lives as long as it brings `leastBytes` in each idle time. It costs a comparison per chunk.
 */
export function watchUpload(upload: {
  readonly peer: Peer;
  readonly request: Request;
  readonly server: Bun.Server<undefined>;
  readonly idleS: number;
  readonly now?: () => number;
}): Peer {
  const { peer, request, server, idleS, now = () => performance.now() } = upload;
  let bytes = 0;
  let renewedMs = now();
  return {
    ...peer,
    received(count) {
      bytes += count;
      if (bytes < leastBytes) return;
      const nowMs = now();
      if (nowMs - renewedMs < renewEveryMs) return;
      bytes = 0;
      renewedMs = nowMs;
      server.timeout(request, idleS);
    },
  };
}
