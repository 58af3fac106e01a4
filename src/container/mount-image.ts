import { mkdirSync, realpathSync } from "node:fs";
import { isKasaneError } from "../lib/mod.ts";
import { digestHex, type RuntimeConfig } from "../oci/mod.ts";
import { mountOverlay } from "../sandbox/mod.ts";
import type { LocalImage, LocalStore } from "../store/mod.ts";
import { type Container, recordOf } from "./container.ts";
import { containerDirectory } from "./container-directory.ts";
import { listRecords } from "./find-container.ts";
import { mountedRoot, unmountRoot, withRootLock } from "./mounted-root.ts";
import { discardContainer, sweepContainers } from "./remove-container.ts";

/** An image whose files are mounted, to be read with any program. */
export interface MountedImage {
  /** As it was named. */
  readonly name: string;
  readonly container: Container;
  readonly path: string;
}

/**
 * Mounts an image's files, read-only, until unmountImage(); once, however often it is asked for. While they are mounted a row of containers keeps the
 * image, so that no prune takes its layers away.
 * @throws KasaneError `sandbox`
 */
export async function mountImage(
  store: LocalStore,
  image: LocalImage,
  name: string,
  onWarning: (message: string) => void,
): Promise<string> {
  await sweepContainers(store);
  return store.withLease("mount image", async (lease) => {
    await store.meta.leases.hold(lease, [image.raw.digest]);
    const container = containerOf(image, name);
    const { id } = container;
    return withRootLock(store, lease, id, async () => {
      const mounted = mountedRoot(store, id);
      if (mounted !== undefined) return mounted;
      try {
        await store.meta.containers.put(recordOf(container));
      } catch (error) {
        // Somebody has it mounted where this process cannot see it.
        if (!isKasaneError(error, "conflict")) throw error;
      }
      const unpacked = await store.unpack(image, { lease });
      try {
        mkdirSync(containerDirectory(store, id), { recursive: true, mode: 0o700 });
        const directory = realpathSync(containerDirectory(store, id));
        return mountOverlay({ kind: "layers", lower: unpacked.lower }, directory, onWarning);
      } finally {
        await unpacked.release();
      }
    });
  });
}

/** Those that this process sees mounted, the oldest first. */
export async function listMountedImages(store: LocalStore): Promise<MountedImage[]> {
  const mounts = (await listRecords(store)).filter(({ settings }) => settings.isImageMount).reverse();
  return mounts.flatMap((container) => {
    const path = mountedRoot(store, container.id);
    return path === undefined ? [] : [{ name: container.settings.image, container, path }];
  });
}

/** False where it was not mounted. */
export async function unmountImage(store: LocalStore, image: Pick<LocalImage, "raw">): Promise<boolean> {
  const id = idOf(image);
  const isMounted = unmountRoot(store, id);
  if ((await store.meta.containers.get(id))?.id === id) await discardContainer(store, id);
  return isMounted;
}

function idOf({ raw }: Pick<LocalImage, "raw">): string {
  return `image-mount-${digestHex(raw.digest)}`;
}

function containerOf(image: LocalImage, name: string): Container {
  const id = idOf(image);
  return {
    id,
    name: id,
    manifest: image.raw.digest,
    createdAtMs: Date.now(),
    state: { kind: "created" },
    settings: {
      image: name,
      imageId: image.id,
      config: {} as RuntimeConfig,
      hostname: "",
      mounts: [],
      network: "none",
      readOnlyRoot: true,
      terminal: false,
      removeWhenDone: false,
      isImageMount: true,
    },
  };
}
