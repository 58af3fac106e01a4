import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pairLayers } from "../image/mod.ts";
import { chainIds, digestHex, type ImageConfig, type ImageManifest } from "../oci/mod.ts";
import { readUnpacked } from "./unpacked.ts";

/** Where an image's layers are unpacked, base first; undefined for one that nothing has needed yet. Unpacks nothing. */
export async function unpackedDirectories(
  root: string,
  { manifest, config }: { manifest: ImageManifest; config: ImageConfig },
): Promise<(string | undefined)[]> {
  const diffIds = pairLayers(manifest, config).map(({ diffId }) => diffId);
  const chain = chainIds(diffIds);
  const directory = join(root, "unpacked");
  const names = await readdir(directory);
  return Promise.all(
    diffIds.map(async (diffId, position) => {
      // See unpackedKey(): what follows says how the files were written, which is the business of whoever mounts them.
      const keys = [digestHex(diffId), `${digestHex(chain[position]!)}-chain`];
      const own = names.filter((name) => keys.includes(name.replace(/(-user)?(-single)?$/, "")));
      for (const name of own) {
        const path = join(directory, name);
        if ((await readUnpacked(path)) !== undefined) return join(path, "fs");
      }
      return undefined;
    }),
  );
}
