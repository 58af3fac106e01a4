import { type ByteSource, KasaneError } from "../lib/mod.ts";
import type { LayerIndex } from "./entry.ts";

/**
 * One pass over a layer blob (compressed or not): diffID and index. The blob's own digest is the caller's to check.
 * @throws KasaneError `invalid-layer` for entries that leave the root, `limit-exceeded`, `invalid-archive`
 */
export async function indexLayer(_blob: ByteSource): Promise<LayerIndex> {
  throw new KasaneError("internal", "not built yet");
}

/** The form the store keeps: zstd over one JSON line for each entry, after a line with version, diffID and size. */
export function encodeLayerIndex(_index: LayerIndex): Uint8Array {
  throw new KasaneError("internal", "not built yet");
}

/** @throws KasaneError `io` for a damaged or newer file; the index can always be made again from the blob. */
export function decodeLayerIndex(_bytes: Uint8Array): LayerIndex {
  throw new KasaneError("internal", "not built yet");
}
