import type { Descriptor } from "./descriptor.ts";
import { isIndexType, isManifestType } from "./media-type.ts";

/** True for BuildKit's provenance and SBOM children, which describe an image and are none. */
export function isAttestation(descriptor: Descriptor): boolean {
  return descriptor.annotations?.["vnd.docker.reference.type"] !== undefined;
}

/** The children of an index that are manifests or indexes and no attestations. */
export function imageChildren({ manifests }: { readonly manifests: readonly Descriptor[] }): Descriptor[] {
  return manifests.filter(
    (child) => (isManifestType(child.mediaType) || isIndexType(child.mediaType)) && !isAttestation(child),
  );
}
