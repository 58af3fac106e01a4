import { isKasaneError, KasaneError } from "../lib/mod.ts";
import {
  type Descriptor,
  type Digest,
  encodeManifest,
  type ImageIndex,
  isAttestation,
  isIndexType,
  isManifestType,
  mediaTypes,
  type RawManifest,
} from "../oci/mod.ts";
import { indexLimitDepth, type ReadManifest, readChild, readRoot } from "./manifest-tree.ts";
import { familyOf, type ManifestFamily, manifestInFamily } from "./media-family.ts";
import type { ImageSource } from "./source.ts";

const subjectDigestAnnotation = "vnd.docker.reference.digest";

/**
 * The image with the media types of one family: skopeo, podman and umoci take nothing but OCI types from an OCI layout.
 * Configs and layers are untouched, so image ID and diffIDs stay; a manifest that changes gets another digest, one that does
 * not is passed on byte for byte.
 * @throws KasaneError `unsupported` for artifacts that are to become Docker's
 */
export function convertSource(source: ImageSource, family: ManifestFamily): ImageSource {
  const made = new Map<Digest, RawManifest>();
  let root: Promise<RawManifest> | undefined;

  const convert = async ({ raw, manifest }: ReadManifest, depth: number): Promise<RawManifest> => {
    if (manifest.kind === "index") return convertIndex(raw, manifest, depth);
    const changed = manifestInFamily(manifest, family);
    return keep(changed === manifest ? raw : encodeManifest(changed));
  };

  const convertIndex = async (raw: RawManifest, index: ImageIndex, depth: number): Promise<RawManifest> => {
    if (depth >= indexLimitDepth) {
      throw new KasaneError(
        "limit-exceeded",
        `indexes are nested deeper than the limit of ${indexLimitDepth}`,
      );
    }
    const renamed = new Map<string, Digest>();
    const children: Descriptor[] = [];
    for (const child of index.manifests) {
      const now = await convertChild(child, depth);
      if (now && now.digest !== child.digest) renamed.set(child.digest, now.digest);
      children.push(
        now ? { ...child, mediaType: now.mediaType, digest: now.digest, size: now.bytes.length } : child,
      );
    }
    if (renamed.size === 0 && familyOf(index) === family) return keep(raw);
    const { annotations, subject, artifactType, ...rest } = index;
    return keep(
      encodeManifest({
        ...rest,
        ...(family === "oci" && annotations ? { annotations } : {}),
        ...(family === "oci" && subject ? { subject } : {}),
        ...(family === "oci" && artifactType ? { artifactType } : {}),
        mediaType: family === "docker" ? mediaTypes.dockerManifestList : mediaTypes.ociIndex,
        manifests: children.map((child) => pointAtRenamed(child, renamed)),
      }),
    );
  };

  /** undefined for what stays as it is: no manifest, an attestation, or not in the source. */
  const convertChild = async (child: Descriptor, depth: number): Promise<RawManifest | undefined> => {
    if (!isManifestType(child.mediaType) && !isIndexType(child.mediaType)) return undefined;
    if (isAttestation(child)) return undefined;
    try {
      return await convert(await readChild(source, child), depth + 1);
    } catch (error) {
      if (isKasaneError(error, "not-found")) return undefined;
      throw error;
    }
  };

  const keep = (raw: RawManifest) => {
    made.set(raw.digest, raw);
    return raw;
  };

  const rootOnce = () => {
    root ??= readRoot(source).then((read) => convert(read, 0));
    return root;
  };
  return {
    root: rootOnce,
    async manifest(digest) {
      await rootOnce();
      return made.get(digest) ?? source.manifest(digest);
    },
    blob: (descriptor, range) => source.blob(descriptor, range),
  };
}

/** An attestation says which manifest it is about by digest. */
function pointAtRenamed(child: Descriptor, renamed: ReadonlyMap<string, Digest>): Descriptor {
  const now = renamed.get(child.annotations?.[subjectDigestAnnotation] ?? "");
  if (!now) return child;
  return { ...child, annotations: { ...child.annotations, [subjectDigestAnnotation]: now } };
}
