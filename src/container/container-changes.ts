import { existsSync } from "node:fs";
import { type ChangedPath, changedPaths } from "../layer/mod.ts";
import { hasSingleUid } from "../sandbox/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import type { Container } from "./container.ts";
import { upperDirectory } from "./container-directory.ts";
import { containerImage } from "./container-image.ts";

/** What a container has changed of its image's files, path by path. */
export async function containerChanges(store: LocalStore, container: Container): Promise<ChangedPath[]> {
  const upper = upperDirectory(store, container.id);
  // One that never ran has changed nothing.
  if (!existsSync(upper)) return [];
  return store.withLease("diff", async (lease) => {
    await store.meta.leases.hold(lease, [container.manifest]);
    const lower = await store.tree(await containerImage(store, container));
    const ownership = hasSingleUid() ? "ignore" : "keep";
    return [...changedPaths(upper, { lower, xattrs: store.xattrs, ownership })];
  });
}
