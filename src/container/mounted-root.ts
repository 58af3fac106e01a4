import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { LeaseId } from "../meta/mod.ts";
import { mountOverlay, mountPointsBelow, unmount } from "../sandbox/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import type { Container } from "./container.ts";
import { containerDirectory } from "./container-directory.ts";
import { containerImage } from "./container-image.ts";
import { prepareUpper } from "./prepare-upper.ts";

/** Where a container's root is mounted for whoever wants to look; undefined where it is not, as this process sees it. The mount table is all that knows. */
export function mountedRoot(store: Pick<LocalStore, "root">, id: string): string | undefined {
  const directory = containerDirectory(store, id);
  if (!existsSync(join(directory, "merged"))) return undefined;
  const merged = join(realpathSync(directory), "merged");
  return mountPointsBelow(merged).includes(merged) ? merged : undefined;
}

/**
 * Mounts a container's root where it stays mounted when this process has ended, until unmountRoot(); once, however often it is asked for. As root
 * everybody sees it, in a user namespace those in there.
 * @throws KasaneError `sandbox`
 */
export async function mountRoot(
  store: LocalStore,
  container: Container,
  onWarning: (message: string) => void,
): Promise<string> {
  return store.withLease("mount", async (lease) => {
    await store.meta.leases.hold(lease, [container.manifest]);
    return withRootLock(store, lease, container.id, async () => {
      const mounted = mountedRoot(store, container.id);
      if (mounted !== undefined) return mounted;
      const image = await containerImage(store, container);
      const unpacked = await store.unpack(image, { lease });
      try {
        const { upper, work } = await prepareUpper(store, unpacked, container.id);
        const directory = realpathSync(containerDirectory(store, container.id));
        return mountOverlay(
          { kind: "overlay", lower: unpacked.lower, upper, work, durable: true },
          directory,
          onWarning,
        );
      } finally {
        // The container keeps its image, and that its unpacked layers.
        await unpacked.release();
      }
    });
  });
}

/** Takes every mount in a container's directory away; true where its root was mounted. */
export function unmountRoot(store: Pick<LocalStore, "root">, id: string): boolean {
  const directory = containerDirectory(store, id);
  if (!existsSync(directory)) return false;
  const points = mountPointsBelow(realpathSync(directory));
  for (const point of points) unmount(point);
  return points.length > 0;
}

/** An upper directory is one mount's at a time: whoever mounts a container's root waits for the one before. */
export async function withRootLock<T>(
  store: LocalStore,
  lease: LeaseId,
  id: string,
  work: () => Promise<T>,
): Promise<T> {
  const key = `container-root:${id}`;
  for (let waitMs = 5; !(await store.meta.leases.lock(lease, key)); waitMs = Math.min(waitMs * 1.5, 100))
    await Bun.sleep(waitMs);
  try {
    return await work();
  } finally {
    await store.meta.leases.unlock(lease, key);
  }
}
