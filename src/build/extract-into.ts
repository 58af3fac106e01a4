import { KasaneError } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";
import type { Timestamp } from "../tar/mod.ts";
import type { DraftEntry, LayerDraft, Owner } from "./layer-draft.ts";
import { baseName, joinPath, parentPath, type SourceNode, type SourceTree } from "./source-tree.ts";
import type { SpooledTar } from "./spooled-tar.ts";

export interface ExtractOptions {
  /** Absolute, clean; always a directory. */
  readonly destination: string;
  /** Absent: as the archive says. */
  readonly owner?: Owner;
  readonly modified: Timestamp;
  /** What errors call the archive. */
  readonly name: string;
}

/**
 * ADD of an archive: as `tar -x` in a chroot at the destination. What is in the way is replaced, directories are merged, symlinks
 * on the way are followed inside the destination.
 * @throws KasaneError `build-failed`, `invalid-archive`
 */
export function extractInto(draft: LayerDraft, tar: SpooledTar, options: ExtractOptions): void {
  const { owner } = options;
  const top = draft.resolve(options.destination.replace(/^\/+|\/+$/g, ""));
  draft.makeDirectories(top, 0o755, owner ?? { uid: 0, gid: 0 });
  const tree = new ArchiveTree(tar, options.name);
  for (const member of tar.members) {
    const path = member.kind === "node" ? member.node.path : member.path;
    if (path === "") continue;
    const parent = draft.resolve(parentPath(path), top);
    draft.makeDirectories(parent, 0o755, { uid: 0, gid: 0 });
    const target = joinPath(parent, baseName(path));
    if (member.kind === "node") {
      const { linkGroup: _, path: __, ...attributes } = member.node;
      draft.put(
        {
          ...attributes,
          path: target,
          ...(owner ?? {}),
          modified: attributes.modified ?? options.modified,
          ...(attributes.type === "file" ? { content: { tree, node: member.node } } : {}),
        },
        { replace: true },
      );
      continue;
    }
    const linked = joinPath(draft.resolve(parentPath(member.target), top), baseName(member.target));
    draft.put(hardLink(draft, target, linked, options), { replace: true });
  }
}

/** A file that came from the archive gets a second name; one of the image below is linked as it is there. */
function hardLink(draft: LayerDraft, path: string, linked: string, options: ExtractOptions): DraftEntry {
  const found = draft.get(linked);
  if (!found || found.type === "directory" || found.type === "whiteout" || found.type === "opaque") {
    throw new KasaneError("invalid-archive", `${options.name} links ${path} to ${linked}, which is no file`);
  }
  if ("content" in found || found.type !== "file") return { ...found, path, type: found.type };
  const { uid, gid, mode, modified } = found;
  return { path, type: "hardlink", mode, uid, gid, modified, sizeBytes: 0, linkTarget: linked };
}

class ArchiveTree implements SourceTree {
  readonly name: string;
  readonly #tar: SpooledTar;

  constructor(tar: SpooledTar, name: string) {
    this.name = name;
    this.#tar = tar;
  }

  get(): undefined {
    return undefined;
  }

  children(): readonly SourceNode[] {
    return [];
  }

  isHidden(): boolean {
    return false;
  }

  async digest(node: SourceNode): Promise<Digest> {
    return this.#tar.digest(node);
  }

  async prepare(): Promise<void> {}

  open(node: SourceNode): ReturnType<SourceTree["open"]> {
    return this.#tar.open(node);
  }
}
