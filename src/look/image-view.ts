import type { Image } from "../image/mod.ts";
import { type ImageTree, type LayerEntry, mergeLayers, type TreeNode } from "../layer/mod.ts";
import { closest, editDistance, KasaneError, mapConcurrent } from "../lib/mod.ts";
import { findTopDown } from "./find-top-down.ts";
import type { LayerView } from "./layer-view.ts";

/** Layers read side by side: more would only share the same connection and cores. */
const layersAtOnce = 3;

/** An image for one platform that can be looked into: nothing is unpacked, and of its layers only what is asked for is read. */
export interface ImageView extends Pick<Image, "raw" | "manifest" | "config" | "id" | "platform"> {
  /** As it was asked for. */
  readonly name: string;
  /** Where it is: `store`, or `registry.example.com/app:v1`. */
  readonly place: string;
  /** Base first. */
  readonly layers: readonly LayerView[];
  /** All files of the image. Needs to know every layer. */
  tree(): Promise<ImageTree>;
  /**
   * The node at `path`, symlinks on the way followed inside the image, and the last one when asked: layers are read from the top down,
   * only as far as needed. undefined where nothing is there, or a loop.
   */
  find(path: string, options: { readonly followLast: boolean }): Promise<TreeNode | undefined>;
}

export function imageView(
  image: Pick<Image, "raw" | "manifest" | "config" | "id" | "platform">,
  parts: { readonly name: string; readonly place: string; readonly layers: readonly LayerView[] },
): ImageView {
  const { raw, manifest, config, id, platform } = image;
  let whole: Promise<ImageTree> | undefined;
  const tree = () => {
    whole ??= mapConcurrent([...parts.layers], layersAtOnce, async (layer) => ({
      entries: await layer.entries(),
    })).then(mergeLayers);
    return whole;
  };
  return {
    ...parts,
    raw,
    manifest,
    config,
    id,
    platform,
    tree,
    async find(path, options) {
      const found = await findTopDown(parts.layers, path, options);
      if (found.kind === "unknown") return (await tree()).resolve(path, options);
      return found.kind === "found" ? found.node : undefined;
    },
  };
}

/** ImageView.find() of what has to be there. @throws KasaneError `not-found` */
export async function findFile(
  image: ImageView,
  path: string,
  options: { readonly followLast: boolean },
): Promise<TreeNode> {
  const node = await image.find(path, options);
  if (node !== undefined) return node;
  // To know that nothing is there every layer was looked at: the tree costs nothing more.
  const tree = await image.tree();
  const target = tree.resolve(path.replace(/\/+$/, ""), { followLast: false })?.entry.linkTarget;
  if (target !== undefined) {
    throw new KasaneError(
      "not-found",
      `${JSON.stringify(path)} of image ${image.name} is a symlink that leads nowhere: to ${JSON.stringify(target)}`,
      { hint: "list what is there with ls" },
    );
  }
  const near = nearPath(tree, path);
  throw new KasaneError("not-found", `image ${image.name} has no file ${JSON.stringify(path)}`, {
    hint: near === undefined ? "list what is there with ls" : `did you mean ${JSON.stringify(near)}?`,
  });
}

/** A path that is there, each part of it near the one that was typed. */
function nearPath(tree: ImageTree, path: string): string | undefined {
  let at = "";
  for (const name of path.split("/").filter((part) => part !== "")) {
    const directory = tree.resolve(at, { followLast: true });
    if (directory?.entry.type !== "directory") return undefined;
    if (tree.resolve(`${at}/${name}`, { followLast: true }) !== undefined) {
      at = `${at}/${name}`;
      continue;
    }
    const names = tree.children(directory.entry.path).map(({ entry }) => baseName(entry.path));
    const near = closest(name, names);
    // Short names are near each other by chance.
    if (near === undefined || editDistance(name, near) > name.length / 3) return undefined;
    at = `${at}/${near}`;
  }
  return at === "" ? undefined : at;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The content of the file at a node; nothing for an empty one. @throws KasaneError `digest-mismatch`, `invalid-layer` */
export async function* readFile(image: ImageView, node: TreeNode): AsyncGenerator<Uint8Array> {
  const { entry, layer } = node.target ?? node;
  if (entry.sizeBytes === 0) return;
  for await (const { content } of image.layers[layer]!.contents([entry])) {
    yield* content;
    return;
  }
  throw contentMissing(entry);
}

function contentMissing(entry: LayerEntry): KasaneError {
  return new KasaneError(
    "invalid-layer",
    `the layer does not hold the content of ${JSON.stringify(entry.path)}`,
  );
}
