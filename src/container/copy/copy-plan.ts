import { posix } from "node:path";
import { KasaneError } from "../../lib/mod.ts";

/** What is copied: `name` is what its entries begin with, `.` for what is in a directory without the directory itself. */
export interface CopiedThing {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** Where it is to go, as it was written, links at its end followed. */
export interface CopyDestination {
  readonly path: string;
  readonly exists: boolean;
  readonly isDirectory: boolean;
  /** A device or pipe, which gets the bytes of a file. */
  readonly isDevice?: boolean;
}

export interface CopyPlan {
  /** An existing directory, or one whose absence is told when it is opened. */
  readonly directory: string;
  /** What the copy is called in there; `.` for a directory whose content is poured into it. */
  readonly name: string;
}

/** True for `dir/` and `dir/.`, which mean a directory and nothing else. */
export function asksForDirectory(path: string): boolean {
  return /(^|\/)\.?$/.test(path);
}

/** The directory a path stands in, and its name there; `.` where the path means what is in a directory. */
export function splitPath(path: string): { directory: string; name: string } {
  const clean = posix.normalize(path).replace(/(?<=.)\/+$/, "");
  if (/(^|\/)\.$/.test(path)) return { directory: clean, name: "." };
  return { directory: posix.dirname(clean), name: posix.basename(clean) || "." };
}

/**
 * Docker's rules: into a directory that is there, a thing goes under its own name; in the place of a file goes a file; where nothing is, the last part of the
 * destination becomes the new name, unless it can only mean a directory.
 * @throws KasaneError `conflict`, `not-found`
 */
export function planCopy(thing: CopiedThing, to: CopyDestination): CopyPlan {
  if (to.exists && to.isDirectory) return { directory: to.path, name: thing.name };
  if (to.exists && thing.isDirectory) {
    throw new KasaneError("conflict", `cannot copy a directory over ${to.path}, which is none`, {
      hint: "name a directory, or something that is not there yet",
    });
  }
  if (!to.exists && !thing.isDirectory && asksForDirectory(to.path)) {
    throw new KasaneError("not-found", `cannot copy to ${to.path}: no such directory`, {
      hint: "make it first, or leave the slash at its end out",
    });
  }
  return splitPath(to.path);
}
