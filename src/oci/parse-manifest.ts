import { KasaneError } from "../lib/mod.ts";
import type { Manifest, RawManifest } from "./manifest.ts";

/** Largest manifest Kasane reads: the specification asks registries to take at least 4 MiB. */
export const manifestLimitBytes = 8 * 1024 * 1024;

/**
 * Checks and reads manifest bytes of any of the four types. `mediaType` is the one the transport gave; where absent,
 * the `mediaType` field or the shape decides. Refuses a manifest with both `manifests` and `layers` (CVE-2021-41190).
 * @throws KasaneError `invalid-manifest`, `limit-exceeded`
 */
export function parseManifest(_bytes: Uint8Array, _mediaType?: string): Manifest {
  throw new KasaneError("internal", "not built yet");
}

/** parseManifest() and the digest of the bytes; with `expected`, @throws KasaneError `digest-mismatch`. */
export function rawManifest(_bytes: Uint8Array, _mediaType?: string): RawManifest {
  throw new KasaneError("internal", "not built yet");
}

/** Canonical bytes for a manifest that Kasane makes: fixed key order, no white space, so equal images are equal bytes. */
export function encodeManifest(_manifest: Manifest): RawManifest {
  throw new KasaneError("internal", "not built yet");
}
