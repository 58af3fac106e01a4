import type { Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { extractTar, type TreeNode } from "../layer/mod.ts";
import { writeInPlace } from "../lib/libc/mod.ts";
import { errnoOf, KasaneError, messageOf } from "../lib/mod.ts";
import type { TarInput } from "../tar/mod.ts";
import { findFile, type ImageView, readFile } from "./image-view.ts";
import { tarOfPath } from "./tar-of-path.ts";

export interface CopyOptions {
  /** Copy what a symlink at the end of the path leads to. */
  readonly followLink?: boolean;
  /** Keep owners and xattrs; else everything belongs to the caller. */
  readonly archive?: boolean;
  readonly warn?: (message: string) => void;
}

/** What was found at the source of a copy. */
export interface CopySource {
  readonly node: TreeNode;
  /** Last part of the path as it was typed: what the copy is called. `""` where only what is in the directory is meant (`DIR/.`, `/`). */
  readonly name: string;
}

/** @throws KasaneError `not-found` */
export async function findCopySource(
  image: ImageView,
  path: string,
  options: Pick<CopyOptions, "followLink"> = {},
): Promise<CopySource> {
  const mustBeDirectory = /(?:^|\/)\.{0,2}$/.test(path);
  const node = await findFile(image, path, { followLast: options.followLink === true || mustBeDirectory });
  if (mustBeDirectory && node.entry.type !== "directory") {
    throw new KasaneError("not-found", `${JSON.stringify(path)} of image ${image.name} is not a directory`, {
      hint: "leave the slash at its end out",
    });
  }
  // Not basename(), which loses what is no UTF-8.
  const name = /[^/]*(?=\/*$)/.exec(path)![0];
  return { node, name: name === "." || name === ".." ? "" : name };
}

/** The source as a tar whose names begin with the source's own. */
export function copyToTar(image: ImageView, { node, name }: CopySource): AsyncGenerator<TarInput> {
  return tarOfPath(image, node, name);
}

/**
 * Copies a file or directory of an image to this machine by docker's rules: into a directory that is there; under a new name where nothing is;
 * over a file that is there; `DIR/.` is what is in the directory.
 * @throws KasaneError `not-found`, `conflict`, `no-space`, `io`
 */
export async function copyToDirectory(
  image: ImageView,
  source: CopySource,
  destination: string,
  options: CopyOptions = {},
): Promise<void> {
  const place = await placeFor(source, destination);
  if (place.device !== undefined) {
    await writeInPlace(place.device, readFile(image, source.node));
    return;
  }
  const ownership = options.archive ? "keep" : "drop";
  const { warn } = options;
  await extractTar(tarOfPath(image, source.node, place.name), place.directory, {
    ownership,
    keepXattrs: options.archive === true,
    ...(warn && { warn }),
  });
}

interface Destination {
  readonly directory: string;
  /** `""`: what is in the source goes right into the directory. */
  readonly name: string;
  /** A device or pipe that gets the file's bytes. */
  readonly device?: string;
}

async function placeFor({ node, name }: CopySource, destination: string): Promise<Destination> {
  const isDirectory = node.entry.type === "directory";
  const there = await statusOf(destination);
  if (there?.isDirectory()) return { directory: await realpath(destination), name };
  if (there === undefined) {
    if (destination.endsWith("/") && !isDirectory) throw noDirectory(destination);
    return { directory: await parentOf(destination), name: basename(resolve(destination)) };
  }
  if (isDirectory || destination.endsWith("/")) {
    throw new KasaneError("conflict", `cannot copy a directory to ${destination}, which is none`, {
      hint: "name a directory, or something that is not there yet",
    });
  }
  // A symlink of the user's leads where he wants it.
  const path = await realpath(destination);
  if (!there.isFile()) return { directory: "", name: "", device: path };
  return { directory: dirname(path), name: basename(path) };
}

async function statusOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return undefined;
    throw new KasaneError("io", `cannot copy to ${path}: ${errno ?? messageOf(error)}`, { cause: error });
  }
}

async function parentOf(path: string): Promise<string> {
  const parent = dirname(resolve(path));
  if ((await statusOf(parent))?.isDirectory()) return realpath(parent);
  throw noDirectory(parent);
}

function noDirectory(path: string): KasaneError {
  return new KasaneError("not-found", `cannot copy: there is no directory ${join(path)}`, {
    hint: "make it first",
  });
}
