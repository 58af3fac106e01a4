import type { BlobStore } from "../../blob/mod.ts";
import type { ImageLayer } from "../../image/mod.ts";
import { type LayerEntry, type LayerIndex, readLayerFiles } from "../../layer/mod.ts";
import { compareNames } from "../../tar/mod.ts";
import { type ContentDifference, firstDifference } from "./first-difference.ts";

/** One path that two layers of the same step do not have alike. */
export interface FileDifference {
  readonly path: string;
  /** `added`: only the later run made it; `missing`: only the first. */
  readonly kind: "added" | "missing" | "changed";
  /** What is not the same, where both have it. */
  readonly attributes: readonly AttributeDifference[];
  /** Where the contents part, of files that are not too large to look at. */
  readonly content?: ContentDifference;
}

export interface AttributeDifference {
  readonly name: "type" | "mode" | "owner" | "time" | "size" | "content" | "link" | "device" | "xattrs";
  readonly before: string;
  readonly after: string;
}

export interface ComparedLayer {
  readonly layer: ImageLayer;
  readonly index: LayerIndex;
}

/** Files whose contents are looked at, and bytes of each: they are in memory together. */
const readFiles = 20;
const readBytes = 4 * 1024 * 1024;

/** Everything in which two layers differ, by path. */
export async function compareLayers(
  blobs: Pick<BlobStore, "open">,
  before: ComparedLayer,
  after: ComparedLayer,
): Promise<FileDifference[]> {
  const [first, second] = [entriesOf(before.index), entriesOf(after.index)];
  const paths = [...new Set([...first.keys(), ...second.keys()])].sort(compareNames);
  const differences: FileDifference[] = [];
  for (const path of paths) {
    const [one, other] = [first.get(path), second.get(path)];
    if (!one || !other) differences.push({ path, kind: one ? "missing" : "added", attributes: [] });
    else {
      const attributes = attributesOf(one, other);
      if (attributes.length > 0) differences.push({ path, kind: "changed", attributes });
    }
  }
  const wanted = differences
    .filter(({ attributes }) => attributes.some(({ name }) => name === "content"))
    .map(({ path }) => path)
    .filter((path) => Math.max(first.get(path)!.sizeBytes, second.get(path)!.sizeBytes) <= readBytes)
    .slice(0, readFiles);
  const pick = (entries: ReadonlyMap<string, LayerEntry>) => wanted.map((path) => entries.get(path)!);
  const [old, now] = [
    await contentsOf(blobs, before.layer, pick(first)),
    await contentsOf(blobs, after.layer, pick(second)),
  ];
  return differences.map((difference) => {
    const { path } = difference;
    if (!wanted.includes(path)) return difference;
    const empty = new Uint8Array();
    return { ...difference, content: firstDifference(old.get(path) ?? empty, now.get(path) ?? empty) };
  });
}

/** A path that is there twice counts as it is at the end. */
function entriesOf({ entries }: LayerIndex): Map<string, LayerEntry> {
  return new Map(
    entries.map((entry) => [entry.type === "whiteout" ? `.wh.${entry.path}` : entry.path, entry]),
  );
}

function attributesOf(before: LayerEntry, after: LayerEntry): AttributeDifference[] {
  const values: Record<AttributeDifference["name"], (entry: LayerEntry) => string> = {
    type: ({ type }) => type,
    mode: ({ mode }) => mode.toString(8).padStart(4, "0"),
    owner: ({ uid, gid }) => `${uid}:${gid}`,
    time: ({ modified: { seconds, nanoseconds } }) =>
      new Date(seconds * 1000 + nanoseconds / 1e6).toISOString(),
    size: ({ sizeBytes }) => `${sizeBytes}`,
    content: ({ contentDigest }) => contentDigest ?? "",
    link: ({ linkTarget }) => linkTarget ?? "",
    device: ({ deviceMajor = "", deviceMinor = "" }) => `${deviceMajor}:${deviceMinor}`,
    xattrs: ({ xattrs }) =>
      [...(xattrs ?? [])].map(([key, value]) => `${key}=${Buffer.from(value).toString("hex")}`).join(" "),
  };
  return Object.entries(values).flatMap(([name, show]) => {
    const [one, other] = [show(before), show(after)];
    return one === other ? [] : [{ name: name as AttributeDifference["name"], before: one, after: other }];
  });
}

async function contentsOf(
  blobs: Pick<BlobStore, "open">,
  { descriptor }: ImageLayer,
  entries: readonly LayerEntry[],
): Promise<Map<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  if (entries.length === 0) return contents;
  for await (const { entry, content } of readLayerFiles(await blobs.open(descriptor.digest), entries)) {
    contents.set(entry.path, Buffer.concat(await Array.fromAsync(content())));
  }
  return contents;
}
