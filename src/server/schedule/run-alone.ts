import type { Meta } from "../../meta/mod.ts";

const ttlMs = 10 * 60_000;

/**
 * Runs `work` unless another process on the store is at it, or was within the last `restMs`. False where it did not run. A process that
 * dies in the middle gives way at once where that can be seen, else after ten minutes.
 */
export async function runAlone(
  meta: Meta,
  key: string,
  { restMs, work }: { restMs: number; work: () => Promise<void> },
): Promise<boolean> {
  const lease = await meta.leases.acquire({ purpose: key, ttlMs });
  const renewing = setInterval(() => {
    meta.leases.renew(lease, ttlMs).catch(() => {});
  }, ttlMs / 3);
  renewing.unref();
  try {
    if (!(await meta.leases.lock(lease, key))) return false;
    const endedAtMs = Number((await meta.settings.get(key)) ?? 0);
    const sinceMs = Date.now() - endedAtMs;
    // A clock that was set back must not stop the work for ever.
    if (sinceMs >= 0 && sinceMs < restMs) return false;
    await work();
    await meta.settings.put(key, String(Date.now()));
    return true;
  } finally {
    clearInterval(renewing);
    await meta.leases.release(lease);
  }
}
