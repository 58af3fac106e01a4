import { messageOf } from "../../lib/mod.ts";
import { namePattern } from "../../oci/mod.ts";
import { configError } from "./config-error.ts";
import type { Settings } from "./settings.ts";

/** Patterns of names that can be read. @throws KasaneError `invalid-config`, also where there are none */
export function checkedPatterns(settings: Settings, key: string): readonly string[] {
  const patterns = settings.texts(key) ?? [];
  if (patterns.length === 0) throw configError(settings.origin(key), "there are none", "** stands for all");
  for (const pattern of patterns) {
    try {
      namePattern(pattern);
    } catch (error) {
      throw configError(settings.origin(key), messageOf(error), (error as { hint?: string }).hint);
    }
  }
  return patterns;
}

/** The same for a list that may be absent. */
export function optionalPatterns(settings: Settings, key: string): readonly string[] | undefined {
  return settings.texts(key) === undefined ? undefined : checkedPatterns(settings, key);
}
