import { readFileSync, statSync } from "node:fs";
import type { BlobReader } from "../blob/mod.ts";
import { KasaneError } from "../lib/errors.ts";
import { isImageConfigType } from "../oci/media-type.ts";
import type { Digest, ImageConfig, ImageManifest } from "../oci/mod.ts";
import { configLimitBytes, parseConfig } from "../oci/parse-config.ts";
import { blobFile } from "./blob-file.ts";

/**
 * The config of an image of this store. Blobs were checked when they came in and are not hashed again.
 * @throws KasaneError `unsupported` for artifacts, `invalid-config`, `limit-exceeded`, `not-found`
 */
export async function readConfig(
  store: { readonly root: string; readonly blobs: BlobReader },
  { config, artifactType }: Pick<ImageManifest, "config" | "artifactType">,
): Promise<ImageConfig> {
  if (!isImageConfigType(config.mediaType)) {
    throw new KasaneError(
      "unsupported",
      `this is not a container image but an artifact of type ${artifactType ?? config.mediaType}`,
      { hint: "it can be pulled, pushed and saved; run, build and export need an image" },
    );
  }
  const small = readSmallFile(store.root, config.digest);
  if (small !== undefined) return parseConfig(small);
  const { collect } = await import("../lib/stream.ts");
  const what = `image config ${config.digest}`;
  return parseConfig(await collect(await store.blobs.open(config.digest), configLimitBytes, what));
}

/**
 * At once: a list reads a thousand of these, and the code and threads that a stream needs take longer than a command that shows one image.
 * Undefined where that cannot be done: the stream says why.
 */
function readSmallFile(root: string, digest: Digest): Uint8Array | undefined {
  try {
    const path = blobFile(root, digest);
    const status = statSync(path);
    return status.isFile() && status.size <= configLimitBytes ? readFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}
