import { newImage } from "../../image/mod.ts";
import { layerTar, type TestEntry } from "../../layer/testing/layer-tar.ts";
import type { LocalImage, LocalStore } from "../local-store.ts";

/** An image of these layers, base first, written and named `docker.io/library/<name>:latest` as a build does it. */
export async function imageOfLayers(
  store: LocalStore,
  name: string,
  layers: (TestEntry | string)[][],
): Promise<LocalImage> {
  await store.withLease("build", async (lease) => {
    const written = [];
    for (const entries of layers) {
      const tar = await layerTar(entries);
      written.push(await store.writeLayer({ tar: [tar] }, { lease, compression: "gzip", mediaTypes: "oci" }));
    }
    const image = newImage({
      platform: { os: "linux", architecture: "amd64" },
      layers: written,
      history: [],
    });
    const sink = store.sink({ lease, names: [`docker.io/library/${name}:latest`] });
    await sink.putBlob(image.configDescriptor, async () => new Blob([image.configBytes]).stream());
    await sink.putManifest(image.raw, { isRoot: true });
  });
  return store.find(name);
}
