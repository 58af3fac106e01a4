import { KasaneError } from "../lib/mod.ts";
import type { ImageConfig } from "./config.ts";

export const configLimitBytes = 8 * 1024 * 1024;

/** @throws KasaneError `invalid-config`, `limit-exceeded` */
export function parseConfig(_bytes: Uint8Array): ImageConfig {
  throw new KasaneError("internal", "not built yet");
}

/** Canonical bytes of a config that Kasane makes or changes: known keys in the specification's order, unknown ones after, unchanged. */
export function encodeConfig(_config: ImageConfig): Uint8Array {
  throw new KasaneError("internal", "not built yet");
}
