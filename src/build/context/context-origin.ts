import type { Digest } from "../../oci/mod.ts";
import type { DirectorySource } from "../directory-source.ts";
import type { KnownSelections } from "../known/known-selections.ts";
import type { SourceTree } from "../source-tree.ts";

/** The files of a build context, as COPY, ADD and mounts take them. */
export interface ContextOrigin {
  readonly kind: "context";
  readonly tree: SourceTree;
  /** What `find` comes to, which nothing but the tree and `selection` (JSON) decides: earlier builds may have found it out. */
  selectionDigest(selection: unknown, find: (tree: SourceTree) => Promise<Digest>): Promise<Digest>;
}

/** Files of which nothing is remembered. */
export function contextOrigin(tree: SourceTree): ContextOrigin {
  return { kind: "context", tree, selectionDigest: (_, find) => find(tree) };
}

/** @param seenBy what decides, beside the selection, which files of the directory are seen */
export function knownOrigin(tree: DirectorySource, known: KnownSelections, seenBy: string): ContextOrigin {
  return {
    kind: "context",
    tree,
    selectionDigest: (selection, find) => known.digest(tree, JSON.stringify([seenBy, selection]), find),
  };
}
