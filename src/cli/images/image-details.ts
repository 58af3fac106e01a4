import { readChild, readConfig } from "../../image/mod.ts";
import { mapConcurrent } from "../../lib/mod.ts";
import {
  type Descriptor,
  formatPlatform,
  formatReference,
  type ImageConfig,
  isAttestation,
  isManifestType,
  normalizePlatform,
  type Reference,
} from "../../oci/mod.ts";
import type { LocatedImage } from "../../sync/mod.ts";

type Row = readonly [label: string, value: string];

/** What `imagetools inspect` prints of an image or index: labels and values in columns of their own for each child. */
export function imageText(image: LocatedImage, reference: Reference): string {
  const { raw, manifest } = image;
  const head = columns([
    ["Name:", formatReference(reference)],
    ["MediaType:", raw.mediaType],
    ["Digest:", raw.digest],
  ]);
  if (manifest.kind === "manifest") return head;
  let text =
    head +
    columns([
      ["", ""],
      ["Manifests:", ""],
    ]);
  // Rows share their columns until annotations, which have columns of their own, come between.
  let rows: Row[] = [];
  for (const [index, child] of manifest.manifests.entries()) {
    if (index > 0) rows.push(["", ""]);
    const noted = childRows(child, reference, rows);
    if (noted.length === 0) continue;
    text += columns(rows) + columns(noted);
    rows = [];
  }
  return text + columns(rows);
}

/** Adds to `rows` what is said of a child. @returns its annotations */
function childRows(child: Descriptor, reference: Reference, rows: Row[]): Row[] {
  const { platform, urls = [], annotations = {} } = child;
  rows.push(["  Name:", formatReference({ ...reference, digest: child.digest })]);
  rows.push(["  MediaType:", child.mediaType]);
  if (!platform) return [];
  rows.push(["  Platform:", formatPlatform(platform)]);
  if (platform["os.version"]) rows.push(["  OSVersion:", platform["os.version"]]);
  if (platform["os.features"]?.length) rows.push(["  OSFeatures:", platform["os.features"].join(", ")]);
  if (urls.length > 0) rows.push(["  URLs:", urls.join(", ")]);
  const noted = Object.entries(annotations).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (noted.length > 0) rows.push(["  Annotations:", ""]);
  return noted.map(([key, value]): Row => [`    ${key}:`, value]);
}

/** Go's tabwriter with a padding of one: the first column is as wide as its widest cell. */
function columns(rows: readonly Row[]): string {
  const width = Math.max(0, ...rows.map(([label]) => label.length)) + 1;
  return rows.map(([label, value]) => `${label.padEnd(width)}${value}\n`).join("");
}

/** What templates can ask of it, by the names buildx has. Configs are read side by side. */
export async function imageDetails(
  image: LocatedImage,
  name: string,
): Promise<{ details: object; isMany: boolean }> {
  const { raw, manifest, source } = image;
  const own = { mediaType: raw.mediaType, digest: raw.digest, size: raw.bytes.length };
  if (manifest.kind === "manifest") {
    const { config } = await readConfig(source, manifest);
    return { details: { name, manifest: own, image: config }, isMany: false };
  }
  const images = manifest.manifests.filter(
    (child) => isManifestType(child.mediaType) && !isAttestation(child),
  );
  const configs = await mapConcurrent(images, 4, async (child): Promise<[string, ImageConfig]> => {
    const read = await readChild(source, child);
    if (read.manifest.kind === "index") throw new Error("a manifest type is no index");
    const { config } = await readConfig(source, read.manifest);
    return [formatPlatform(normalizePlatform(child.platform ?? config)), config];
  });
  const isMany = configs.length > 1;
  const details = {
    name,
    manifest: {
      schemaVersion: 2,
      ...own,
      manifests: manifest.manifests,
      ...(manifest.annotations && { annotations: manifest.annotations }),
    },
    image: isMany ? Object.fromEntries(configs.toSorted()) : configs[0]?.[1],
  };
  return { details, isMany };
}
