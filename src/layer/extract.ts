import { KasaneError } from "../lib/mod.ts";
import type { TarEntry, TarInput } from "../tar/mod.ts";
import { type AttributeOptions, setAttributes } from "./attributes.ts";
import { unpackDirectory, unpackLink, unpackSpecial } from "./unpack-entry.ts";
import { show, unpackError } from "./unpack-error.ts";
import { replaceFile } from "./unpack-file.ts";
import { type Place, UnpackRoot } from "./unpack-root.ts";

export interface ExtractOptions {
  /** `drop`: everything belongs to the caller. */
  readonly ownership: "keep" | "drop";
  /** Whether xattrs (file capabilities are one) are set. */
  readonly keepXattrs: boolean;
  /** Hears of what could not be kept. */
  readonly warn?: (message: string) => void;
}

/**
 * Writes members of a tar into a directory of the user's, beside what is there. Nothing outside `directory` is touched: every parent is
 * opened without following links. A file takes the place of a file; a directory is never replaced by something else, nor the other
 * way round. Paths must be clean, as those of an ImageTree are.
 * @throws KasaneError `conflict`, `no-space`, `io`
 */
export async function extractTar(
  inputs: AsyncIterable<TarInput>,
  directory: string,
  options: ExtractOptions,
): Promise<void> {
  const root = new UnpackRoot(directory, { isOverlay: false, lower: undefined });
  const attributes: AttributeOptions = {
    ownership: options.ownership,
    ...(options.warn && { warn: options.warn }),
  };
  try {
    for await (const { entry: read, content } of inputs) {
      const entry = options.keepXattrs ? read : withoutXattrs(read);
      try {
        await extract(root, entry, content, attributes);
      } catch (error) {
        throw unpackError(entry.path, error);
      }
    }
    finish(root, attributes);
  } finally {
    root.close();
  }
}

async function extract(
  root: UnpackRoot,
  entry: TarEntry,
  content: TarInput["content"],
  attributes: AttributeOptions,
): Promise<void> {
  const place = root.placeOf(entry.path);
  checkKind(root, place, entry);
  if (entry.type === "directory") unpackDirectory(root, place, entry);
  else if (entry.type === "hardlink") unpackLink(root, place, root.placeOf(entry.linkTarget!));
  else if (entry.type === "file")
    await replaceFile({ root, place, entry, content: chunksOf(content), options: attributes });
  else unpackSpecial(root, place, entry, attributes);
}

async function* chunksOf(content: TarInput["content"]): AsyncGenerator<Uint8Array> {
  if (content !== undefined) yield* content;
}

/** What else is there goes when a layer is unpacked; here it is the user's. */
function checkKind(root: UnpackRoot, place: Place, entry: TarEntry): void {
  const there = root.statusOf(place);
  if (there === undefined || (there.kind === "directory") === (entry.type === "directory")) return;
  const message =
    there.kind === "directory"
      ? `cannot replace the directory ${show(place.path)} by something else`
      : `cannot replace ${show(place.path)} by a directory: it is none`;
  throw new KasaneError("conflict", message, { hint: "move it away first, or copy to another place" });
}

/** Directories get their attributes when nothing is put into them any more, deepest first. */
function finish(root: UnpackRoot, options: AttributeOptions): void {
  const paths = [...root.directories.keys()].sort((a, b) => b.length - a.length);
  for (const path of paths) {
    const handle = root.handles.open(path);
    if (handle !== undefined) setAttributes(handle, path, root.directories.get(path)!, options);
  }
}

function withoutXattrs(entry: TarEntry): TarEntry {
  if (entry.xattrs === undefined) return entry;
  const { xattrs: _, ...rest } = entry;
  return rest;
}
