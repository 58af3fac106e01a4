import { formatPlatform, type Platform } from "../oci/mod.ts";

/** Each platform once, in the order they were asked for. */
export function distinctPlatforms(platforms: readonly Platform[] = []): Platform[] {
  return [...new Map(platforms.map((platform) => [formatPlatform(platform), platform])).values()];
}
