import { collect, KasaneError } from "../lib/mod.ts";
import {
  configLimitBytes,
  type Descriptor,
  formatPlatform,
  hostPlatform,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  imageChildren,
  isImageConfigType,
  isIndexType,
  type Platform,
  parseConfig,
  platformOf,
  selectPlatform,
} from "../oci/mod.ts";
import { indexLimitDepth, type ReadManifest, readChild } from "./manifest-tree.ts";
import type { ImageSource } from "./source.ts";
import { verified } from "./verified.ts";

/** Most manifests and configs read to find a platform in an index that does not say it. */
const lookupLimit = 256;

/** An image manifest chosen for a platform, with the descriptor that led to it where it came out of an index. */
export interface ResolvedImage extends ReadManifest<ImageManifest> {
  readonly descriptor?: Descriptor;
}

/**
 * The image manifest of `root` for `platform`: itself, or the best child of an index. Without `platform` an index is resolved
 * for the host, and a single manifest is taken whatever it is for.
 * @throws KasaneError `not-found` when there is none for that platform, with those there are in the hint
 */
export async function resolvePlatform(
  source: ImageSource,
  root: ReadManifest,
  platform: Platform | undefined,
): Promise<ResolvedImage> {
  if (root.manifest.kind === "manifest") {
    if (platform) await checkPlatform(source, root.manifest, platform);
    return { raw: root.raw, manifest: root.manifest };
  }
  const wanted = platform ?? hostPlatform();
  const children = imageChildren(root.manifest);
  // What the index says is enough nearly always; only then are children read to find out.
  const chosen =
    selectPlatform(children.filter(isLeaf), wanted) ??
    selectPlatform(await describeChildren(source, root.manifest), wanted);
  if (!chosen) throw noPlatform(wanted, await describeChildren(source, root.manifest));
  const child = await readChild(source, chosen);
  if (child.manifest.kind === "index") {
    throw new KasaneError("invalid-manifest", `index names the index ${chosen.digest} as an image manifest`);
  }
  return { raw: child.raw, manifest: child.manifest, descriptor: chosen };
}

function isLeaf(child: Descriptor): boolean {
  return !isIndexType(child.mediaType);
}

/** Every image below an index with its platform, taken from its config where the index is silent. */
async function describeChildren(source: ImageSource, index: ImageIndex): Promise<Descriptor[]> {
  let lookups = 0;
  const below = async (from: ImageIndex, depth: number): Promise<Descriptor[]> => {
    const found: Descriptor[] = [];
    for (const child of imageChildren(from)) {
      if (isLeaf(child) && child.platform) found.push(child);
      else if (depth < indexLimitDepth && ++lookups <= lookupLimit) {
        const { manifest } = await readChild(source, child);
        if (manifest.kind === "index") found.push(...(await below(manifest, depth + 1)));
        else if (isImageConfigType(manifest.config.mediaType)) {
          const platform = platformOf((await readConfig(source, manifest)).config);
          found.push({ ...child, platform });
        }
      }
    }
    return found;
  };
  return below(index, 1);
}

async function checkPlatform(source: ImageSource, manifest: ImageManifest, wanted: Platform): Promise<void> {
  if (!isImageConfigType(manifest.config.mediaType)) return;
  const platform = platformOf((await readConfig(source, manifest)).config);
  if (platform.architecture === "" || selectPlatform([{ platform }], wanted)) return;
  throw noPlatform(wanted, [{ platform }]);
}

function noPlatform(wanted: Platform, there: readonly { platform?: Platform }[]): KasaneError {
  const names = [...new Set(there.map(({ platform }) => (platform ? formatPlatform(platform) : "unknown")))];
  return new KasaneError("not-found", `the image has nothing for the platform ${formatPlatform(wanted)}`, {
    hint: names.length > 0 ? `it is there for ${names.slice(0, 20).join(", ")}` : "its index has no images",
  });
}

/** @throws KasaneError `unsupported` for what is stored like an image and is none: charts, signatures, SBOMs */
export function refuseArtifact(manifest: ImageManifest): void {
  if (isImageConfigType(manifest.config.mediaType)) return;
  const type = manifest.artifactType ?? manifest.config.mediaType;
  throw new KasaneError("unsupported", `this is no container image but an artifact of type ${type}`, {
    hint: "it can be pulled, pushed and saved; run, build and export need an image",
  });
}

/** The config of an image manifest, checked. @throws KasaneError `unsupported` for artifacts, `invalid-config`, `digest-mismatch` */
export async function readConfig(
  source: ImageSource,
  manifest: ImageManifest,
): Promise<{ bytes: Uint8Array; config: ImageConfig }> {
  const { config: descriptor } = manifest;
  refuseArtifact(manifest);
  if (descriptor.size > configLimitBytes) {
    throw new KasaneError(
      "limit-exceeded",
      `image config ${descriptor.digest} of ${descriptor.size} bytes is larger than the limit of ${configLimitBytes} bytes`,
    );
  }
  const stream = verified(await source.blob(descriptor), descriptor);
  const bytes = await collect(stream, configLimitBytes, `image config ${descriptor.digest}`);
  return { bytes, config: parseConfig(bytes) };
}
