import { KasaneError } from "../lib/mod.ts";

/**
 * What a member of a layer archive is about, told from its name alone (image-spec layer.md, "Whiteouts"). `path` is clean: no
 * leading or trailing slash, no `.` or `..`; `""` is the root directory.
 */
export interface LayerPath {
  /**
   * `whiteout` hides `path` of lower layers, `opaque` hides all lower children of `path`. `bookkeeping` is what aufs left in old
   * layers (`.wh..wh.plnk` …): not part of the image.
   */
  readonly kind: "entry" | "whiteout" | "opaque" | "bookkeeping";
  readonly path: string;
}

export const whiteoutPrefix = ".wh.";
export const opaqueMarker = ".wh..wh..opq";
const bookkeepingPrefix = ".wh..wh.";

/**
 * Reads the name of a layer member as other engines do: `..` is taken out by spelling (Go's filepath.Clean), and a name that
 * leaves the root is refused.
 * @throws KasaneError `invalid-layer`
 */
export function parseLayerPath(name: string): LayerPath {
  const path = cleanPath(name, "the entry");
  if (!path.includes(whiteoutPrefix)) return { kind: "entry", path };
  const parts = path.split("/");
  const last = parts.pop()!;
  const reserved = parts.find((part) => part.startsWith(whiteoutPrefix));
  if (reserved?.startsWith(bookkeepingPrefix)) return { kind: "bookkeeping", path };
  if (reserved !== undefined) throw refused(name, `"${whiteoutPrefix}" names cannot be directories`);
  if (!last.startsWith(whiteoutPrefix)) return { kind: "entry", path };
  if (last === opaqueMarker) return { kind: "opaque", path: parts.join("/") };
  if (last.startsWith(bookkeepingPrefix)) return { kind: "bookkeeping", path };
  const hidden = last.slice(whiteoutPrefix.length);
  // ".wh..." would hide the directory above, which other engines have fallen for.
  if (hidden === "" || hidden === "." || hidden === "..")
    throw refused(name, "it hides nothing that has a name");
  parts.push(hidden);
  return { kind: "whiteout", path: parts.join("/") };
}

/**
 * The clean path of a hard link's target, which stands for a path from the root of the image.
 * @throws KasaneError `invalid-layer` when it leaves the root
 */
export function parseHardLinkTarget(target: string, name: string): string {
  return cleanPath(target, `the hard link ${JSON.stringify(name.slice(0, 160))} to`);
}

/** The name in the archive for the whiteout of `path`. */
export function whiteoutPath(path: string): string {
  const slash = path.lastIndexOf("/") + 1;
  return `${path.slice(0, slash)}${whiteoutPrefix}${path.slice(slash)}`;
}

/** The name in the archive for the opaque marker of directory `path`. */
export function opaquePath(path: string): string {
  return path === "" ? opaqueMarker : `${path}/${opaqueMarker}`;
}

const plain = /^(?!\/)(?!.*(?:\/\/|\/$|(?:^|\/)\.{1,2}(?:\/|$)))/s;

function cleanPath(name: string, what: string): string {
  if (name.includes("\0")) throw refused(name, "it holds a NUL character", what);
  if (name === "" || plain.test(name)) return name;
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) throw refused(name, "it leaves the root directory", what);
  }
  return parts.join("/");
}

function refused(name: string, reason: string, what = "the entry"): KasaneError {
  return new KasaneError(
    "invalid-layer",
    `cannot use the layer: ${what} ${JSON.stringify(name.slice(0, 160))}: ${reason}`,
  );
}
