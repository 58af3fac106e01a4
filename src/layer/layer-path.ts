import { KasaneError } from "../lib/mod.ts";

const maxNameBytes = 255;
const oddComponent = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * The clean form of a path from a layer: relative to the root, no `.`, no `..`, no doubled, leading or trailing slash. `..` is taken
 * lexically, as containerd and umoci do.
 * @throws KasaneError `invalid-layer` for a path that leaves the root, and for names no file system can hold
 */
export function cleanLayerPath(name: string): string {
  const path = name.endsWith("/") ? name.slice(0, -1) : name;
  // A name is at most three bytes for each UTF-16 unit.
  if (path.length * 3 > maxNameBytes) checkNames(path);
  if (!oddComponent.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) throw hostile(name, "it leaves the root directory");
  }
  return parts.join("/");
}

const prefix = ".wh.";
const metaPrefix = ".wh..wh.";
const opaqueName = ".wh..wh..opq";

export type LayerPath =
  | { readonly kind: "entry" | "whiteout" | "opaque"; readonly path: string }
  /** Files that aufs kept for itself. */
  | { readonly kind: "ignored" };

/**
 * Tells whiteouts from entries (OCI image-spec layer.md, "Whiteouts"). Only the last part of a path can be one.
 * @throws KasaneError `invalid-layer` for `.wh.`, `.wh..` and `.wh...`, which would hide a directory from within or its parent
 */
export function parseLayerPath(path: string): LayerPath {
  if (!path.includes(prefix)) return { kind: "entry", path };
  const parts = path.split("/");
  const name = parts.pop()!;
  for (const part of parts) {
    if (part.startsWith(metaPrefix)) return { kind: "ignored" };
    if (part.startsWith(prefix)) throw hostile(path, "it lies below a whiteout");
  }
  if (!name.startsWith(prefix)) return { kind: "entry", path };
  if (name === opaqueName) return { kind: "opaque", path: parts.join("/") };
  if (name.startsWith(metaPrefix)) return { kind: "ignored" };
  const hidden = name.slice(prefix.length);
  if (hidden === "" || hidden === "." || hidden === "..") throw hostile(path, "the whiteout names no file");
  return { kind: "whiteout", path: [...parts, hidden].join("/") };
}

/** The path of the directory a path stands in; the root's is the root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

function checkNames(path: string): void {
  for (const part of path.split("/")) {
    if (part.length * 3 > maxNameBytes && Buffer.byteLength(part) > maxNameBytes) {
      throw hostile(path, `a name in it is longer than ${maxNameBytes} bytes`);
    }
  }
}

function hostile(path: string, reason: string): KasaneError {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  return new KasaneError("invalid-layer", `cannot use layer: entry ${JSON.stringify(shown)}: ${reason}`);
}
