import fc from "fast-check";
import { isKasaneError } from "../../lib/mod.ts";
import { type Digest, digestOf } from "../../oci/mod.ts";
import type { LayerEntry, LayerIndex } from "../entry.ts";
import { opaquePath } from "../layer-path.ts";
import { type ImageTree, mergeLayers } from "../tree.ts";
import type { TestEntry } from "./layer-tar.ts";

/** A layer of a random image: what goes into its tar, and the index of that. */
export interface RandomLayer {
  readonly entries: readonly TestEntry[];
  readonly index: LayerIndex;
}

const contents = ["", "x", "yy", "a longer content"];

/** The content that a random layer's entry stands for. */
export function contentOf(entry: LayerEntry): Buffer {
  return Buffer.from(contents.find((content) => digestOf(content) === entry.contentDigest)!);
}

const name = fc.constantFrom("a", "b", "c", "d");
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const attributes = fc.record({
  mode: fc.constantFrom(0o755, 0o644, 0o700, 0o4755, 0o1777),
  time: fc.integer({ min: 0, max: 5 }),
  xattr: fc.constantFrom(undefined, "1", "2"),
});
const target = fc.oneof(
  path,
  path.map((to) => `/${to}`),
  path.map((to) => `../${to}`),
  fc.constantFrom(".", "..", "/"),
);
const candidate = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("file" as const),
      path,
      content: fc.constantFrom(...contents),
      attributes,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("directory" as const), path, attributes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("symlink" as const), path, target, attributes }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("hardlink" as const), path, to: path, attributes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("fifo" as const), path, attributes }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("whiteout" as const), path }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("opaque" as const), path: fc.oneof(path, fc.constant("")) }),
  },
);
type Candidate = typeof candidate extends fc.Arbitrary<infer T> ? T : never;

/**
 * Images of up to three layers over few names, so that layers meet each other often. Whiteouts come first in each layer, and none below
 * another or through symlinks that others may take away: engines that read a layer as a stream differ in what those mean.
 */
export const randomLayers: fc.Arbitrary<RandomLayer[]> = fc
  .array(fc.array(candidate, { minLength: 1, maxLength: 14 }), { minLength: 1, maxLength: 3 })
  .map((layers) => {
    const made: RandomLayer[] = [];
    for (const candidates of layers) made.push(validLayer(candidates, made));
    return made;
  });

/** Leaves out what no engine would accept on top of what is there. */
function validLayer(candidates: readonly Candidate[], below: readonly RandomLayer[]): RandomLayer {
  const isMark = ({ kind }: Candidate) => kind === "whiteout" || kind === "opaque";
  const marks = candidates.filter(isMark);
  const tree = mergeLayers(below.map(({ index }) => index));
  const independent = marks.filter(
    (mark) =>
      !marks.some((other) => other !== mark && isWithin(mark.path, other.path)) &&
      !(leadsThroughSymlink(mark.path, tree) && (marks.length > 1 || leadsThroughOwn(mark, candidates))),
  );
  let layer: RandomLayer = layerOf([]);
  for (const next of [...independent, ...candidates.filter((one) => !isMark(one))]) {
    if (independent.length > 0 && isDoubtfulLink(next, [...independent, ...candidates], tree)) continue;
    const longer = layerOf([...layer.entries, testEntry(next)]);
    try {
      mergeLayers([...below.map(({ index }) => index), longer.index]);
      layer = longer;
    } catch (error) {
      if (!isKasaneError(error, "invalid-layer")) throw error;
    }
  }
  return layer;
}

function leadsThroughSymlink(path: string, tree: ImageTree): boolean {
  const parts = path.split("/");
  return parts.some((_, end) => {
    const node = tree.get(parts.slice(0, end + 1).join("/"));
    return (node?.target ?? node)?.entry.type === "symlink";
  });
}

/** True when the layer puts something of its own on the way to a mark. */
function leadsThroughOwn(mark: Candidate, candidates: readonly Candidate[]): boolean {
  return candidates.some((other) => other !== mark && isWithin(mark.path, other.path));
}

/** A link to a file that the layer hides, or to one by a way that it hides or makes. */
function isDoubtfulLink(link: Candidate, candidates: readonly Candidate[], tree: ImageTree): boolean {
  if (link.kind !== "hardlink") return false;
  const hasSpecialWay = ({ kind, path }: Candidate) =>
    (kind === "symlink" || kind === "whiteout" || kind === "opaque") && isWithin(link.to, path);
  return candidates.some(hasSpecialWay) || leadsThroughSymlink(link.to, tree);
}

function isWithin(path: string, directory: string): boolean {
  return directory === "" || `${path}/`.startsWith(`${directory}/`);
}

function testEntry(from: Candidate): TestEntry {
  if (from.kind === "whiteout") return { path: from.path.replace(/([^/]+)$/, ".wh.$1") };
  if (from.kind === "opaque") return { path: opaquePath(from.path) };
  const { mode, time, xattr } = from.attributes;
  // Only these two kinds can have user xattrs.
  const xattrs =
    xattr !== undefined && (from.kind === "file" || from.kind === "directory")
      ? { "user.k": xattr }
      : undefined;
  return {
    path: from.kind === "directory" ? `${from.path}/` : from.path,
    type: from.kind,
    mode,
    time,
    ...(xattrs === undefined ? {} : { xattrs }),
    ...(from.kind === "file" ? { content: from.content } : {}),
    ...(from.kind === "symlink" ? { to: from.target } : {}),
    ...(from.kind === "hardlink" ? { to: from.to } : {}),
  };
}

function layerOf(entries: readonly TestEntry[]): RandomLayer {
  const index = {
    diffId: digestOf(JSON.stringify(entries)),
    tarSizeBytes: 0,
    entries: entries.map(layerEntry),
  };
  return { entries, index };
}

function layerEntry(entry: TestEntry): LayerEntry {
  const path = entry.path.replace(/\/$/, "");
  const common = {
    mode: entry.mode ?? 0,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    sizeBytes: entry.content?.length ?? 0,
    modified: { seconds: entry.time ?? 0, nanoseconds: 0 },
  };
  if (path.endsWith(".wh..wh..opq"))
    return { ...common, type: "opaque", path: path.slice(0, -".wh..wh..opq".length).replace(/\/$/, "") };
  if (path.includes(".wh.")) return { ...common, type: "whiteout", path: path.replace(".wh.", "") };
  return {
    ...common,
    path,
    type: entry.type!,
    ...(entry.to === undefined ? {} : { linkTarget: entry.to }),
    ...(entry.xattrs === undefined
      ? {}
      : { xattrs: new Map(Object.entries(entry.xattrs).map(([k, v]) => [k, Buffer.from(v)])) }),
    ...(entry.type === "file" ? { contentDigest: digestOf(entry.content ?? "") as Digest } : {}),
  };
}

/** The lines that treeOf() with `times: "seconds"` gives for an unpacked tree. */
export function linesOfTree(tree: ImageTree, options: { readonly links: boolean }): string[] {
  const firstNames = new Map<unknown, string>();
  const lines: string[] = [];
  for (const node of tree.walk()) {
    const file = node.target ?? node;
    const { entry } = file;
    const first = firstNames.get(file);
    if (first === undefined) firstNames.set(file, node.entry.path);
    const content =
      entry.type === "file"
        ? `${entry.sizeBytes} ${entry.contentDigest!.slice("sha256:".length)}`
        : entry.type === "symlink"
          ? `→ ${JSON.stringify(entry.linkTarget)}`
          : "";
    const parts = [
      JSON.stringify(`/${node.entry.path}`),
      entry.type,
      entry.type === "symlink" ? "" : entry.mode.toString(8).padStart(4, "0"),
      `${entry.uid}:${entry.gid}`,
      content,
      options.links && first !== undefined ? `=/${first}` : "",
      `@${entry.modified.seconds}`,
      ...[...(entry.xattrs ?? [])].map(([key, value]) => `${key}=${Buffer.from(value).toString("hex")}`),
    ];
    lines.push(parts.filter(Boolean).join(" "));
  }
  // The walk is depth first; the lines are sorted by whole paths.
  return lines;
}
