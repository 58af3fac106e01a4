/**
 * How overlay marks are written: `trusted` with CAP_SYS_ADMIN in the initial user namespace, `user` inside a user namespace
 * (mount option userxattr).
 */
export type OverlayXattrs = "trusted" | "user";

/** On a directory: nothing of lower directories shows through. The value is `y`. */
export function opaqueXattr(xattrs: OverlayXattrs): string {
  return `${xattrs}.overlay.opaque`;
}

/** Where single-uid unpacking keeps the true owner of a file or directory, as `uid:gid`. Absent: 0:0. */
export const ownerXattr = "user.kasane.owner";

/**
 * True for xattrs that say how a directory tree is mounted or kept, not what is in the image. From an image they are an attack: an
 * overlay redirect or metacopy mark makes one file show another.
 */
export function isBookkeepingXattr(key: string): boolean {
  return bookkeeping.some((prefix) => key.startsWith(prefix));
}

const bookkeeping = ["trusted.overlay.", "user.overlay.", "user.fuseoverlayfs.", "user.kasane."];
