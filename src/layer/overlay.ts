/**
 * How overlay marks are written: `trusted` with CAP_SYS_ADMIN in the initial user namespace, `user` inside a user namespace
 * (mount option userxattr).
 */
export type OverlayXattrs = "trusted" | "user";

/** An overlay to be mounted. `lower` has the top layer first. */
export interface OverlayMount {
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly xattrs: OverlayXattrs;
}
