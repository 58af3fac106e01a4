import { type ByteSource, tap } from "../lib/mod.ts";
import { type Digest, DigestHasher, digestOf } from "../oci/mod.ts";
import type { TarLimits } from "../tar/mod.ts";
import { decompress } from "./compression.ts";
import type { LayerEntry, LayerIndex } from "./entry.ts";
import { isBookkeepingXattr } from "./overlay.ts";
import { readLayer } from "./read-layer.ts";

/** Contents have their own limit; this one stops a tar that goes on behind its end. */
const maxTarBytes = 2 ** 40;

/**
 * One pass over a layer blob (compressed or not): diffID and index. The blob's own digest is the caller's to check:
 * `indexLayer(tap(blob, (chunk) => hasher.update(chunk)))` hashes, and stores where `tap` is a generator that writes, in the same
 * pass and at the speed of the slower one. The whole blob is read, also what stands behind the end of the tar; when anything
 * fails the source is closed.
 * @throws KasaneError `invalid-layer` for entries that leave the root, `limit-exceeded`, `invalid-archive`
 */
export function indexLayer(blob: ByteSource, limits?: Partial<TarLimits>): Promise<LayerIndex> {
  return indexTar(decompress(blob, { maxBytes: maxTarBytes }), limits);
}

/**
 * indexLayer() of a tar that is known not to be compressed. Looking for compression once more would take a tar for what the name of its
 * first file looks like, and a gzip in a gzip for a layer.
 */
export async function indexTar(tar: ByteSource, limits?: Partial<TarLimits>): Promise<LayerIndex> {
  const whole = new DigestHasher();
  const entries: LayerEntry[] = [];
  const hashed = tap(tar, (chunk) => whole.update(chunk));
  for await (const { entry: read, content } of readLayer(hashed, limits)) {
    const entry = withoutBookkeeping(read);
    if (entry.type !== "file") entries.push(entry);
    else entries.push({ ...entry, contentDigest: await digestContent(content(), entry.sizeBytes) });
  }
  return { diffId: whole.digest(), tarSizeBytes: whole.sizeBytes, entries };
}

/**
 * True when the layer means the same on top of any other: every directory on the way to an entry stands earlier in the layer as a
 * directory (the root may be missing), every hard link's target is a file earlier in the layer, and nothing of lower layers is
 * hidden. An unpacked directory of such a layer can be shared by all images that have it; any other depends on what is below.
 */
export function isSelfContained(index: LayerIndex): boolean {
  // Every RUN asks it of every layer below: 2.5 ms for those of Debian.
  const known = selfContained.get(index);
  if (known !== undefined) return known;
  const found = findSelfContained(index);
  selfContained.set(index, found);
  return found;
}

const selfContained = new WeakMap<LayerIndex, boolean>();

function findSelfContained(index: LayerIndex): boolean {
  // A mark that hides nothing is left out when it is unpacked: the kernel shows it as a broken name.
  if (index.entries.some(({ type }) => type === "whiteout" || type === "opaque")) return false;
  const types = new Map<string, LayerEntry["type"]>([["", "directory"]]);
  for (const entry of index.entries) {
    const directory = entry.path.slice(0, entry.path.lastIndexOf("/") + 1);
    if (types.get(directory.replace(/\/$/, "")) !== "directory") return false;
    if (entry.type === "hardlink") {
      const target = types.get(entry.linkTarget ?? "");
      if (target === undefined || target === "directory") return false;
    }
    types.set(entry.path, entry.type);
  }
  return true;
}

/** With such attributes an image could fake marks of overlayfs or of Kasane: unpacking leaves them out as well. */
export function withoutBookkeeping(entry: LayerEntry): LayerEntry {
  if (entry.xattrs === undefined || ![...entry.xattrs.keys()].some(isBookkeepingXattr)) return entry;
  const { xattrs, ...rest } = entry;
  const kept = new Map([...(xattrs ?? [])].filter(([key]) => !isBookkeepingXattr(key)));
  return kept.size === 0 ? rest : { ...rest, xattrs: kept };
}

const emptyDigest = digestOf("");

async function digestContent(content: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<Digest> {
  if (sizeBytes === 0) return emptyDigest;
  let hasher: DigestHasher | undefined;
  for await (const chunk of content) {
    // Most files lie within one chunk; a hasher costs more than their bytes.
    if (chunk.length === sizeBytes) return digestOf(chunk);
    hasher ??= new DigestHasher();
    hasher.update(chunk);
  }
  return hasher!.digest();
}
