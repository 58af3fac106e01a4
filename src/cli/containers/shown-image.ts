import type { Container } from "../../container/mod.ts";
import { isKasaneError } from "../../lib/errors.ts";
import { digestHex, familiarReference, parseReference } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";

/**
 * Containers as lists tell of them: their image by the name it was asked for while that name means it, else by its ID: since then the name
 * was taken away or given to another image.
 */
export async function withShownImages(
  store: LocalStore,
  containers: readonly Container[],
): Promise<Container[]> {
  const known = new Map<string, Promise<boolean>>();
  return Promise.all(
    containers.map(async (container) => {
      const { settings, manifest } = container;
      const key = `${manifest} ${settings.image}`;
      const isNamedSo = known.get(key) ?? means(store, settings.image, container);
      known.set(key, isNamedSo);
      return (await isNamedSo)
        ? container
        : { ...container, settings: { ...settings, image: settings.imageId } };
    }),
  );
}

async function means(store: LocalStore, name: string, { settings, manifest }: Container): Promise<boolean> {
  try {
    const { id, record } = await store.find(name);
    if (id === settings.imageId) return true;
    // A container of another platform's image.
    const root = await store.meta.manifests.get(record.target);
    return root?.children.some(({ digest }) => digest === manifest) ?? false;
  } catch (error) {
    if (!isKasaneError(error, "not-found") && !isKasaneError(error, "conflict")) return true;
    return false;
  }
}

/** Twelve digits of an ID, a name as people write it and without its digest. */
export function shortImage({ image, imageId }: Pick<Container["settings"], "image" | "imageId">): string {
  const id = digestHex(imageId).slice(0, 12);
  if (image.replace(/^sha256:/, "").startsWith(id)) return id;
  try {
    const { digest: _, ...named } = parseReference(image);
    return familiarReference(named);
  } catch {
    return image;
  }
}
