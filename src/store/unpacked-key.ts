import { type Digest, digestHex } from "../oci/mod.ts";
import type { Ownership } from "./ownership.ts";

/**
 * The directory names that a layer can have: by diffID where it means the same everywhere, else by chainID. Processes that write file trees in
 * different ways (overlay marks, owners) do not share them.
 */
export function possibleKeys(diffId: Digest, chainId: Digest, { xattrs, ownership }: Ownership) {
  const kind = `${xattrs === "user" ? "-user" : ""}${ownership === "ignore" ? "-single" : ""}`;
  return { alone: digestHex(diffId) + kind, leaning: `${digestHex(chainId)}-chain${kind}` };
}
