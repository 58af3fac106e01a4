import type { ImageLayer } from "../image/mod.ts";
import { chainIds, type Digest } from "../oci/mod.ts";

/**
 * What a stack of layers is, by content: OCI's chainID (image-spec config.md, "Layer ChainID"). Two builds that got to the same files by
 * different ways have the same chain.
 */
export function chainOf(layers: readonly Pick<ImageLayer, "diffId">[]): Digest | "scratch" {
  return chainIds(layers.map((layer) => layer.diffId)).at(-1) ?? "scratch";
}
