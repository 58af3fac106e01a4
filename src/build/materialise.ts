import { chmodSync, lchownSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { SelectedSource } from "./select-sources.ts";
import { type SourceNode, walkSource } from "./source-tree.ts";

/**
 * Writes a source out to `path`, which must not exist: what a bind mount shows. Devices and pipes are left out. Owners are set where this
 * process may.
 */
export async function materialise(source: SelectedSource, path: string): Promise<void> {
  const { tree, node: top } = source;
  const nodes = [...walkSource(tree, top)];
  await tree.prepare(nodes.filter((node) => node.type === "file"));
  for (const node of nodes) await writeNode(source, node, join(path, node.path.slice(top.path.length)));
  // Last, so that a directory without write permission could be filled.
  for (const node of nodes.reverse()) {
    const place = join(path, node.path.slice(top.path.length));
    if (!isWritten(node)) continue;
    if (node.uid !== 0 || node.gid !== 0) lchownSync(place, node.uid, node.gid);
    if (node.type !== "symlink") chmodSync(place, node.mode);
  }
}

function isWritten(node: SourceNode): boolean {
  return node.type === "file" || node.type === "directory" || node.type === "symlink";
}

async function writeNode({ tree }: SelectedSource, node: SourceNode, place: string): Promise<void> {
  if (node.type === "directory") mkdirSync(place, { mode: 0o700 });
  else if (node.type === "symlink") symlinkSync(node.linkTarget ?? "", place);
  else if (node.type === "file") {
    const file = Bun.file(place).writer();
    for await (const chunk of tree.open(node)) {
      file.write(chunk);
      await file.flush();
    }
    await file.end();
  }
}
