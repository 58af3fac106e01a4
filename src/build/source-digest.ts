import { type Digest, DigestHasher } from "../oci/mod.ts";
import type { SelectedSource } from "./select-sources.ts";
import { type SourceNode, walkSource } from "./source-tree.ts";

const encoder = new TextEncoder();

/** Between how many files other work of the process gets its turn. */
const breathe = 256;

/**
 * What a selection holds, by content: names below each source, types, modes, link targets, bytes. Neither owners nor times, which are not
 * content of a build context.
 */
export async function sourceDigest(sources: readonly SelectedSource[]): Promise<Digest> {
  const hasher = new DigestHasher();
  const add = (...parts: unknown[]): void => hasher.update(encoder.encode(`${JSON.stringify(parts)}\n`));
  const links = new Map<string, string>();
  let count = 0;
  for (const { tree, node: top, name } of sources) {
    add("source", name);
    for (const node of walkSource(tree, top)) {
      const path = node.path.slice(top.path.length);
      add(
        path,
        node.type,
        node.mode,
        node.linkTarget ?? null,
        node.deviceMajor ?? null,
        node.deviceMinor ?? null,
        node.type === "file" ? await tree.digest(node) : null,
        firstName(links, node),
      );
      if (++count % breathe === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return hasher.digest();
}

/** Inode numbers are not content; which names belong together is. */
function firstName(links: Map<string, string>, node: SourceNode): string | null {
  if (node.linkGroup === undefined) return null;
  const first = links.get(node.linkGroup);
  if (first === undefined) links.set(node.linkGroup, node.path);
  return first ?? null;
}
