import type { UnusedManifest } from "../../meta/mod.ts";
import type { MirrorParts } from "./mirror-parts.ts";

const pageSize = 100;

/**
 * Takes out of their repositories what nobody has asked for in `unusedTtlMs` of its upstream; the collector frees the bytes. In steps,
 * so that nobody waits. Returns how many manifests went.
 */
export async function dropUnused(
  parts: MirrorParts,
  { shortestTtlMs }: { shortestTtlMs: number },
): Promise<number> {
  const { meta, signal } = parts;
  const nowMs = parts.now();
  let dropped = 0;
  let after: UnusedManifest | undefined;
  do {
    const page: UnusedManifest[] = await meta.upstreams.unused(nowMs - shortestTtlMs, {
      after,
      limit: pageSize,
    });
    for (const manifest of page) {
      const ttlMs = parts.find(manifest.repository)?.upstream.config.unusedTtlMs ?? 0;
      if (ttlMs === 0 || manifest.usedAtMs > nowMs - ttlMs) continue;
      const isImmutable = (tag: string) => parts.isImmutable(manifest.repository, tag);
      if (await meta.upstreams.drop(manifest, { isImmutable })) dropped++;
    }
    after = page.length < pageSize ? undefined : page.at(-1);
  } while (after !== undefined && !signal.aborted);
  return dropped;
}
