import { accessSync, constants } from "node:fs";
import { KasaneError } from "../lib/mod.ts";

/** Where the tools of the system are. */
export const systemPath =
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin";

/** The absolute path of a system tool; PATH is not asked, because what runs here runs with every privilege we have. */
export function findTool(name: string): string | undefined {
  return systemPath
    .split(":")
    .map((directory) => `${directory}/${name}`)
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** @throws KasaneError `sandbox` naming the package */
export function requireTool(name: string, packageName = "util-linux"): string {
  const tool = findTool(name);
  if (tool !== undefined) return tool;
  throw new KasaneError("sandbox", `cannot run anything: the program ${name} is not installed`, {
    hint: `install the package ${packageName}`,
    data: { exitCode: 125 },
  });
}
