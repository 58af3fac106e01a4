import type { Compression } from "../layer/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { type Annotations, formatPlatform, type Platform } from "../oci/mod.ts";

/** How an image is written down; what is in its files does not depend on it. */
export interface ImageShape {
  readonly mediaTypes: "oci" | "docker";
  /** Of the layers that the build made. */
  readonly compression: Compression;
  readonly compressionLevel?: number | undefined;
  /** The base's layers get the compression too. */
  readonly forceCompression: boolean;
  readonly annotations: readonly ImageAnnotation[];
}

/** What an annotation can stand on. A descriptor's stands where its manifest or index is named: in the index, or the layout's index.json. */
export const annotationLevels = ["manifest", "manifest-descriptor", "index", "index-descriptor"] as const;
export type AnnotationLevel = (typeof annotationLevels)[number];

export interface ImageAnnotation {
  readonly level: AnnotationLevel;
  /** Only of this platform's manifest; absent for all. */
  readonly platform?: Platform;
  readonly key: string;
  readonly value: string;
}

/** Those of one level that are for one platform; undefined where there is none. A platform's own win. */
export function annotationsAt(
  annotations: readonly ImageAnnotation[],
  level: AnnotationLevel,
  platform?: Platform,
): Annotations | undefined {
  const shown = platform && formatPlatform(platform);
  const chosen = annotations.filter((each) => each.level === level);
  const general = chosen.filter((each) => !each.platform);
  const own = chosen.filter((each) => each.platform && formatPlatform(each.platform) === shown);
  const all = [...general, ...own];
  return all.length === 0 ? undefined : Object.fromEntries(all.map(({ key, value }) => [key, value]));
}

/**
 * As BuildKit has it, an annotation that has no place is refused rather than lost.
 * @throws KasaneError `usage`
 */
export function checkAnnotations({ annotations, mediaTypes: family }: ImageShape, isIndex: boolean): void {
  const above = annotations.find(({ level }) => level.startsWith("index"));
  if (above && !isIndex) {
    throw new KasaneError(
      "usage",
      `the annotation ${above.key} is for an index, and an image of one platform has none`,
      { hint: "put it on the manifest: --annotation KEY=VALUE; or build for several platforms" },
    );
  }
  const [first] = annotations;
  if (!first || family === "oci") return;
  throw new KasaneError("usage", `Docker's media types have no place for the annotation ${first.key}`, {
    hint: "leave --format docker or oci-mediatypes=false out",
  });
}
