/**
 * The xattr of an upper directory that fuse-overlayfs writes. Where it may make no devices, which is where the kernel makes no overlay, it marks
 * what is gone as layers do: `.wh.NAME`, and `.wh..wh..opq` in a directory that hides what is below.
 */
export const fuseUpperXattr = "user.kasane.fuse";
