import {
  cleanPath,
  compileFileGlob,
  GlobError,
  hasWildcards,
  matchesWhole,
  PathMatcher,
} from "../dockerfile/mod.ts";
import { closest, KasaneError } from "../lib/mod.ts";
import {
  baseName,
  joinPath,
  parentPath,
  resolveLinks,
  type SourceNode,
  type SourceTree,
} from "./source-tree.ts";

/** What one source argument stands for: a node, and the name it was asked for by. */
export interface SelectedSource {
  readonly tree: SourceTree;
  /** Symlinks in the argument are followed, also the last. */
  readonly node: SourceNode;
  /** What it is called in a destination directory: the name that was written, not that of a link's target. */
  readonly name: string;
  /** `--parents`: of what is below `node`, only this, with the directories that lead to it. */
  readonly only?: PathMatcher;
}

/**
 * The nodes that a source argument of COPY or ADD means, in order of their names. `..` cannot leave the tree. A pattern that matches
 * nothing selects nothing; a plain path must exist.
 * @throws KasaneError `not-found`, `invalid-dockerfile`
 */
export function selectSources(tree: SourceTree, argument: string): SelectedSource[] {
  const path = cleanPath(`/${argument}`).slice(1);
  const parts = path.split("/");
  const wildAt = parts.findIndex(hasWildcards);
  if (wildAt < 0) {
    const plain = unescapePath(path);
    return [followed(tree, plain, argument)];
  }
  const directory = resolveLinks(tree, unescapePath(parts.slice(0, wildAt).join("/")));
  if (directory === undefined || tree.get(directory)?.type !== "directory") return [];
  return match(tree, directory, parts.slice(wildAt), argument).map((node) =>
    followed(tree, node.path, argument),
  );
}

/**
 * `COPY --parents`: the directory before `/./` (or the root) with what the rest of the argument matches below it.
 * @throws KasaneError `not-found`, `invalid-dockerfile`
 */
export function selectParents(tree: SourceTree, argument: string): SelectedSource[] {
  const pivot = argument.indexOf("/./");
  const top = pivot < 0 ? "" : argument.slice(0, pivot);
  const pattern = cleanPath(`/${pivot < 0 ? argument : argument.slice(pivot + 3)}`).slice(1);
  const selected = selectSources(tree, top === "" ? "/" : top);
  if (pattern === "") return selected;
  // A file that a pattern in front of the pivot brought in has nothing below it.
  const sources = selected.filter(({ node }) => node.type === "directory");
  if (!hasWildcards(pattern)) {
    for (const source of sources) {
      if (tree.get(joinPath(source.node.path, pattern))) continue;
      throw new KasaneError(
        "not-found",
        `${argument} was not found in ${tree.name}`,
        hintFor(tree, joinPath(source.node.path, pattern)),
      );
    }
  }
  try {
    const only = new PathMatcher([pattern]);
    return sources.map((source) => ({ ...source, only }));
  } catch (error) {
    if (!(error instanceof GlobError)) throw error;
    throw new KasaneError(
      "invalid-dockerfile",
      `the source ${argument} is no valid pattern: ${error.message}`,
    );
  }
}

/** `*` stops at slashes, so a pattern of n parts matches exactly n levels below. */
function match(
  tree: SourceTree,
  directory: string,
  parts: readonly string[],
  argument: string,
): SourceNode[] {
  const [part, ...rest] = parts;
  let tokens: ReturnType<typeof compileFileGlob>;
  try {
    tokens = compileFileGlob(part!);
  } catch (error) {
    if (!(error instanceof GlobError)) throw error;
    throw new KasaneError(
      "invalid-dockerfile",
      `the source ${argument} is no valid pattern: ${error.message}`,
    );
  }
  const matched = tree.children(directory).filter((node) => matchesWhole(tokens, baseName(node.path)));
  if (rest.length === 0) return matched;
  return matched
    .filter((node) => node.type === "directory")
    .flatMap((node) => match(tree, node.path, rest, argument));
}

function followed(tree: SourceTree, path: string, argument: string): SelectedSource {
  const resolved = resolveLinks(tree, path);
  const node = resolved === undefined ? undefined : tree.get(resolved);
  if (node) return { tree, node, name: baseName(path) };
  throw new KasaneError("not-found", `${argument} was not found in ${tree.name}`, hintFor(tree, resolved));
}

function hintFor(tree: SourceTree, path: string | undefined): { hint?: string } {
  if (path === undefined) return { hint: "its symlinks run in a circle" };
  if (tree.isHidden(path)) return { hint: "it is there, but .dockerignore hides it" };
  const siblings = tree.children(parentPath(path)).map((node) => baseName(node.path));
  const near = closest(baseName(path), siblings);
  if (near !== undefined) return { hint: `did you mean ${joinPath(parentPath(path), near)}?` };
  return { hint: "check the path: it begins at the top of the context or image" };
}

/** A backslash makes `*`, `?` and `[` plain. */
function unescapePath(path: string): string {
  return path.replaceAll(/\\(.)/gs, "$1");
}
