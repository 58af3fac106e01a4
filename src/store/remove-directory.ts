import { rm } from "node:fs/promises";
import { errnoOf } from "../lib/errors.ts";
import { storeError } from "./store-error.ts";

/**
 * Removes a directory tree (or file) whatever its modes are; nothing there is fine. Links are not followed. Directories without
 * permissions (a Go module cache, overlay's work directory) are opened up first, and immutable files made mutable where this process may.
 */
export async function removeDirectory(path: string): Promise<void> {
  const ways = [
    [],
    ["chmod", "-R", "u+rwx", "--", path],
    ["chattr", "-R", "-f", "-i", "-a", "--", path],
  ] as const;
  for (const [index, command] of ways.entries()) {
    try {
      if (command.length > 0) await run(command);
      await rm(path, { recursive: true, force: true });
      return;
    } catch (error) {
      const errno = errnoOf(error);
      const isRefused = errno === "EACCES" || errno === "EPERM";
      // Somebody put something in while the directory was being emptied.
      const isRace = errno === "ENOTEMPTY";
      if (index === ways.length - 1 || !(isRefused || isRace)) throw storeError(`remove ${path}`, error);
    }
  }
}

async function run(command: readonly string[]): Promise<void> {
  if (Bun.which(command[0]!) === null) return;
  await Bun.spawn([...command], { stdin: "ignore", stdout: "ignore", stderr: "ignore" }).exited;
}
