import { type ImageSource, imageFrom, openArchive } from "../../../src/image/mod.ts";
import {
  type ImageTree,
  indexLayer,
  type LayerIndex,
  mergeLayers,
  type TreeNode,
} from "../../../src/layer/mod.ts";
import type { Digest, HistoryEntry, ImageConfig } from "../../../src/oci/mod.ts";
import { caseTime } from "./build-case.ts";

/** What builders are compared by. */
export interface BuiltImage {
  /** One line for each path: type, mode, owner, size and content or device, link, other names, time, xattrs. */
  readonly tree: readonly string[];
  /** The settings and the platform. */
  readonly config: Record<string, unknown>;
  /** What made it, with `(empty)` where there is no layer. */
  readonly history: readonly string[];
}

/** What is younger was written by a build: every builder has a time of its own for it. */
const begin = Math.floor(Date.now() / 1000) - 60;

const indexes = new Map<Digest, Promise<LayerIndex>>();

export async function builtImage(source: ImageSource): Promise<BuiltImage> {
  const image = await imageFrom(source);
  const layers = await Promise.all(
    image.layers.map(({ descriptor }) => {
      // Layers of the base come with every image.
      const known = indexes.get(descriptor.digest);
      if (known) return known;
      const made = source.blob(descriptor).then(indexLayer);
      indexes.set(descriptor.digest, made);
      return made;
    }),
  );
  return {
    tree: treeLines(mergeLayers(layers)),
    config: comparableConfig(image.config),
    history: (image.config.history ?? []).map(historyLine),
  };
}

/** The one image of a docker or OCI archive. */
export async function builtArchive(path: string, tempDir: string): Promise<BuiltImage> {
  await using archive = await openArchive(path, { tempDir });
  return builtImage(archive.images[0]!.source);
}

function treeLines(tree: ImageTree): string[] {
  return [...tree.walk()].filter((node) => node.entry.path !== "").map((node) => line(tree, node));
}

function line(tree: ImageTree, node: TreeNode): string {
  const { path } = node.entry;
  const entry = node.target?.entry ?? node.entry;
  const isLinked = node.target !== undefined && tree.get(node.target.entry.path) === node.target;
  const isDevice = entry.type === "character-device" || entry.type === "block-device";
  return [
    /^[\w./@+-]+$/.test(path) ? path : JSON.stringify(path),
    entry.type,
    entry.type === "symlink" ? "" : entry.mode.toString(8),
    `${entry.uid}:${entry.gid}`,
    entry.type === "file" ? `${entry.sizeBytes} ${entry.contentDigest?.slice(7, 15)}` : "",
    isDevice ? `${entry.deviceMajor}:${entry.deviceMinor}` : "",
    entry.type === "symlink" ? `-> ${entry.linkTarget}` : "",
    isLinked ? `= ${node.target!.entry.path}` : "",
    timeText(entry.modified.seconds),
    [...(entry.xattrs ?? [])].map(([key, value]) => `${key}=${Buffer.from(value).toString("hex")}`).join(),
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** Nothing for the time of the build, which is no content. */
function timeText(seconds: number): string {
  return seconds === 0 || seconds === caseTime || seconds >= begin ? "" : `@${seconds}`;
}

/** Empty values are left out: builders write absent, null, "" and {} for the same. */
function comparableConfig({
  author,
  architecture,
  os,
  variant,
  config,
}: ImageConfig): Record<string, unknown> {
  const settings = { author, architecture, os, variant, ...config };
  const sorted = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.filter(([, value]) => !isEmpty(value)));
}

function historyLine({ created_by = "", empty_layer }: HistoryEntry): string {
  return empty_layer ? `${created_by} (empty)` : created_by;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === false) return true;
  return typeof value === "object" && Object.keys(value!).length === 0;
}
