import { lstatSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { errnoOf, KasaneError } from "../../lib/mod.ts";
import type { EntrySource } from "./copy-entries.ts";
import { asksForDirectory, type CopiedThing, type CopyDestination, splitPath } from "./copy-plan.ts";

/** Absolute, with the slash or `/.` at its end that says something to these rules. */
function absolutePath(path: string): string {
  const end = /\/\.?$/.exec(path)?.[0] ?? (/(^|\/)\.$/.test(path) ? "/." : "");
  const absolute = resolve(path);
  return absolute === "/" ? absolute : `${absolute}${end}`;
}

/** A file or directory of this machine that is to be copied: what it is called, and where it really is. @throws KasaneError `not-found` */
export function hostSource(
  path: string,
  options: { followLink: boolean },
): { thing: CopiedThing; source: EntrySource } {
  const absolute = absolutePath(path);
  const isFollowed = options.followLink || asksForDirectory(absolute);
  try {
    const real = isFollowed
      ? realpathSync(absolute)
      : resolve(realpathSync(dirname(absolute)), basename(absolute));
    const status = lstatSync(real);
    if (asksForDirectory(absolute) && !status.isDirectory())
      throw new KasaneError("not-found", `cannot copy ${path}: it is not a directory`, {
        hint: "leave the slash at its end out",
      });
    const isDirectory = status.isDirectory();
    const thing = { name: splitPath(absolute).name, isDirectory };
    if (isDirectory) return { thing, source: { directory: real, ownership: "keep" } };
    return { thing, source: { directory: dirname(real), name: basename(real), ownership: "keep" } };
  } catch (error) {
    throw pathError(path, error);
  }
}

/** A place of this machine that something is to be copied to. @throws KasaneError `not-found` where its directory is missing */
export function hostDestination(path: string): CopyDestination {
  const absolute = absolutePath(path);
  const there = statSync(absolute, { throwIfNoEntry: false });
  if (there && !there.isFile() && !there.isDirectory())
    return { path: absolute, exists: true, isDirectory: false, isDevice: true };
  if (there) {
    return {
      path: realpathSync(absolute) + (there.isDirectory() ? "/." : ""),
      exists: true,
      isDirectory: there.isDirectory(),
    };
  }
  const { directory } = splitPath(absolute.replace(/(?<=.)\/\.?$/, ""));
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    return { path: absolute, exists: false, isDirectory: false };
  throw new KasaneError("not-found", `cannot copy to ${path}: the directory ${directory} does not exist`, {
    hint: "make it first",
  });
}

function pathError(path: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (error instanceof KasaneError || errno === undefined) return error;
  if (errno === "ENOENT" || errno === "ENOTDIR")
    return new KasaneError("not-found", `cannot copy ${path}: no such file or directory`, {
      cause: error,
      hint: "check the path; one in a container is written CONTAINER:PATH",
    });
  return new KasaneError("io", `cannot copy ${path}: ${errno}`, { cause: error });
}
