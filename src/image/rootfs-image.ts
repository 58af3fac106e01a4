import type { Platform, RuntimeConfig } from "../oci/mod.ts";
import { type ComposedImage, newImage } from "./compose-image.ts";
import type { ImageLayer } from "./image.ts";
import type { ManifestFamily } from "./media-family.ts";

export interface RootfsImage {
  /** The whole root file system as one layer that was just written. */
  readonly layer: ImageLayer;
  readonly platform: Platform;
  /** RFC 3339. */
  readonly created: string;
  /** What Dockerfile-like changes came to: CMD, ENV … */
  readonly config?: RuntimeConfig;
  /** `docker import -m`; absent: where it came from. */
  readonly message?: string;
  /** `-`, a file name or a URL. */
  readonly from?: string;
  readonly family?: ManifestFamily;
}

/** An image of one layer, as `docker import` makes it. */
export function imageFromRootfs(rootfs: RootfsImage): ComposedImage {
  const { layer, platform, created, message, from = "-" } = rootfs;
  return newImage({
    platform,
    created,
    layers: [layer],
    history: [{ created, comment: message ?? `Imported from ${from}` }],
    ...(rootfs.config ? { config: rootfs.config } : {}),
    ...(rootfs.family ? { family: rootfs.family } : {}),
  });
}
