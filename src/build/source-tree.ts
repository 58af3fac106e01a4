import type { ByteSource } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";
import type { TarEntryType, Timestamp } from "../tar/mod.ts";

/** One path of a place COPY and ADD read from. `path` is clean, `""` is the root. */
export interface SourceNode {
  readonly path: string;
  /** Hard links are files with the same linkGroup. */
  readonly type: Exclude<TarEntryType, "hardlink">;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** Only where times are content: images and archives. A build context's are not. */
  readonly modified?: Timestamp;
  readonly linkTarget?: string;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** Equal for names of one and the same file. */
  readonly linkGroup?: string;
}

/** A build context, a stage, an image, a file of the Dockerfile itself: read only, and nothing outside of it can be reached. */
export interface SourceTree {
  /** What errors call it: `the build context`, `stage build`. */
  readonly name: string;
  /** The node itself, symlinks not followed. */
  get(path: string): SourceNode | undefined;
  /** Of a directory, sorted by name. */
  children(path: string): readonly SourceNode[];
  /** True for what is there but not to be seen, because the ignore file hides it. */
  isHidden(path: string): boolean;
  /** Of a file's content; at once where it is known. */
  digest(node: SourceNode): Digest | Promise<Digest>;
  /** Makes the contents of `nodes` ready to be opened in any order; called once before open() is. */
  prepare(nodes: readonly SourceNode[]): Promise<void>;
  open(node: SourceNode): ByteSource;
}

/** Linux gives up at 40 symlinks in one path. */
const maxLinks = 40;

/** What a path walk needs of a tree: enough for trees of sources, of images, and of layers being made. */
export interface LinkView {
  get(path: string): { readonly type: string; readonly linkTarget?: string } | undefined;
}

/**
 * The path with every symlink replaced, the last one too; `..` and absolute links stay inside the root, as in a chroot. Parts that do not
 * exist are kept as they are. Undefined for loops.
 */
export function resolveLinks(view: LinkView, path: string): string | undefined {
  const rest = path.split("/").reverse();
  const done: string[] = [];
  let links = 0;
  while (rest.length > 0) {
    const part = rest.pop()!;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      done.pop();
      continue;
    }
    done.push(part);
    const node = view.get(done.join("/"));
    if (node?.type !== "symlink") continue;
    if (++links > maxLinks) return undefined;
    const target = node.linkTarget ?? "";
    done.pop();
    if (target.startsWith("/")) done.length = 0;
    rest.push(...target.split("/").reverse());
  }
  return done.join("/");
}

/** Every node below `path`, itself first, parents before children. */
export function* walkSource(tree: SourceTree, node: SourceNode): Generator<SourceNode> {
  const pending = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    if (next.type !== "directory") continue;
    const children = tree.children(next.path);
    for (let index = children.length - 1; index >= 0; index--) pending.push(children[index]!);
  }
}

/** The last part of a path: `""` for the root. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The path without its last part: `""` for what is in the root. */
export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function joinPath(directory: string, name: string): string {
  return directory === "" ? name : name === "" ? directory : `${directory}/${name}`;
}
