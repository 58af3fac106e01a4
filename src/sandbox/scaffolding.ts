import { lstatSync, readdirSync, realpathSync, rmdirSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RootFilesystem } from "./sandbox.ts";
import { setTimes } from "./stage/inside.ts";
import type { StageEvent } from "./stage/plan.ts";

/**
 * Removes what the stage made in the root for its mounts and the working directory, where it is still as it was made: empty, owned by root, with
 * the mode it got. What the step has used is the step's work and stays.
 * @returns clean paths of what was removed
 */
export function clearScaffolding(rootfs: RootFilesystem, events: readonly StageEvent[]): string[] {
  const top = realpathSync(rootfs.kind === "overlay" ? rootfs.upper : rootfs.path);
  const removed: string[] = [];
  for (const made of events.filter((event) => event.event === "made").reverse()) {
    const path = join(top, made.path);
    try {
      // The step may have put a link in the place of a parent: then this is not what was made.
      if (realpathSync(dirname(path)) !== dirname(path)) continue;
      if (!isUntouched(path, made.directory)) continue;
      const before = lstatSync(dirname(path), { bigint: true });
      if (made.directory) rmdirSync(path);
      else unlinkSync(path);
      setTimes(dirname(path), before.atimeNs, before.mtimeNs);
      removed.push(made.path);
    } catch {
      // Not there (it lies in a mount), or not empty: nothing to clear.
    }
  }
  return removed;
}

function isUntouched(path: string, directory: boolean): boolean {
  const { uid, gid, mode, size } = lstatSync(path);
  if (uid !== 0 || gid !== 0) return false;
  const kind = mode & 0o170000;
  const permissions = mode & 0o7777;
  if (directory) return kind === 0o040000 && permissions === 0o755 && readdirSync(path).length === 0;
  return kind === 0o100000 && permissions === 0o644 && size === 0;
}
