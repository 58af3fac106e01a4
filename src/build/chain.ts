import type { ImageLayer } from "../image/mod.ts";
import { type Digest, digestOf } from "../oci/mod.ts";

/**
 * What a stack of layers is, by content: OCI's chainID (image-spec config.md, "Layer ChainID"). Two builds that got to the same files by
 * different ways have the same chain.
 */
export function chainOf(layers: readonly Pick<ImageLayer, "diffId">[]): Digest | "scratch" {
  let chain: Digest | undefined;
  for (const { diffId } of layers) chain = chain === undefined ? diffId : digestOf(`${chain} ${diffId}`);
  return chain ?? "scratch";
}
