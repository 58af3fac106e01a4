import { KasaneError } from "../lib/mod.ts";
import type { PlatformFields } from "./descriptor.ts";

/** A normalised platform: `linux/arm64` has no variant, `linux/arm` has `v7`. */
export type Platform = PlatformFields;

/** @throws KasaneError `usage` */
export function parsePlatform(text: string): Platform {
  throw new KasaneError("internal", `not built yet: ${text}`);
}

export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/");
}

/** The platform this process runs on. */
export function hostPlatform(): Platform {
  throw new KasaneError("internal", "not built yet");
}

/**
 * The best of `candidates` for `wanted`, as containerd chooses: exact variant first, then lower ones a newer
 * processor also runs (arm v8 runs v7, v6, v5); undefined when none can run.
 */
export function selectPlatform<T extends { readonly platform?: Platform }>(
  _candidates: readonly T[],
  _wanted: Platform,
): T | undefined {
  throw new KasaneError("internal", "not built yet");
}
