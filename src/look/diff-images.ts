import type { ImageTree, LayerEntry, TreeNode } from "../layer/mod.ts";
import type { Digest } from "../oci/mod.ts";
import { compareNames } from "../tar/mod.ts";
import { diffConfigs, type FieldChange } from "./diff-configs.ts";
import { timeText, xattrTexts } from "./file-facts.ts";
import type { ImageView } from "./image-view.ts";
import { layerInstructions } from "./layer-instructions.ts";
import { type InstalledPackage, installedPackages, type UnreadPackages } from "./packages.ts";

/** What is different about a path that both images have. */
export interface AttributeChange {
  readonly what: "type" | "content" | "mode" | "owner" | "link" | "device" | "xattrs" | "time";
  readonly from: string;
  readonly to: string;
}

export interface FileChange {
  /** Absolute, from the image's root. */
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
  readonly type: LayerEntry["type"];
  /** Bytes in the first and the second image; 0 where it is not there. */
  readonly fromBytes: number;
  readonly toBytes: number;
  /** Of changed paths. */
  readonly changes: readonly AttributeChange[];
}

export interface PackageChange {
  readonly kind: InstalledPackage["kind"];
  readonly name: string;
  /** Absent: not installed there. */
  readonly from?: string;
  readonly to?: string;
}

export interface DiffLayer {
  readonly diffId: Digest;
  readonly digest: Digest;
  /** Bytes as they are transferred. */
  readonly sizeBytes: number;
  readonly instruction: string;
}

export interface ImageDiff {
  readonly files: readonly FileChange[];
  readonly config: readonly FieldChange[];
  readonly packages: readonly PackageChange[];
  /** Databases of packages that could not be read, in either image. */
  readonly unreadPackages: readonly UnreadPackages[];
  /** Layers both have, from the base up; the others of each. */
  readonly layers: {
    readonly shared: readonly DiffLayer[];
    readonly from: readonly DiffLayer[];
    readonly to: readonly DiffLayer[];
  };
}

export interface DiffOptions {
  /** Compare times as well: of files, and when the image was created. */
  readonly times?: boolean;
}

/** What one image has and another has not, without unpacking either. */
export async function diffImages(
  from: ImageView,
  to: ImageView,
  options: DiffOptions = {},
): Promise<ImageDiff> {
  const files = [...diffTrees(await from.tree(), await to.tree(), options)];
  // Equal files give equal lists.
  const none = { packages: [], unread: [] };
  const [before, after] =
    files.length === 0 ? [none, none] : [await installedPackages(from), await installedPackages(to)];
  // Half of a comparison would be a list of everything.
  const unreadKinds = new Set([...before.unread, ...after.unread].map(({ kind }) => kind));
  const readable = ({ packages }: typeof before) => packages.filter(({ kind }) => !unreadKinds.has(kind));
  return {
    files,
    config: diffConfigs(from.config, to.config, options),
    packages: diffPackages(readable(before), readable(after)),
    unreadPackages: [...before.unread, ...after.unread],
    layers: diffLayers(from, to),
  };
}

/** Both trees side by side, in the order of a walk. */
export function* diffTrees(from: ImageTree, to: ImageTree, options: DiffOptions = {}): Generator<FileChange> {
  const stack: [TreeNode | undefined, TreeNode | undefined][] = [[from.get(""), to.get("")]];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    const [a, b] = pair;
    const change = changeOf(a, b, options);
    if (change !== undefined) yield change;
    stack.push(...pairs(childrenOf(from, a), childrenOf(to, b)).reverse());
  }
}

function childrenOf(tree: ImageTree, node: TreeNode | undefined): readonly TreeNode[] {
  return node?.entry.type === "directory" ? tree.children(node.entry.path) : [];
}

/** Two sorted lists of children, those of one name together. */
function pairs(
  from: readonly TreeNode[],
  to: readonly TreeNode[],
): [TreeNode | undefined, TreeNode | undefined][] {
  const found: [TreeNode | undefined, TreeNode | undefined][] = [];
  for (let i = 0, j = 0; i < from.length || j < to.length; ) {
    const [a, b] = [from[i], to[j]];
    const order = a && b ? compareNames(nameOf(a), nameOf(b)) : a ? -1 : 1;
    found.push([order <= 0 ? a : undefined, order >= 0 ? b : undefined]);
    if (order <= 0) i++;
    if (order >= 0) j++;
  }
  return found;
}

function nameOf({ entry: { path } }: TreeNode): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function changeOf(
  a: TreeNode | undefined,
  b: TreeNode | undefined,
  options: DiffOptions,
): FileChange | undefined {
  const from = a && (a.target ?? a).entry;
  const to = b && (b.target ?? b).entry;
  // The same layer's entry: nothing to compare.
  if (from === to) return undefined;
  const changes = from && to ? attributeChanges(from, to, options) : [];
  if (from && to && changes.length === 0) return undefined;
  return {
    path: `/${(b ?? a)!.entry.path}`,
    kind: from === undefined ? "added" : to === undefined ? "removed" : "changed",
    type: (to ?? from)!.type,
    fromBytes: from?.sizeBytes ?? 0,
    toBytes: to?.sizeBytes ?? 0,
    changes,
  };
}

const aspects: readonly { what: AttributeChange["what"]; text: (entry: LayerEntry) => string }[] = [
  { what: "type", text: ({ type }) => type },
  { what: "content", text: ({ contentDigest = "" }) => contentDigest },
  { what: "mode", text: ({ mode }) => mode.toString(8).padStart(4, "0") },
  { what: "owner", text: ({ uid, gid }) => `${uid}:${gid}` },
  { what: "link", text: ({ type, linkTarget = "" }) => (type === "symlink" ? linkTarget : "") },
  {
    what: "device",
    text: ({ deviceMajor, deviceMinor = 0 }) =>
      deviceMajor === undefined ? "" : `${deviceMajor}:${deviceMinor}`,
  },
  {
    what: "xattrs",
    text: ({ xattrs }) =>
      xattrs === undefined || xattrs.size === 0 ? "" : JSON.stringify(xattrTexts(xattrs)),
  },
];

function attributeChanges(from: LayerEntry, to: LayerEntry, { times }: DiffOptions): AttributeChange[] {
  const changes: AttributeChange[] = [];
  for (const { what, text } of aspects) {
    // Every symlink may be used by everybody: what its mode says has no meaning.
    if (what === "mode" && from.type === "symlink" && to.type === "symlink") continue;
    const [before, after] = [text(from), text(to)];
    if (before !== after) changes.push({ what, from: before, to: after });
  }
  if (times === true) {
    const [before, after] = [timeText(from.modified), timeText(to.modified)];
    if (before !== after) changes.push({ what: "time", from: before, to: after });
  }
  return changes;
}

function diffPackages(from: readonly InstalledPackage[], to: readonly InstalledPackage[]): PackageChange[] {
  const [before, after] = [versionsOf(from), versionsOf(to)];
  const changes: PackageChange[] = [];
  for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [a, b] = [before.get(key), after.get(key)];
    if (a === b) continue;
    const [kind, name] = key.split(" ") as [InstalledPackage["kind"], string];
    changes.push({ kind, name, ...(a !== undefined && { from: a }), ...(b !== undefined && { to: b }) });
  }
  return changes;
}

function versionsOf(packages: readonly InstalledPackage[]): Map<string, string> {
  const versions = new Map<string, string[]>();
  for (const { kind, name, version } of packages) {
    const key = `${kind} ${name}`;
    versions.set(key, [...(versions.get(key) ?? []), version]);
  }
  return new Map([...versions].map(([key, list]) => [key, [...new Set(list)].sort().join(", ")]));
}

function diffLayers(from: ImageView, to: ImageView): ImageDiff["layers"] {
  const [before, after] = [diffLayersOf(from), diffLayersOf(to)];
  let count = 0;
  while (count < before.length && before[count]!.diffId === after[count]?.diffId) count++;
  return { shared: after.slice(0, count), from: before.slice(count), to: after.slice(count) };
}

function diffLayersOf({ layers, config }: ImageView): DiffLayer[] {
  const instructions = layerInstructions(config);
  return layers.map(({ descriptor, diffId }, index) => ({
    diffId,
    digest: descriptor.digest,
    sizeBytes: descriptor.size,
    instruction: instructions[index]!,
  }));
}
