import { open } from "node:fs/promises";
import { join } from "node:path";
import { pairLayers } from "../image/mod.ts";
import { LayerTar, mergeLayers } from "../layer/mod.ts";
import { mapConcurrent } from "../lib/mod.ts";
import { type Descriptor, layerMediaType } from "../oci/mod.ts";
import { exportImage, type LocalStore } from "../store/mod.ts";
import type { Container } from "./container.ts";
import { containerDiff } from "./container-diff.ts";
import { containerImage } from "./container-image.ts";

/**
 * The container's file system as one tar, handed to `write`: what its image has with what it has changed. Nothing is mounted: its changes
 * become a layer in a temporary file, and the image is exported with that on top.
 */
export async function exportContainer(
  store: LocalStore,
  container: Container,
  write: (tar: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  await store.withLease("export container", async (lease) => {
    await store.meta.leases.hold(lease, [container.manifest]);
    const image = await containerImage(store, container);
    const indexes = await mapConcurrent(pairLayers(image.manifest, image.config), 2, (layer) =>
      store.layerIndex(layer.descriptor, layer.diffId),
    );
    const work = await store.workDirectory("export");
    try {
      const file = join(work.path, "changes.tar");
      const layer = new LayerTar(containerDiff(store, container, mergeLayers(indexes)));
      await spool(layer.bytes(), file);
      const changes = layer.index();
      const descriptor: Descriptor = {
        mediaType: layerMediaType("oci", "none"),
        digest: changes.diffId,
        size: changes.tarSizeBytes,
      };
      const isOurs = (digest: string) => digest === changes.diffId;
      await write(
        exportImage(
          {
            tree: async () => mergeLayers([...indexes, changes]),
            layerIndex: async (layer, diffId) =>
              isOurs(layer.digest) ? changes : store.layerIndex(layer, diffId),
            blobs: {
              ...store.blobs,
              open: async (digest, range) =>
                isOurs(digest) ? Bun.file(file).stream() : store.blobs.open(digest, range),
            },
          },
          {
            manifest: { ...image.manifest, layers: [...image.manifest.layers, descriptor] },
            config: {
              ...image.config,
              rootfs: {
                ...image.config.rootfs,
                diff_ids: [...image.config.rootfs.diff_ids, changes.diffId],
              },
            },
          },
        ),
      );
    } finally {
      await work.dispose();
    }
  });
}

async function spool(source: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of source) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}
