import { KasaneError } from "../lib/mod.ts";
import type { TarInput } from "../tar/mod.ts";
import type { OverlayXattrs } from "./overlay.ts";
import type { ImageTree } from "./tree.ts";

export interface DiffOptions {
  readonly lower: ImageTree;
  readonly xattrs: OverlayXattrs;
  /** Clean paths that are not part of the layer (mount points the sandbox made). */
  readonly ignore?: ReadonlySet<string>;
  /** Files modified at or after `fromMs` get `time` instead: their time is the build's, not content. */
  readonly clamp?: { readonly fromMs: number; readonly seconds: number };
}

/**
 * The layer an overlay upper directory stands for, as sorted, deterministic tar inputs: changed entries with their
 * parents, `.wh.` files for what is gone, `.wh..wh..opq` where a directory replaced a lower one. Entries that equal the
 * lower tree's (copied up, not changed) are left out.
 */
export async function* diffUpper(_upper: string, _options: DiffOptions): AsyncGenerator<TarInput> {
  yield* [];
  throw new KasaneError("internal", "not built yet");
}
