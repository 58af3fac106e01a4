import type { LayerEntry, LayerIndex } from "./entry.ts";
import { entryOfLine, type IndexText, linesBelow, linkLines } from "./layer-index-file.ts";
import { mergeLayers, type TreeNode } from "./tree.ts";

/** What has to be known of a layer for a part of the merged tree. */
export interface LayerPart {
  readonly links: readonly LayerLink[];
  /** Those of the root, and those whose first directory is one of `tops`; in their order. */
  below(tops: ReadonlySet<string>): LayerEntry[];
}

/** A link, symbolic or hard. */
interface LayerLink {
  readonly path: string;
  readonly target: string;
}

/** A part of the merged tree: the same nodes, but only below certain first parts of paths, and the root. */
export interface TreePart {
  /** @throws OutsidePart */
  get(path: string): TreeNode | undefined;
}

/** Somebody asked for a path that the part does not have. */
export class OutsidePart extends Error {}

export function partOfIndex({ entries }: Pick<LayerIndex, "entries">): LayerPart {
  const links: LayerLink[] = [];
  for (const { path, linkTarget } of entries) {
    if (linkTarget !== undefined) links.push({ path, target: linkTarget });
  }
  return {
    links,
    below: (tops) => entries.filter(({ path }) => path === "" || tops.has(topOf(path))),
  };
}

/** Without making an entry of each line: of a base image's thousands, nearly none is asked for. */
export function partOfText({ text }: IndexText): LayerPart {
  return {
    links: linkLines(text).map((line, number) => {
      const { path, linkTarget = "" } = entryOfLine(line, number);
      return { path, target: linkTarget };
    }),
    below: (tops) => linesBelow(text, tops).map(entryOfLine),
  };
}

/**
 * The merged tree below the first part of `path`, and below whatever links connect with it in either direction: an archive may name a
 * file by a way through a link. Of a base image usually nothing but the directory itself, so that nobody need merge ten thousand
 * entries to find that there is no /app yet.
 * @throws OutsidePart where a link leads to the root, KasaneError as mergeLayers() does
 */
export function mergeBelow(layers: readonly LayerPart[], path: string): TreePart {
  const tops = connected(
    topOf(path),
    layers.flatMap(({ links }) => links),
  );
  const tree = mergeLayers(layers.map((layer) => ({ entries: layer.below(tops) })));
  return {
    get(asked) {
      if (asked !== "" && !tops.has(topOf(asked))) throw new OutsidePart(asked);
      return tree.get(asked);
    },
  };
}

function connected(first: string, links: readonly LayerLink[]): Set<string> {
  const tops = new Set([first]);
  const edges: { readonly top: string; readonly words: readonly string[] }[] = [];
  for (const link of links) {
    const top = topOf(link.path);
    const words = link.target.split("/").filter((word) => word !== "" && word !== ".");
    const isAtRoot = link.target.startsWith("/") || top === link.path;
    // What leads to the root, or may, leads everywhere: then there are no parts.
    if (words.at(-1) === ".." || (words.length === 0 && isAtRoot)) throw new OutsidePart(link.path);
    edges.push({ top, words: words.filter((word) => word !== "..") });
  }
  for (let size = 0; size < tops.size; ) {
    size = tops.size;
    for (const { top, words } of edges) {
      if (tops.has(top)) for (const word of words) tops.add(word);
      else if (words.some((word) => tops.has(word))) {
        tops.add(top);
        for (const word of words) tops.add(word);
      }
    }
  }
  return tops;
}

function topOf(path: string): string {
  const slash = path.indexOf("/");
  return slash < 0 ? path : path.slice(0, slash);
}
