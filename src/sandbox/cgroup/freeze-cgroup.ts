import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cgroup } from "./cgroup.ts";

/** Whether it froze. In a tree of version 1 new processes freeze as well. */
export function freezeCgroup(group: Cgroup, isFrozen: boolean): boolean {
  for (const { version, controllers, path } of group.directories) {
    if (version === 1 && !controllers.includes("freezer")) continue;
    const [file, value] =
      version === 2
        ? ["cgroup.freeze", isFrozen ? "1" : "0"]
        : ["freezer.state", isFrozen ? "FROZEN" : "THAWED"];
    try {
      writeFileSync(join(path, file), value);
      return true;
    } catch {
      return false;
    }
  }
  return false;
}
