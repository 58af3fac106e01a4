import type { ConfigKey } from "./config-key.ts";
import { distributionKeys } from "./distribution-keys.ts";
import { kasaneKeys } from "./kasane-keys.ts";

/** The table of keys as a tree: what may stand at one place. */
export interface KeyNode {
  /** Set where a value (or a section without meaning) stands. */
  key?: ConfigKey;
  readonly children: Map<string, KeyNode>;
  /** Set where a list of sections stands. */
  item?: KeyNode;
}

export const configKeys: readonly ConfigKey[] = [...distributionKeys, ...kasaneKeys];

let tree: KeyNode | undefined;

export function keyTree(): KeyNode {
  tree ??= configKeys.reduce(
    (root, key) => {
      add(root, key);
      return root;
    },
    { children: new Map() } as KeyNode,
  );
  return tree;
}

function add(root: KeyNode, key: ConfigKey): void {
  let node = root;
  for (const part of key.path.split(".")) {
    const name = part.replace(/\[\]$/, "");
    let child = node.children.get(name);
    if (child === undefined) {
      child = { children: new Map() };
      node.children.set(name, child);
    }
    if (part.endsWith("[]")) {
      child.item ??= { children: new Map() };
      child = child.item;
    }
    node = child;
  }
  node.key = key;
}

/** `uploads-per-client` is UPLOADSPERCLIENT in the name of a variable. */
export function variablePart(name: string): string {
  return name.replaceAll("-", "").toUpperCase();
}
