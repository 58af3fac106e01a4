import { configKeys } from "./key-tree.ts";
import type { Settings } from "./settings.ts";

/** What was configured, one `path = value` per line in the order of the paths. Secrets only as being there. */
export function shownSettings(settings: Settings): string[] {
  const secrets = new Set(configKeys.filter(({ isSecret }) => isSecret).map(({ path }) => path));
  return [...settings.entries()]
    .map(([path, value]) => {
      const isSecret = secrets.has(path.replaceAll(/\.\d+(?=\.)/g, "[]"));
      return `${path} = ${isSecret ? "(set)" : JSON.stringify(value)}`;
    })
    .sort();
}
