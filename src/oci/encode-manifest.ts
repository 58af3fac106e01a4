import type { Annotations, Descriptor, PlatformFields } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import type { Manifest, RawManifest } from "./manifest.ts";

/** Canonical bytes for a manifest that Kasane makes: fixed key order, no white space, so equal images are equal bytes. */
export function encodeManifest(manifest: Manifest): RawManifest {
  const content =
    manifest.kind === "index"
      ? { manifests: manifest.manifests.map(orderedDescriptor) }
      : { config: orderedDescriptor(manifest.config), layers: manifest.layers.map(orderedDescriptor) };
  const bytes = new TextEncoder().encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifest.mediaType,
      artifactType: manifest.artifactType,
      ...content,
      subject: manifest.subject && orderedDescriptor(manifest.subject),
      annotations: manifest.annotations && sortedAnnotations(manifest.annotations),
    }),
  );
  return { digest: digestOf(bytes), mediaType: manifest.mediaType, bytes };
}

// JSON.stringify() leaves out what is undefined.

function orderedDescriptor(descriptor: Descriptor): object {
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    urls: descriptor.urls,
    annotations: descriptor.annotations && sortedAnnotations(descriptor.annotations),
    data: descriptor.data,
    platform: descriptor.platform && orderedPlatform(descriptor.platform),
    artifactType: descriptor.artifactType,
  };
}

function orderedPlatform(platform: PlatformFields): object {
  return {
    architecture: platform.architecture,
    os: platform.os,
    "os.version": platform["os.version"],
    "os.features": platform["os.features"],
    variant: platform.variant,
  };
}

function sortedAnnotations(annotations: Annotations): object {
  // fromEntries() defines properties, so that a key `__proto__` stays a key.
  return Object.fromEntries(Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
