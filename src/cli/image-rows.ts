import { digestHex, familiarName, parseReference, shortDigest } from "../oci/mod.ts";
import type { LocalImage, LocalStore } from "../store/mod.ts";

/** A line of `images`: one for each name of an image, `<none>` for a dangling one. */
export interface ImageRow {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly id: string;
  readonly createdAtMs: number | undefined;
  readonly sizeBytes: number;
  readonly image: LocalImage;
}

export async function imageRows(store: LocalStore, options: { truncateIds: boolean }): Promise<ImageRow[]> {
  const rows: ImageRow[] = [];
  for (const image of await store.list()) {
    const common = {
      id: options.truncateIds ? shortDigest(image.id) : image.id,
      createdAtMs: createdAtMs(image),
      sizeBytes: await unpackedSize(store, image),
      digest: image.record.target,
      image,
    };
    const names = image.record.names.map((name) => parseReference(name));
    if (names.length === 0) rows.push({ repository: "<none>", tag: "<none>", ...common });
    for (const name of names) {
      rows.push({ repository: familiarName(name), tag: name.tag ?? "<none>", ...common });
    }
  }
  // Newest first, as docker lists them; names in order where the time is the same.
  return rows.sort(
    (a, b) =>
      (b.createdAtMs ?? 0) - (a.createdAtMs ?? 0) ||
      compare(a.repository, b.repository) ||
      compare(a.tag, b.tag),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** When the image was built here; else what its config says. */
export function createdAtMs(image: LocalImage): number | undefined {
  if (image.record.builtAtMs !== undefined) return image.record.builtAtMs;
  return image.config.created === undefined ? undefined : Date.parse(image.config.created);
}

/** What the image's files take when unpacked, bytes. */
export async function unpackedSize(store: LocalStore, image: LocalImage): Promise<number> {
  let total = 0;
  for (const layer of image.manifest.layers) total += await layerSize(store, layer.digest);
  return total;
}

/** Sum of a layer's file contents, bytes; 0 where the layer is not here. */
export async function layerSize(store: LocalStore, blob: LocalImage["id"]): Promise<number> {
  return (await store.meta.layers.byBlob(blob))?.contentSizeBytes ?? 0;
}

/** True when `id` (any length, with or without the algorithm) is the beginning of the image's ID. */
export function isIdPrefix(id: string, image: LocalImage): boolean {
  const hex = id.startsWith("sha256:") ? id.slice("sha256:".length) : id;
  return /^[0-9a-f]+$/.test(hex) && digestHex(image.id).startsWith(hex);
}
