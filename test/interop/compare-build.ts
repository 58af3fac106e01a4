import { type ImageSource, imageFrom, openArchive } from "../../src/image/mod.ts";
import { type ImageTree, indexLayer, mergeLayers, type TreeNode } from "../../src/layer/mod.ts";
import type { ImageConfig } from "../../src/oci/mod.ts";

/** What builders are compared by. */
export interface BuiltImage {
  /** One line for each path: type, mode, owner, size, content, link, xattrs. No times. */
  readonly tree: readonly string[];
  readonly config: Record<string, unknown>;
}

export async function builtImage(source: ImageSource): Promise<BuiltImage> {
  const image = await imageFrom(source);
  const indexes = await Promise.all(
    image.layers.map(async ({ descriptor }) => indexLayer(await source.blob(descriptor))),
  );
  return { tree: treeLines(mergeLayers(indexes)), config: comparableConfig(image.config) };
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
  return [
    path,
    entry.type,
    entry.type === "symlink" ? "" : entry.mode.toString(8),
    `${entry.uid}:${entry.gid}`,
    entry.type === "file" ? `${entry.sizeBytes} ${entry.contentDigest?.slice(7, 15)}` : "",
    entry.linkTarget ?? "",
    isLinked ? `= ${node.target!.entry.path}` : "",
    [...(entry.xattrs ?? [])].map(([key, value]) => `${key}=${Buffer.from(value).toString("hex")}`).join(),
  ]
    .join(" ")
    .trimEnd();
}

/** The settings, empty ones left out: builders write absent, null, "" and {} for the same. */
function comparableConfig(config: ImageConfig): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  if (config.author) settings.author = config.author;
  for (const [key, value] of Object.entries(config.config ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (compared.has(key) && !isEmpty(value)) settings[key] = value;
  }
  return settings;
}

const compared = new Set([
  "Cmd",
  "Entrypoint",
  "Env",
  "ExposedPorts",
  "Healthcheck",
  "Labels",
  "OnBuild",
  "Shell",
  "StopSignal",
  "User",
  "Volumes",
  "WorkingDir",
]);

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (typeof value === "object" && Object.keys(value!).length === 0);
}
