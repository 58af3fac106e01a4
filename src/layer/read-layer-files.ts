import { type ByteSource, KasaneError } from "../lib/mod.ts";
import { DigestHasher } from "../oci/mod.ts";
import { decompress } from "./compression.ts";
import type { LayerEntry } from "./entry.ts";
import { type LayerMember, readLayer } from "./read-layer.ts";

/**
 * Contents of some files of a layer, in one pass over its blob: those `entries` (of the layer's index, or of a tree's node of this
 * layer) say where to find. They come in the order of the archive and stop as soon as the last one has come; an empty file never comes.
 * @throws KasaneError `invalid-layer` when the blob is not the one the entries are of
 */
export async function* readLayerFiles(
  blob: ByteSource,
  entries: Iterable<LayerEntry>,
): AsyncGenerator<LayerMember, void, undefined> {
  const wanted = new Map<number, LayerEntry>();
  for (const entry of entries) {
    const at = positionOf(entry);
    if (at !== undefined) wanted.set(at, entry);
  }
  if (wanted.size === 0) return;
  for await (const member of readLayer(decompress(blob))) {
    const at = positionOf(member.entry);
    const entry = at === undefined ? undefined : wanted.get(at);
    if (entry === undefined) continue;
    wanted.delete(at!);
    yield { entry: member.entry, content: () => checkedContent(entry, member.content()) };
    if (wanted.size === 0) return;
  }
  const [missing] = wanted.values();
  throw new KasaneError(
    "invalid-layer",
    `the layer does not hold ${JSON.stringify(missing!.path)} where its index says`,
  );
}

/** A blob that was damaged on its disk must not get into another image or archive: no checksum covers a plain tar. */
export async function* checkedContent(
  { path, contentDigest }: LayerEntry,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (contentDigest === undefined) return yield* content;
  const hasher = new DigestHasher();
  for await (const chunk of content) {
    hasher.update(chunk);
    yield chunk;
  }
  if (hasher.digest() === contentDigest) return;
  throw new KasaneError("invalid-layer", `the content of ${JSON.stringify(path)} in its layer is damaged`, {
    hint: "remove the images that have the layer, and pull or load them again",
  });
}

/** Two files with content never begin at the same byte. */
function positionOf(entry: LayerEntry): number | undefined {
  return entry.sizeBytes === 0 ? undefined : (entry.contentOffset ?? entry.sparseOffset);
}
