import {
  type Annotations,
  type Descriptor,
  type Digest,
  encodeManifest,
  type ImageIndex,
  mediaTypes,
} from "../oci/mod.ts";

/**
 * The index of `children` as they are: of Docker's type where all of them are and nothing needs OCI's, as buildx has it. Children are
 * only named, so their bytes and digests stay what they were.
 */
export function composeIndex(children: readonly Descriptor[], annotations: Annotations = {}): ImageIndex {
  const needsOci =
    children.length === 0 ||
    Object.keys(annotations).length > 0 ||
    children.some(
      (child) => child.annotations !== undefined || !child.mediaType.startsWith("application/vnd.docker."),
    );
  return {
    kind: "index",
    mediaType: needsOci ? mediaTypes.ociIndex : mediaTypes.dockerManifestList,
    manifests: children,
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}

/** Each child once, where it came first. Of one that comes again the platform replaces, the annotations add up. */
export function mergeChildren(children: readonly Descriptor[]): Descriptor[] {
  const merged = new Map<Digest, Descriptor>();
  for (const child of children) {
    const before = merged.get(child.digest);
    const annotations = { ...before?.annotations, ...child.annotations };
    merged.set(child.digest, {
      ...(before ?? child),
      ...(child.platform && { platform: child.platform }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    });
  }
  return [...merged.values()];
}

/** The same content as Go programs indent it, so that whoever compares digests with theirs finds the same. */
export function encodeIndented(index: ImageIndex): Uint8Array {
  const compact = new TextDecoder().decode(encodeManifest(index).bytes);
  const indented = JSON.stringify(JSON.parse(compact), undefined, 2);
  const escaped = indented.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return new TextEncoder().encode(escaped);
}
