import { closeSync } from "node:fs";
import { constants } from "node:os";
import {
  AT_REMOVEDIR,
  type CString,
  cString,
  fileCalls,
  OPEN_DIRECTORY,
  ok,
  readDirectory,
} from "../lib/libc/mod.ts";

const { EISDIR, EPERM, ENOENT } = constants.errno;
const up = cString("..");

interface Level {
  /** Names that are still to be removed. */
  readonly names: CString[];
  /** The name of this directory in the one above. */
  readonly name: CString;
}

/**
 * Removes `name` from an open directory, with everything in it. No link is followed, and one descriptor is enough for any depth.
 * Nothing there is fine.
 */
export function removeTree(directory: number, name: CString, shownAs: string): void {
  if (unlink(directory, name, shownAs)) return;
  const calls = fileCalls();
  const levels: Level[] = [];
  let at = directory;
  const move = (to: number) => {
    if (at !== directory) closeSync(at);
    at = to;
  };
  const enter = (child: CString) => {
    move(ok(calls.openat(at, child, OPEN_DIRECTORY, 0), "openat", shownAs));
    levels.push({ names: readDirectory(at, shownAs).map(cString), name: child });
  };
  try {
    enter(name);
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const child = level.names.pop();
      if (child !== undefined) {
        if (!unlink(at, child, shownAs)) enter(child);
        continue;
      }
      levels.pop();
      if (levels.length === 0) move(directory);
      else move(ok(calls.openat(at, up, OPEN_DIRECTORY, 0), "openat", shownAs));
      ok(calls.unlinkat(at, level.name, AT_REMOVEDIR), "unlinkat", shownAs);
    }
  } finally {
    move(directory);
  }
}

/** False for a directory, which is still there. */
function unlink(directory: number, name: CString, shownAs: string): boolean {
  const result = fileCalls().unlinkat(directory, name, 0);
  if (result === -EISDIR || result === -EPERM) {
    // POSIX allows EPERM for a directory; a real EPERM shows itself when it is opened.
    return false;
  }
  if (result !== -ENOENT) ok(result, "unlinkat", shownAs);
  return true;
}
