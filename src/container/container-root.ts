import { readdirSync, statSync } from "node:fs";
import { KasaneError } from "../lib/mod.ts";
import { holdRoot } from "../sandbox/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import type { Container } from "./container.ts";
import { containerImage } from "./container-image.ts";
import { mountedRoot, withRootLock } from "./mounted-root.ts";
import { descendantsOf } from "./pause.ts";
import { prepareUpper } from "./prepare-upper.ts";
import { sandboxMounts } from "./volumes/sandbox-mounts.ts";

/**
 * Hands `use` a name of the container's root directory, mounts and all: of one that runs, the root its processes see; of any other, one that is
 * mounted for as long as `use` works, by one process at a time (or as it is mounted already). Open it, and go on by descriptors.
 * @throws KasaneError `sandbox`; `conflict` where it just ended or has not begun
 */
export async function withContainerRoot<T>(
  store: LocalStore,
  container: Container,
  use: (root: string) => Promise<T>,
): Promise<T> {
  if (container.state.kind === "running") return use(await liveRoot(container.state.pid, container.name));
  const mounted = mountedRoot(store, container.id);
  if (mounted !== undefined) return use(mounted);
  return store.withLease("container root", async (lease) => {
    await store.meta.leases.hold(lease, [container.manifest]);
    return withRootLock(store, lease, container.id, async () => {
      const image = await containerImage(store, container);
      const unpacked = await store.unpack(image, { lease });
      try {
        const { upper, work } = await prepareUpper(store, unpacked, container.id);
        const lasting = container.settings.mounts.filter(({ kind }) => kind !== "tmpfs");
        const { mounts, release } = await sandboxMounts(store, lease, {
          settings: { ...container.settings, mounts: lasting },
        });
        const held = await holdRoot(
          { kind: "overlay", lower: unpacked.lower, upper, work, durable: true },
          mounts,
        );
        try {
          return await use(held.path);
        } finally {
          await held.release();
          await release();
        }
      } finally {
        await unpacked.release();
      }
    });
  });
}

const startPatienceMs = 3000;

/** Of the processes below the one that runs the container, the first with a root of its own that is ready: it has its own /proc. */
async function liveRoot(pid: number, name: string): Promise<string> {
  const own = statSync("/proc/self/root/.");
  for (const deadline = Date.now() + startPatienceMs; Date.now() < deadline; await Bun.sleep(10)) {
    for (const child of descendantsOf(pid)) {
      const root = `/proc/${child}/root/.`;
      try {
        const { dev, ino } = statSync(root);
        if ((dev !== own.dev || ino !== own.ino) && readdirSync(`${root}/proc`).includes("self")) return root;
      } catch {
        // It has ended meanwhile.
      }
    }
  }
  throw new KasaneError("conflict", `cannot find the file system of container ${name}: it just ended`, {
    hint: "try again",
  });
}
