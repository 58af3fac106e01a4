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
  const links = new Map<string, string>();
  let count = 0;
  for (const { tree, node: top, name } of sources) {
    text += `source\0${JSON.stringify(name)}\0`;
    for (const node of walkSource(tree, top)) {
      const path = node.path.slice(top.path.length);
      const content = node.type === "file" ? tree.digest(node) : null;
      // Waiting for each of thousands that are known would take longer than the rest.
      const known = content instanceof Promise ? await content : content;
      // No part has a NUL in it, and each node has as many parts: JSON of thousands takes as long as looking at the files.
      // A path that is no valid text would lose what it differs in; others begin with a slash.
      text += `${path.isWellFormed() ? path : JSON.stringify(path)}\0${node.type}\0${node.mode}\0${known ?? ""}\0${detail(node, links)}`;
      if (options.hasOwners) text += `${JSON.stringify(ownership(node))}\0`;
      if (++count % breathe > 0) continue;
      hasher.updateText(text);
      text = "";
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  hasher.updateText(text);
  return hasher.digest();
}

/** What few nodes have. */
function detail(node: SourceNode, links: Map<string, string>): string {
  const { linkTarget, deviceMajor, deviceMinor, linkGroup } = node;
  if (linkTarget === undefined && deviceMajor === undefined && linkGroup === undefined) return "\0\0\0\0";
  const target = linkTarget === undefined ? "" : JSON.stringify(linkTarget);
  return `${target}\0${deviceMajor ?? ""}\0${deviceMinor ?? ""}\0${firstName(links, node) ?? ""}\0`;
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
