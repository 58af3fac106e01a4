import { isSelfContained, type LayerIndex } from "../layer/mod.ts";
import { type Digest, digestHex } from "../oci/mod.ts";
import type { Ownership } from "./ownership.ts";

/**
 * The directory name of a layer: by diffID where it means the same everywhere, else by chainID. Processes that write file trees in
 * different ways (overlay marks, owners) do not share them.
 */
export function unpackedKey(index: LayerIndex, chainId: Digest, ownership: Ownership): string {
  const { alone, leaning } = possibleKeys(index.diffId, chainId, ownership);
  return isSelfContained(index) ? alone : leaning;
}

/** Where a layer is that leans on nothing below, and where it is otherwise. */
export function possibleKeys(diffId: Digest, chainId: Digest, { xattrs, ownership }: Ownership) {
  const kind = `${xattrs === "user" ? "-user" : ""}${ownership === "ignore" ? "-single" : ""}`;
  return { alone: digestHex(diffId) + kind, leaning: `${digestHex(chainId)}-chain${kind}` };
}
