import type { TarEntry, TarInput } from "../tar/mod.ts";
import { ancestors } from "./directory-handles.ts";
import { type FlattenLayer, flattenLayers } from "./flatten.ts";
import { tarEntry } from "./flatten-plan.ts";
import { whiteoutPath } from "./layer-path.ts";
import { type ImageTree, mergeLayers } from "./tree.ts";

/**
 * The layers from number `from` on as one: on top of those below it gives the same tree. What they brought and took away again is not in
 * it, and nothing is unpacked. With `from` 0 it is the whole image. The same layers give the same members.
 * @throws KasaneError as flattenLayers() does
 */
export async function* squashLayers(layers: readonly FlattenLayer[], from: number): AsyncGenerator<TarInput> {
  const lower = mergeLayers(layers.slice(0, from).map(({ index }) => index));
  const tree = mergeLayers(layers.map(({ index }) => index));
  const gone = from === 0 ? [] : removedPaths(lower, tree);
  const kept = new Set<string>();
  for (const { entry, layer, isImplied } of tree.walk()) {
    if (layer >= from && !(isImplied && lower.get(entry.path))) keep(kept, entry.path);
  }
  for (const path of gone) for (const above of ancestors(path)) if (above !== "") keep(kept, above);
  for (const path of gone) yield { entry: whiteout(path), content: [] };
  const others = new Set(kept);
  // Before what is in them: below there may be something else of that name.
  for (const { entry } of tree.walk()) {
    if (entry.type !== "directory" || !kept.has(entry.path)) continue;
    others.delete(entry.path);
    yield { entry: tarEntry(entry, entry.path === "" ? "./" : entry.path) };
  }
  yield* flattenLayers({ tree, layers }, { only: others });
}

/** The path with the directories that lead to it: readers give those that a layer does not name attributes of their own. */
function keep(kept: Set<string>, path: string): void {
  kept.add(path);
  for (const above of ancestors(path)) if (above !== "") kept.add(above);
}

/** What the lower tree has and the upper has nothing at: each path that goes, without what is below it. */
function removedPaths(lower: ImageTree, tree: ImageTree): string[] {
  const gone: string[] = [];
  const visit = (directory: string): void => {
    for (const { entry } of lower.children(directory)) {
      const now = tree.get(entry.path);
      if (now === undefined) gone.push(entry.path);
      else if (entry.type === "directory" && now.entry.type === "directory") visit(entry.path);
    }
  };
  visit("");
  return gone;
}

function whiteout(path: string): TarEntry {
  return {
    path: whiteoutPath(path),
    type: "file",
    mode: 0o600,
    uid: 0,
    gid: 0,
    sizeBytes: 0,
    modified: { seconds: 0, nanoseconds: 0 },
  };
}
