import {
  defaultDockerfileLimits,
  ignoreFileLimits,
  ignoreFileNames,
  type PathMatcher,
  parseIgnoreFile,
} from "../../dockerfile/mod.ts";
import { collect, KasaneError } from "../../lib/mod.ts";
import type { DockerfileSelection } from "../options.ts";
import { resolveLinks, type SourceTree } from "../source-tree.ts";
import { contextOrigin } from "./context-origin.ts";
import type { OpenedContext } from "./open-context.ts";

export const defaultDockerfileNames = ["Dockerfile", "Containerfile"];

/**
 * A context that came from outside as a whole: its Dockerfile and ignore file are files of it, and no link in it leads to this machine's.
 * `without` gives the same tree without what an ignore file hides.
 */
export async function openTree(
  whole: SourceTree,
  selection: DockerfileSelection | undefined,
  without: (ignore: PathMatcher) => SourceTree,
): Promise<OpenedContext> {
  const { text, name, path } = await treeDockerfile(whole, selection);
  const ignore = await readIgnore(whole, ignoreFileNames(path));
  return { dockerfile: { text, name }, ignore, origin: contextOrigin(ignore ? without(ignore) : whole) };
}

/** @throws KasaneError `invalid-dockerfile` for a pattern that is none */
export async function readIgnore(
  tree: SourceTree,
  candidates: readonly string[],
): Promise<PathMatcher | undefined> {
  for (const candidate of candidates) {
    const bytes = await readNode(tree, candidate, ignoreFileLimits.maxBytes);
    if (bytes) return parseIgnoreFile(bytes, candidate);
  }
  return undefined;
}

async function treeDockerfile(
  tree: SourceTree,
  selection: DockerfileSelection | undefined,
): Promise<{ text: string | Uint8Array; name: string; path?: string }> {
  if (selection?.kind === "text") return { text: selection.text, name: selection.name ?? "Dockerfile" };
  const candidates = selection ? [selection.path] : defaultDockerfileNames;
  for (const path of candidates) {
    const text = await readNode(tree, path, defaultDockerfileLimits.maxBytes);
    if (text) return { text, name: path, path };
  }
  throw new KasaneError("not-found", `there is no ${candidates[0]} in ${tree.name}`, {
    hint: "name another file with --file",
  });
}

async function readNode(tree: SourceTree, path: string, limitBytes: number): Promise<Uint8Array | undefined> {
  const resolved = resolveLinks(tree, path);
  const node = resolved === undefined ? undefined : tree.get(resolved);
  return node?.type === "file" ? collect(tree.open(node), limitBytes, path) : undefined;
}
