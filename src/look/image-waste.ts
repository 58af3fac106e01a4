import { type ImageTree, type LayerEntry, mergeLayers } from "../layer/mod.ts";
import type { ImageView } from "./image-view.ts";

/** A path that several layers hold, or that one holds and a later one takes away. */
export interface WastedPath {
  readonly path: string;
  /** Layers that have it or take it away. */
  readonly count: number;
  /** Bytes of all of them. */
  readonly sizeBytes: number;
}

/** How much of an image's layers is of no use, by the definitions of dive, and what nobody can see. */
export interface ImageWaste {
  /** Σ over paths of the smallest size in any layer, by Σ of all sizes; 1 for an image without files. */
  readonly efficiency: number;
  /** Bytes of every version of each path that stands in two layers or more. */
  readonly wastedBytes: number;
  /** wastedBytes by the bytes of all layers but the base. */
  readonly userWastedPercent: number;
  /** Contents of all layers. */
  readonly sizeBytes: number;
  /** Contents of all layers but the base. */
  readonly userSizeBytes: number;
  /** Contents that are stored and not seen in the image: what squashing would save. */
  readonly hiddenBytes: number;
  /** Largest first. */
  readonly paths: readonly WastedPath[];
}

interface PathSizes {
  count: number;
  sumBytes: number;
  minBytes: number;
}

/**
 * dive counts the leaves of each layer: files, links, empty directories and whiteouts. The whiteout of a file weighs nothing, which makes
 * the file's path worth nothing; that of a directory weighs what was in it.
 */
export async function imageWaste(image: Pick<ImageView, "layers" | "tree">): Promise<ImageWaste> {
  const layers = await Promise.all(image.layers.map(async (layer) => ({ entries: await layer.entries() })));
  const sizes = new Map<string, PathSizes>();
  const layerBytes: number[] = [];
  for (const [number, { entries }] of layers.entries()) {
    const own = lastOfEachPath(entries);
    const parents = parentPaths(own.keys());
    // Only asked for where a layer takes a directory away.
    let below: ImageTree | undefined;
    let total = 0;
    for (const [path, entry] of own) {
      total += entry.sizeBytes;
      if (entry.type !== "whiteout") {
        if (!parents.has(path)) add(sizes, path, entry.sizeBytes);
        continue;
      }
      below ??= mergeLayers(layers.slice(0, number));
      add(sizes, path, directoryBytes(below, path));
    }
    layerBytes.push(total);
  }
  return summary(sizes, layerBytes, visibleBytes(await image.tree()));
}

function summary(
  sizes: ReadonlyMap<string, PathSizes>,
  layerBytes: readonly number[],
  visible: number,
): ImageWaste {
  let least = 0;
  let all = 0;
  let wastedBytes = 0;
  const paths: WastedPath[] = [];
  for (const [path, { count, sumBytes, minBytes }] of sizes) {
    least += minBytes;
    all += sumBytes;
    if (count < 2) continue;
    wastedBytes += sumBytes;
    if (sumBytes > 0) paths.push({ path: `/${path}`, count, sizeBytes: sumBytes });
  }
  paths.sort((a, b) => b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1));
  const sizeBytes = layerBytes.reduce((sum, bytes) => sum + bytes, 0);
  const userSizeBytes = sizeBytes - (layerBytes[0] ?? 0);
  return {
    efficiency: all === 0 ? 1 : least / all,
    wastedBytes,
    userWastedPercent: userSizeBytes === 0 ? 0 : wastedBytes / userSizeBytes,
    sizeBytes,
    userSizeBytes,
    hiddenBytes: sizeBytes - visible,
    paths,
  };
}

function lastOfEachPath(entries: readonly LayerEntry[]): Map<string, LayerEntry> {
  const own = new Map<string, LayerEntry>();
  for (const entry of entries) {
    if (entry.type === "opaque" || entry.path === "") continue;
    // A file of the same layer stands over its whiteout.
    if (entry.type === "whiteout" && own.has(entry.path)) continue;
    own.set(entry.path, entry);
  }
  return own;
}

function parentPaths(paths: Iterable<string>): Set<string> {
  const parents = new Set<string>();
  for (const path of paths) {
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const parent = path.slice(0, slash);
      if (parents.has(parent)) break;
      parents.add(parent);
    }
  }
  return parents;
}

function add(sizes: Map<string, PathSizes>, path: string, sizeBytes: number): void {
  const known = sizes.get(path);
  if (known === undefined) {
    sizes.set(path, { count: 1, sumBytes: sizeBytes, minBytes: sizeBytes });
    return;
  }
  known.count++;
  known.sumBytes += sizeBytes;
  known.minBytes = Math.min(known.minBytes, sizeBytes);
}

function directoryBytes(tree: ImageTree, path: string): number {
  if (tree.get(path)?.entry.type !== "directory") return 0;
  let total = 0;
  for (const { entry } of tree.walk(path)) total += entry.sizeBytes;
  return total;
}

/** Each file once, however many names it has. */
function visibleBytes(tree: ImageTree): number {
  const files = new Set<object>();
  let total = 0;
  for (const node of tree.walk()) {
    const file = node.target ?? node;
    if (files.has(file)) continue;
    files.add(file);
    total += file.entry.sizeBytes;
  }
  return total;
}
