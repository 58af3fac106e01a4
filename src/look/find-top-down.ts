import type { LayerEntry, TreeNode } from "../layer/mod.ts";
import type { LayerView } from "./layer-view.ts";

/** As many as Linux follows (path_resolution(7)). */
const maxSymlinks = 40;

/** What looking from the top down found: `unknown` where only the whole tree can tell. */
export type TopDown =
  | { readonly kind: "found"; readonly node: TreeNode }
  | { readonly kind: "missing" }
  | { readonly kind: "unknown" };

/**
 * Looks a path up as ImageTree.resolve() does, reading layers from the top down and only as far as needed: what the top layer has is
 * found without the others. That is exact where every layer that was read names all the directories above its entries, as those of most builders
 * do; a symlink below cannot lead them elsewhere then. Otherwise the answer is `unknown`.
 */
export async function findTopDown(
  layers: readonly LayerView[],
  path: string,
  options: { readonly followLast: boolean },
): Promise<TopDown> {
  return new TopDownSearch(layers).find(path, options);
}

/** What one layer says of its paths. */
interface LayerFacts {
  readonly named: ReadonlyMap<string, LayerEntry>;
  readonly whiteouts: ReadonlySet<string>;
  readonly opaque: ReadonlySet<string>;
  /** What hard links are names of, as far as it is in the layer itself, before the link. */
  readonly files: ReadonlyMap<LayerEntry, LayerEntry>;
  /** False when an entry stands below a directory that the layer does not name. */
  readonly isAnchored: boolean;
}

type Found = { readonly entry: LayerEntry; readonly layer: number };

class Unknown extends Error {}

class TopDownSearch {
  readonly #layers: readonly LayerView[];
  readonly #facts: LayerFacts[] = [];

  constructor(layers: readonly LayerView[]) {
    this.#layers = layers;
  }

  async find(path: string, { followLast }: { readonly followLast: boolean }): Promise<TopDown> {
    try {
      const node = await this.#walk(path, followLast);
      return node === undefined ? { kind: "missing" } : { kind: "found", node };
    } catch (error) {
      if (error instanceof Unknown) return { kind: "unknown" };
      throw error;
    }
  }

  async #walk(path: string, followLast: boolean): Promise<TreeNode | undefined> {
    const pending = path.split("/").reverse();
    let at: string[] = [];
    let node: TreeNode | undefined;
    let symlinks = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (node && node.entry.type !== "directory") return undefined;
      if (name === "" || name === ".") continue;
      if (name === "..") {
        at.pop();
        node = await this.#nodeAt(at);
        continue;
      }
      const child = await this.#nodeAt([...at, name]);
      if (child === undefined) return undefined;
      const { entry } = child.target ?? child;
      if (entry.type === "symlink" && (pending.length > 0 || followLast)) {
        if (++symlinks > maxSymlinks || !entry.linkTarget) return undefined;
        if (entry.linkTarget.startsWith("/")) at = [];
        node = undefined;
        pending.push(...entry.linkTarget.split("/").reverse());
        continue;
      }
      at.push(name);
      node = child;
    }
    return node ?? this.#nodeAt(at);
  }

  async #nodeAt(parts: readonly string[]): Promise<TreeNode | undefined> {
    const found = await this.#topmost(parts);
    if (found === undefined || found.entry.type !== "hardlink") return found;
    return { ...found, target: await this.#targetOf(found) };
  }

  /** The topmost layer's word for a path, all of whose parents are known to be directories. */
  async #topmost(parts: readonly string[]): Promise<Found | undefined> {
    const path = parts.join("/");
    const parents = parts.map((_, index) => parts.slice(0, index).join("/"));
    for (let layer = this.#layers.length - 1; layer >= 0; layer--) {
      const facts = await this.#factsOf(layer);
      const entry = facts.named.get(path);
      if (entry !== undefined) return { entry, layer };
      // A directory of a higher layer took the place of what this layer has there, and of all below.
      if (parents.some((parent) => (facts.named.get(parent)?.type ?? "directory") !== "directory"))
        return undefined;
      const isHidden =
        facts.whiteouts.has(path) ||
        parents.some((parent) => facts.whiteouts.has(parent) || facts.opaque.has(parent));
      if (isHidden) return undefined;
    }
    // A root that no layer names is for the tree to make.
    if (path === "") throw new Unknown();
    return undefined;
  }

  /** Only where the layer has the file itself: what lower layers had there at that time is for the tree to tell. */
  async #targetOf({ entry, layer }: Found): Promise<TreeNode> {
    const file = (await this.#factsOf(layer)).files.get(entry);
    if (file === undefined) throw new Unknown();
    return { entry: file, layer };
  }

  async #factsOf(layer: number): Promise<LayerFacts> {
    const facts = this.#facts[layer] ?? factsOf(await this.#layers[layer]!.entries());
    this.#facts[layer] = facts;
    if (!facts.isAnchored) throw new Unknown();
    return facts;
  }
}

function factsOf(entries: readonly LayerEntry[]): LayerFacts {
  const named = new Map<string, LayerEntry>();
  const whiteouts = new Set<string>();
  const opaque = new Set<string>();
  const files = new Map<LayerEntry, LayerEntry>();
  let isAnchored = true;
  const isDirectory = (path: string) => path === "" || named.get(path)?.type === "directory";
  const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf("/")));
  for (const entry of entries) {
    const { path, type } = entry;
    if (type === "whiteout") whiteouts.add(path);
    else if (type === "opaque") opaque.add(path);
    else {
      const earlier = named.get(path);
      // What came in between went to the one, and what comes now goes to the other.
      if (earlier !== undefined && (earlier.type === "directory") !== (type === "directory"))
        isAnchored = false;
      // One that is named later was made on the way, where a symlink of a lower layer may have led.
      if (!isDirectory(parentOf(path))) isAnchored = false;
      if (type === "hardlink") {
        // A link to itself: the same file was packed twice.
        if (entry.linkTarget === path && earlier !== undefined) continue;
        const target = named.get(entry.linkTarget ?? "");
        const file = target?.type === "hardlink" ? files.get(target) : target;
        if (file !== undefined && file.type !== "directory") files.set(entry, file);
      }
      named.set(path, entry);
    }
  }
  // Marks speak of the layers below, wherever they stand.
  if (![...whiteouts].every((path) => isDirectory(parentOf(path))) || ![...opaque].every(isDirectory))
    isAnchored = false;
  return { named, whiteouts, opaque, files, isAnchored };
}
