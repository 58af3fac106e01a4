import { pairLayers } from "../image/mod.ts";
import { decompress, type ImageTree, type LayerEntry, readLayer, type TreeNode } from "../layer/mod.ts";
import { type ByteSource, KasaneError } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";
import type { TarEntry, TarInput } from "../tar/mod.ts";
import type { LocalImage, LocalStore } from "./local-store.ts";

/** The members of exportImage(), in its order. */
export async function* exportedMembers(
  store: Pick<LocalStore, "blobs" | "layerIndex">,
  image: Pick<LocalImage, "manifest" | "config">,
  tree: ImageTree,
): AsyncGenerator<TarInput> {
  const { others, files, links, directories } = sortNodes(tree);
  for (const { entry } of others) yield { entry: tarEntry(entry) };
  for (const [layer, { descriptor, diffId }] of pairLayers(image.manifest, image.config).entries()) {
    const wanted = files.get(layer);
    if (!wanted) continue;
    const { entries } = await store.layerIndex(descriptor, diffId);
    yield* filesOf(await store.blobs.open(descriptor.digest), entries, wanted);
  }
  for (const { path, to, entry } of links) {
    yield { entry: { ...tarEntry(entry), path, type: "hardlink", sizeBytes: 0, linkTarget: to } };
  }
  for (const { entry } of directories.reverse()) {
    yield { entry: { ...tarEntry(entry), path: entry.path === "" ? "./" : entry.path } };
  }
}

type WantedFiles = Map<Digest, { path: string; entry: LayerEntry }[]>;

interface SortedNodes {
  /** Symlinks, devices, in the order of the tree. */
  readonly others: TreeNode[];
  /** By the layer that has the content, by digest. */
  readonly files: Map<number, WantedFiles>;
  readonly links: { readonly path: string; readonly to: string; readonly entry: LayerEntry }[];
  /** Parents before children. */
  readonly directories: TreeNode[];
}

function sortNodes(tree: ImageTree): SortedNodes {
  const sorted: SortedNodes = { others: [], files: new Map(), links: [], directories: [] };
  /** The name under which a file is written, for every node that is one. */
  const written = new Map<TreeNode, string>();
  const want = (path: string, { entry, layer }: TreeNode) => {
    const ofLayer: WantedFiles = sorted.files.get(layer) ?? new Map();
    sorted.files.set(layer, ofLayer);
    const digest = entry.contentDigest!;
    ofLayer.set(digest, [...(ofLayer.get(digest) ?? []), { path, entry }]);
  };
  const hardLinks: TreeNode[] = [];
  for (const node of tree.walk()) {
    const { type, path } = node.entry;
    if (type === "directory") {
      if (path !== "" || isRemarkable(node.entry)) sorted.directories.push(node);
    } else if (type === "hardlink") hardLinks.push(node);
    else {
      written.set(node, path);
      if (type === "file") want(path, node);
      else sorted.others.push(node);
    }
  }
  for (const { entry, target } of hardLinks) {
    if (!target)
      throw new KasaneError("invalid-layer", `cannot export: hard link ${entry.path} leads nowhere`);
    const to = written.get(target);
    if (to !== undefined) sorted.links.push({ path: entry.path, to, entry: target.entry });
    else {
      // Its first name is gone from the image: this one takes the content.
      written.set(target, entry.path);
      if (target.entry.type === "file") want(entry.path, target);
      else sorted.others.push({ ...target, entry: { ...target.entry, path: entry.path } });
    }
  }
  return sorted;
}

/** Whoever unpacks has a directory already: it is only told of what is not the rule. */
function isRemarkable({ mode, uid, gid, xattrs }: LayerEntry): boolean {
  return mode !== 0o755 || uid !== 0 || gid !== 0 || (xattrs?.size ?? 0) > 0;
}

/** Members with equal content are interchangeable, so the digest is enough to find what a path wants. */
async function* filesOf(
  blob: ByteSource,
  entries: readonly LayerEntry[],
  wanted: WantedFiles,
): AsyncGenerator<TarInput> {
  let position = 0;
  for await (const { entry, content } of readLayer(decompress(blob))) {
    const digest = entries[position++]?.contentDigest;
    const node = entry.type === "file" && digest ? wanted.get(digest)?.shift() : undefined;
    if (node) yield { entry: { ...tarEntry(node.entry), path: node.path }, content: content() };
  }
}

function tarEntry(entry: LayerEntry): TarEntry {
  const { contentDigest: _, contentOffset: __, ...rest } = entry;
  if (rest.type === "whiteout" || rest.type === "opaque") {
    throw new KasaneError("internal", `a whiteout of ${entry.path} is in an image tree`);
  }
  return { ...rest, type: rest.type };
}
