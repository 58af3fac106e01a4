import { type Digest, DigestHasher } from "../oci/mod.ts";
import type { SelectedSource } from "./select-sources.ts";
import { type SourceNode, walkSource } from "./source-tree.ts";

/** Between how many files other work of the process gets its turn. */
const breathe = 256;

/**
 * What a selection holds, by content: names below each source, types, modes, link targets, bytes. Owners, times and attributes only where
 * asked for: they are not content of a build context, but a command sees those of a stage.
 */
export async function sourceDigest(
  sources: readonly SelectedSource[],
  options: { hasOwners?: boolean } = {},
): Promise<Digest> {
  const hasher = new DigestHasher();
  let text = "";
  const add = (...parts: unknown[]): void => {
    text += `${JSON.stringify(parts)}\n`;
  };
  const links = new Map<string, string>();
  let count = 0;
  for (const { tree, node: top, name } of sources) {
    add("source", name);
    for (const node of walkSource(tree, top)) {
      const path = node.path.slice(top.path.length);
      const content = node.type === "file" ? tree.digest(node) : null;
      add(
        path,
        node.type,
        node.mode,
        node.linkTarget ?? null,
        node.deviceMajor ?? null,
        node.deviceMinor ?? null,
        // Waiting for each of thousands that are known would take longer than the rest.
        content instanceof Promise ? await content : content,
        firstName(links, node),
        ...(options.hasOwners ? ownership(node) : []),
      );
      if (++count % breathe > 0) continue;
      hasher.updateText(text);
      text = "";
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  hasher.updateText(text);
  return hasher.digest();
}

function ownership({ uid, gid, modified, xattrs }: SourceNode): unknown[] {
  const attributes = [...(xattrs ?? [])].map(([name, value]) => [
    name,
    Buffer.from(value).toString("base64"),
  ]);
  return [uid, gid, modified?.seconds ?? null, modified?.nanoseconds ?? null, attributes.sort()];
}

/** Inode numbers are not content; which names belong together is. */
function firstName(links: Map<string, string>, node: SourceNode): string | null {
  if (node.linkGroup === undefined) return null;
  const first = links.get(node.linkGroup);
  if (first === undefined) links.set(node.linkGroup, node.path);
  return first ?? null;
}
