import { lstat, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isSelfContained, type LayerEntry, type LayerIndex } from "../layer/mod.ts";
import { mapConcurrent } from "../lib/mod.ts";
import { bootId, type UnpackedLayer } from "./unpacked.ts";

/**
 * Whether a layer that was unpacked before the machine started is whole, noting it so that it is asked once. Unpacking does not wait for the
 * disk (syncing a base image takes seconds); a power cut right after it leaves files that are shorter than they were, and file systems
 * with a journal never leave less than that. So sizes tell.
 */
export async function isUnpackedWhole(
  directory: string,
  layer: UnpackedLayer,
  index: LayerIndex,
): Promise<boolean> {
  if (layer.bootId === undefined || layer.bootId === bootId()) return true;
  // Entries behind symlinks are not where their names say; such layers are rare and simply unpacked again.
  if (!isSelfContained(index)) return false;
  const entries = new Map<string, LayerEntry>(index.entries.map((entry) => [entry.path, entry]));
  const files = [...entries.values()].filter((entry) => entry.type === "file" && entry.sizeBytes > 0);
  let isWhole = true;
  await mapConcurrent(files, 16, async ({ path, sizeBytes }) => {
    const found = isWhole ? await lstat(join(directory, "fs", path)).catch(() => undefined) : undefined;
    if (found?.size !== sizeBytes) isWhole = false;
  });
  if (!isWhole) return false;
  const { bootId: _, ...settled } = layer;
  const temporary = join(directory, `layer.json.${crypto.randomUUID().slice(0, 8)}`);
  await writeFile(temporary, JSON.stringify(settled));
  await rename(temporary, join(directory, "layer.json"));
  return true;
}
