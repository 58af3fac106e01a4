import { isSelfContained, type LayerIndex } from "../layer/mod.ts";
import { type Digest, digestHex } from "../oci/mod.ts";
import type { Ownership } from "./ownership.ts";

/**
 * The directory name of a layer: by diffID where it means the same everywhere, else by chainID. Processes that write file trees in
 * different ways (overlay marks, owners) do not share them.
 */
export function unpackedKey(index: LayerIndex, chainId: Digest, { xattrs, ownership }: Ownership): string {
  const identity = isSelfContained(index) ? digestHex(index.diffId) : `${digestHex(chainId)}-chain`;
  return `${identity}${xattrs === "user" ? "-user" : ""}${ownership === "ignore" ? "-single" : ""}`;
}
