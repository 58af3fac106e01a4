import type { TarEntry } from "../tar/mod.ts";

/** A further name of a file that is in the archive already. */
export function hardLink(entry: TarEntry, target: string): TarEntry {
  const { path, mode, uid, gid, modified } = entry;
  return { path, type: "hardlink", mode, uid, gid, sizeBytes: 0, modified, linkTarget: target };
}
