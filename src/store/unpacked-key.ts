import { isSelfContained, type LayerIndex } from "../layer/mod.ts";
import { type Digest, digestHex, digestOf } from "../oci/mod.ts";
import type { Ownership } from "./ownership.ts";

/** Digests of the layers up to each one (image-spec config.md, "Layer ChainID"). */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds)
    chain.push(chain.length === 0 ? diffId : digestOf(`${chain.at(-1)} ${diffId}`));
  return chain;
}

/**
 * The directory name of a layer: by diffID where it means the same everywhere, else by chainID. Processes that write file trees in
 * different ways (overlay marks, owners) do not share them.
 */
export function unpackedKey(index: LayerIndex, chainId: Digest, { xattrs, ownership }: Ownership): string {
  const identity = isSelfContained(index) ? digestHex(index.diffId) : `${digestHex(chainId)}-chain`;
  return `${identity}${xattrs === "user" ? "-user" : ""}${ownership === "ignore" ? "-single" : ""}`;
}
