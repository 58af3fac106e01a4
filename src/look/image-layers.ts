import { type Digest, familiarReference, parseReference, shortDigest } from "../oci/mod.ts";
import { type LocalStore, layerContentBytes } from "../store/mod.ts";
import type { ImageView } from "./image-view.ts";
import { layerInstructions } from "./layer-instructions.ts";

/** A layer of an image as `image tree` tells of it. */
export interface LayerFacts {
  /** 1 = base. */
  readonly number: number;
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly mediaType: string;
  /** Bytes as they are transferred. */
  readonly sizeBytes: number;
  /** Bytes of its files; absent where nobody has looked into it yet. */
  readonly contentBytes?: number;
  /** What made it; `""` where the image does not tell. */
  readonly instruction: string;
  /** Other images of the store that have the same layer. */
  readonly sharedWith: readonly string[];
}

/** The layers of an image, base first. Nothing of them is fetched. */
export async function imageLayers(image: ImageView, store: LocalStore): Promise<LayerFacts[]> {
  const instructions = layerInstructions(image.config);
  const users = await usersOfLayers(store, image.id);
  return Promise.all(
    image.layers.map(async ({ descriptor, diffId }, index) => {
      const contentBytes = await contentBytesOf(store, descriptor.digest, diffId);
      return {
        number: index + 1,
        digest: descriptor.digest,
        diffId,
        mediaType: descriptor.mediaType,
        sizeBytes: descriptor.size,
        ...(contentBytes !== undefined && { contentBytes }),
        instruction: instructions[index]!,
        sharedWith: users.get(diffId) ?? [],
      };
    }),
  );
}

async function contentBytesOf(store: LocalStore, blob: Digest, diffId: Digest): Promise<number | undefined> {
  const record = await store.meta.layers.byBlob(blob);
  if (record !== undefined) return record.contentSizeBytes;
  const index = await store.knownLayerIndex(diffId);
  return index && layerContentBytes(index);
}

/** Names of the store's other images by the diffIDs of their layers. */
async function usersOfLayers(store: LocalStore, own: Digest): Promise<Map<Digest, string[]>> {
  const users = new Map<Digest, string[]>();
  for (const { record, config, id } of await store.list()) {
    if (id === own) continue;
    const name = record.names[0];
    const shown = name === undefined ? shortDigest(id) : familiarReference(parseReference(name));
    for (const diffId of new Set(config.rootfs.diff_ids))
      users.set(diffId, [...(users.get(diffId) ?? []), shown]);
  }
  return users;
}
