import type { LayerIndex } from "./entry.ts";

/**
 * Whether other engines take a layer as it stands. Docker and podman refuse sparse files, and a layer that names a path twice; what
 * flattenLayers() makes of such a layer they take.
 */
export function isPortable({ entries }: Pick<LayerIndex, "entries">): boolean {
  const seen = new Set<string>();
  for (const { path, type, sparseOffset } of entries) {
    // A mark has a name of its own in the archive.
    if (type === "whiteout" || type === "opaque") continue;
    if (sparseOffset !== undefined || seen.has(path)) return false;
    seen.add(path);
  }
  return true;
}
