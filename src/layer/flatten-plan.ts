import type { TarEntry } from "../tar/mod.ts";
import { ancestors, parentPath } from "./directory-handles.ts";
import type { LayerEntry, LayerIndex } from "./entry.ts";
import { hardLink } from "./hard-link.ts";
import type { ImageTree, TreeNode } from "./tree.ts";

/** A member of the tar to be. */
export interface PlannedMember {
  readonly entry: TarEntry;
  /** Where the content is: the layer, and the number of the member in it. */
  readonly content?: { readonly layer: number; readonly position: number };
}

/** The members of an image's tar in an order in which every layer is read once, from its beginning. */
export function planFlatten(
  tree: Pick<ImageTree, "get" | "walk">,
  indexes: readonly Pick<LayerIndex, "entries">[],
): PlannedMember[] {
  const plan = new FlattenPlan(tree);
  for (const [layer, index] of indexes.entries()) plan.addLayer(layer, index);
  plan.addRest();
  return directoriesInOrder(plan.members);
}

class FlattenPlan {
  readonly members: PlannedMember[] = [];
  readonly #tree: Pick<ImageTree, "get" | "walk">;
  /** All names of each file, in the order of the tree. */
  readonly #names = new Map<TreeNode, TreeNode[]>();
  /** Files with content, by layer and content, until somebody has it. */
  readonly #wanted = new Map<string, TreeNode[]>();
  readonly #planned = new Set<TreeNode>();

  constructor(tree: Pick<ImageTree, "get" | "walk">) {
    this.#tree = tree;
    for (const node of tree.walk()) {
      const file = node.target ?? node;
      append(this.#names, file, node);
    }
    for (const file of this.#names.keys()) {
      if (hasContent(file.entry)) append(this.#wanted, contentKey(file.layer, file.entry), file);
    }
  }

  addLayer(layer: number, index: Pick<LayerIndex, "entries">): void {
    for (const [position, entry] of index.entries.entries()) {
      // By content, not by name: an entry may be in the tree under another path, and equal contents are as good as each other.
      const file = hasContent(entry) ? this.#wanted.get(contentKey(layer, entry))?.shift() : undefined;
      if (file !== undefined) {
        this.#add(file, { layer, position });
        continue;
      }
      const node = this.#tree.get(entry.path);
      if (node?.layer === layer && !hasContent((node.target ?? node).entry)) this.#add(node.target ?? node);
    }
  }

  /** What was not met under its own name: directories that no layer names, entries written through a symlink. */
  addRest(): void {
    for (const node of this.#tree.walk()) this.#add(node.target ?? node);
  }

  /** The file under its first name, and behind it all its other names. */
  #add(file: TreeNode, content?: PlannedMember["content"]): void {
    if (this.#planned.has(file)) return;
    this.#planned.add(file);
    const names = this.#names.get(file)!;
    // Its own name, where it still has it.
    const first = names.includes(file) ? file : names[0]!;
    const { path } = first.entry;
    this.#addParents(path);
    if (path === "" && file.isImplied === true) return;
    const entry = tarEntry(file.entry, path);
    this.members.push(content === undefined ? { entry } : { entry, content });
    for (const name of names) {
      if (name === first) continue;
      this.#addParents(name.entry.path);
      this.members.push({ entry: hardLink({ ...entry, path: name.entry.path }, path) });
    }
  }

  #addParents(path: string): void {
    if (path === "") return;
    const parent = this.#tree.get(parentPath(path))!;
    if (!this.#planned.has(parent)) this.#add(parent);
  }
}

/**
 * Moves directories to the end that get something after the archive has left them for another one: tar(1) gives a directory its time
 * when it leaves, and would not do so again. To name such a directory twice is no way out: what reads a tar as a
 * layer refuses two members of one name. All other directories stand before what is in them.
 *
 * The symlinks in a directory that moves stay behind it. tar(1) makes the absolute ones at its very end, and only then comes
 * back to the time of a directory whose own member it has seen before the symlink.
 */
function directoriesInOrder(members: readonly PlannedMember[]): PlannedMember[] {
  // The root is spelled `./`, which no name of what is in it begins with.
  const late = new Set([""]);
  const isLate = ({ entry }: PlannedMember) => entry.type === "directory" && late.has(entry.path);
  let first = [...members];
  // A directory that moves is made with the first thing in it, maybe later than before: look again.
  for (let known = 0; known < late.size; ) {
    known = late.size;
    first = first.filter((member) => !isLate(member));
    for (const path of filledAfterLeaving(first)) late.add(path);
  }
  const last = members.filter(isLate);
  const behind = new Map(last.map(({ entry }) => [entry.path, [] as PlannedMember[]]));
  const movable = symlinksOfOneDirectory(members);
  first = first.filter((member) => {
    const links = movable.has(member) ? behind.get(parentPath(member.entry.path)) : undefined;
    links?.push(member);
    return links === undefined && !isLate(member);
  });
  return [...first, ...last.flatMap((member) => [member, ...behind.get(member.entry.path)!])];
}

/** Symlinks and hard links to them, but for those with names in several directories. */
function symlinksOfOneDirectory(members: readonly PlannedMember[]): Set<PlannedMember> {
  const byFirstName = new Map<string, PlannedMember[]>();
  for (const member of members) {
    const { type, path, linkTarget } = member.entry;
    if (type === "symlink") byFirstName.set(path, [member]);
    else if (type === "hardlink") byFirstName.get(linkTarget!)?.push(member);
  }
  const isTogether = ([first, ...others]: PlannedMember[]) =>
    others.every(({ entry }) => parentPath(entry.path) === parentPath(first!.entry.path));
  return new Set([...byFirstName.values()].filter(isTogether).flat());
}

/** Directories in which something is made after a member that is not below them. */
function filledAfterLeaving(members: readonly PlannedMember[]): Set<string> {
  const made = new Set<string>();
  const left = new Set<string>();
  const filled = new Set<string>();
  let previous: readonly string[] = [];
  for (const { entry } of members) {
    const way = [entry.path, ...ancestors(entry.path)];
    for (const path of previous) if (!way.includes(path)) left.add(path);
    for (const path of way) {
      if (made.has(path)) break;
      made.add(path);
      if (left.has(parentPath(path))) filled.add(parentPath(path));
    }
    previous = way;
  }
  return filled;
}

function append<K>(lists: Map<K, TreeNode[]>, key: K, node: TreeNode): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [node]);
  else list.push(node);
}

function contentKey(layer: number, { contentDigest, sizeBytes }: LayerEntry): string {
  return `${layer} ${contentDigest} ${sizeBytes}`;
}

function hasContent(entry: LayerEntry): boolean {
  return entry.type === "file" && entry.sizeBytes > 0;
}

/** Without what only an index knows. */
export function tarEntry(entry: LayerEntry, path: string): TarEntry {
  const { contentDigest: _digest, contentOffset: _offset, sparseOffset: _sparse, ...rest } = entry;
  // Marks are not in a tree.
  return { ...rest, path, type: rest.type as TarEntry["type"] };
}
