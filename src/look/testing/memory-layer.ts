import { indexLayer, type LayerEntry } from "../../layer/mod.ts";
import { layerTar, type TestEntry } from "../../layer/testing/layer-tar.ts";
import { digestOf, mediaTypes } from "../../oci/mod.ts";
import type { LayerView } from "../layer-view.ts";

/** A layer of which only the entries are there; counts how often somebody asks for them. */
export function memoryLayer(entries: readonly LayerEntry[]): { view: LayerView; reads: () => number } {
  let count = 0;
  const digest = digestOf("a layer");
  const view: LayerView = {
    descriptor: { mediaType: mediaTypes.ociLayer, digest, size: 0 },
    diffId: digest,
    async entries() {
      count++;
      return entries;
    },
    // biome-ignore lint/correctness/useYield: it has no contents
    async *contents() {
      throw new Error("this layer has no contents");
    },
  };
  return { view, reads: () => count };
}

/** The entries that a layer of these members has. */
export async function indexOf(members: readonly (TestEntry | string)[]): Promise<readonly LayerEntry[]> {
  return (await indexLayer([await layerTar(members)])).entries;
}
