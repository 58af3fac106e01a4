import { formatDuration } from "../../lib/mod.ts";
import { configKeys } from "./key-tree.ts";
import type { Settings } from "./settings.ts";

/** What was configured, one `path = value` per line in the order of the paths. Secrets only as being there. */
export function shownSettings(settings: Settings): string[] {
  const keys = new Map(configKeys.map((key) => [key.path, key]));
  return [...settings.entries()]
    .filter(([path]) => path !== "")
    .map(([path, value]) => {
      const key = keys.get(path.replaceAll(/\.\d+(?=\.)/g, "[]"));
      if (key?.isSecret) return `${path} = (set)`;
      return `${path} = ${key?.kind === "duration" ? formatDuration(value as number) : JSON.stringify(value)}`;
    })
    .sort();
}
