import { digestHex, formatPlatform, type Platform } from "../../oci/mod.ts";
import type { ImageSpace, PlatformSpace, Space } from "../../store/mod.ts";
import type { ImageSummary } from "../images/image-summaries.ts";

/** What JSON tells of sizes: bytes, so that programs can calculate. */
export function spaceFields({
  transferredBytes,
  storedBytes,
  unpackedBytes,
  sharedBytes,
  freedBytes,
}: Space) {
  return {
    TransferredBytes: transferredBytes,
    StoredBytes: storedBytes,
    UnpackedBytes: unpackedBytes,
    SharedBytes: sharedBytes,
    FreedBytes: freedBytes,
  };
}

/** The platform of an image manifest; where its index says none, or there is no index, what its config says. */
export function knownPlatform(
  summary: ImageSummary,
  { manifest, platform }: PlatformSpace,
): Platform | undefined {
  return platform ?? (manifest === summary.manifest ? summary.platform : undefined);
}

export function shownPlatform(platform: Platform | undefined): string {
  return platform ? formatPlatform(platform) : "unknown";
}

export function shortId(id: ImageSummary["id"]): string {
  return digestHex(id).slice(0, 12);
}

/** The whole of an image for programs. */
export function spaceObject(summary: ImageSummary, space: ImageSpace, names: readonly string[]) {
  return {
    Names: names,
    ID: summary.id,
    Target: space.target,
    KeptBy: space.keptBy,
    ...spaceFields(space),
    Platforms: space.platforms.map((platform) => ({
      Platform: shownPlatform(knownPlatform(summary, platform)),
      ID: platform.id,
      Manifest: platform.manifest,
      ...spaceFields(platform),
    })),
  };
}
