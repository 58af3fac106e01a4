import { readFile } from "node:fs/promises";
import type { BlobLocator, BlobReader } from "../blob/mod.ts";
import { collect, KasaneError } from "../lib/mod.ts";
import {
  configLimitBytes,
  type ImageConfig,
  type ImageManifest,
  isImageConfigType,
  parseConfig,
} from "../oci/mod.ts";

/**
 * The config of an image of this store. Blobs were checked when they came in and are not hashed again.
 * @throws KasaneError `unsupported` for artifacts, `invalid-config`, `limit-exceeded`, `not-found`
 */
export async function readConfig(
  blobs: BlobReader & BlobLocator,
  { config, artifactType }: Pick<ImageManifest, "config" | "artifactType">,
): Promise<ImageConfig> {
  if (!isImageConfigType(config.mediaType)) {
    throw new KasaneError(
      "unsupported",
      `this is not a container image but an artifact of type ${artifactType ?? config.mediaType}`,
      { hint: "it can be pulled, pushed and saved; run, build and export need an image" },
    );
  }
  // A list of images reads a thousand of these: one call for a file instead of a stream.
  const location = await blobs.locate(config.digest);
  if (location?.kind === "file" && location.sizeBytes <= configLimitBytes) {
    return parseConfig(await readFile(location.path));
  }
  const what = `image config ${config.digest}`;
  return parseConfig(await collect(await blobs.open(config.digest), configLimitBytes, what));
}
