import { isBookkeepingXattr } from "./overlay.ts";

/**
 * The xattrs that belong to an image. Not those of overlay mounts and of Kasane, and of the `security.` and `system.` namespaces
 * only capabilities and ACLs: labels of a security module are the machine's, not the image's.
 */
export function isImageXattr(key: string): boolean {
  if (key.startsWith("user.") || key.startsWith("trusted.")) return !isBookkeepingXattr(key);
  return (
    key === "security.capability" || key === "system.posix_acl_access" || key === "system.posix_acl_default"
  );
}

const none: ReadonlyMap<string, Uint8Array> = new Map();

/** The image's share of the xattrs of a file, as they stand in a layer. */
export function imageXattrs(
  all: ReadonlyMap<string, Uint8Array> | undefined,
): ReadonlyMap<string, Uint8Array> {
  if (all === undefined || all.size === 0) return none;
  const kept = new Map<string, Uint8Array>();
  for (const [key, value] of all) {
    if (isImageXattr(key)) kept.set(key, key === "security.capability" ? portableCapability(value) : value);
  }
  return kept;
}

const version2 = 0x02;
const version3 = 0x03;
const version2Bytes = 20;

/**
 * Capabilities set inside a user namespace carry the uid of its root (struct vfs_ns_cap_data, version 3), which means nothing
 * anywhere else: version 2 is the same without it.
 */
function portableCapability(value: Uint8Array): Uint8Array {
  // The version is the top byte of a little-endian word.
  if (value.length <= version2Bytes || value[3] !== version3) return value;
  const portable = value.slice(0, version2Bytes);
  portable[3] = version2;
  return portable;
}

export function equalXattrs(a: ReadonlyMap<string, Uint8Array>, b: ReadonlyMap<string, Uint8Array>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}
