import type { TreeEntry } from "./tree-entry.ts";

/** As many as Linux follows (path_resolution(7)). */
const maxSymlinks = 40;

export type LookUp =
  | { readonly kind: "found"; readonly node: TreeEntry }
  | { readonly kind: "missing" }
  /** A file, a device … where the path goes on. */
  | { readonly kind: "not-a-directory"; readonly node: TreeEntry }
  | { readonly kind: "loop" };

export interface LookUpOptions {
  /** Follow a symlink at the end of the path. */
  readonly followLast: boolean;
  /** The child of a directory; another view than the plain tree, or one that makes what is missing. */
  readonly child?: (directory: TreeEntry, name: string) => TreeEntry | undefined;
}

/** The node at a clean path, nothing followed. */
export function findEntry(root: TreeEntry, path: string): TreeEntry | undefined {
  if (path === "") return root;
  let node: TreeEntry | undefined = root;
  for (let start = 0; start <= path.length && node !== undefined; ) {
    const slash = path.indexOf("/", start);
    const end = slash === -1 ? path.length : slash;
    node = node.child(path.slice(start, end));
    start = end + 1;
  }
  return node;
}

/** Resolves a path as a process whose root directory is `root` would: symlinks count from there, and `..` stops there. */
export function lookUp(root: TreeEntry, path: string, options: LookUpOptions): LookUp {
  const childOf = options.child ?? ((directory, name) => directory.child(name));
  const pending = path.split("/").reverse();
  const above: TreeEntry[] = [];
  let node = root;
  let symlinks = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (!node.isDirectory) return { kind: "not-a-directory", node };
    if (name === "" || name === ".") continue;
    if (name === "..") {
      node = above.pop() ?? root;
      continue;
    }
    const child = childOf(node, name);
    if (child === undefined) return { kind: "missing" };
    const { entry } = child.file;
    if (entry.type === "symlink" && (pending.length > 0 || options.followLast)) {
      if (++symlinks > maxSymlinks) return { kind: "loop" };
      const target = entry.linkTarget ?? "";
      if (target === "") return { kind: "missing" };
      if (target.startsWith("/")) {
        node = root;
        above.length = 0;
      }
      for (const part of target.split("/").reverse()) pending.push(part);
      continue;
    }
    above.push(node);
    node = child;
  }
  return { kind: "found", node };
}
