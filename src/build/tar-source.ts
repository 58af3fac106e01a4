import type { ParentMatch, PathMatcher } from "../dockerfile/mod.ts";
import type { ByteSource } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";
import { compareNames } from "../tar/mod.ts";
import { baseName, parentPath, type SourceNode, type SourceTree } from "./source-tree.ts";
import type { SpooledTar } from "./spooled-tar.ts";

interface Place {
  readonly node: SourceNode;
  /** The archive's own node, by which it knows the content. */
  readonly content: SourceNode;
  readonly children: Map<string, Place>;
}

/** A build context that came as a tar: like a directory, owners and times are not content. */
export class TarSource implements SourceTree {
  readonly name: string;
  readonly #tar: SpooledTar;
  readonly #root = directory("");
  readonly #hidden = new Set<string>();

  constructor(tar: SpooledTar, options: { name: string; ignore?: PathMatcher | undefined }) {
    this.name = options.name;
    this.#tar = tar;
    for (const member of tar.members) {
      if (member.kind === "node") {
        this.#put({ node: contextNode(member.node), content: member.node, children: new Map() });
        continue;
      }
      const target = this.#find(member.target);
      if (target?.node.type !== "file") continue;
      this.#put({ ...target, node: { ...target.node, path: member.path } });
    }
    if (options.ignore && !options.ignore.isEmpty) this.#hide(this.#root, options.ignore, undefined);
  }

  get(path: string): SourceNode | undefined {
    return this.#find(path)?.node;
  }

  children(path: string): readonly SourceNode[] {
    const place = this.#find(path);
    if (!place) return [];
    return [...place.children].sort(([a], [b]) => compareNames(a, b)).map(([, child]) => child.node);
  }

  isHidden(path: string): boolean {
    return this.#hidden.has(path);
  }

  async digest(node: SourceNode): Promise<Digest> {
    return this.#tar.digest(this.#find(node.path)!.content);
  }

  async prepare(): Promise<void> {}

  open(node: SourceNode): ByteSource {
    return this.#tar.open(this.#find(node.path)!.content);
  }

  /** Takes ignored places away; true where something of `place` stays. */
  #hide(place: Place, ignore: PathMatcher, parentMatch: ParentMatch | undefined): boolean {
    for (const [name, child] of place.children) {
      const { path } = child.node;
      const found = ignore.matchBelow(path, parentMatch);
      const hasBelow = child.node.type === "directory" && this.#hide(child, ignore, found.match);
      if (!found.isMatched || hasBelow) continue;
      place.children.delete(name);
      this.#hidden.add(path);
    }
    return place.children.size > 0;
  }

  #find(path: string): Place | undefined {
    let place: Place | undefined = this.#root;
    if (path !== "") for (const part of path.split("/")) place = place?.children.get(part);
    return place;
  }

  #put(place: Place): void {
    const { path } = place.node;
    if (path === "") return;
    let parent = this.#root;
    const parents = parentPath(path);
    for (const part of parents === "" ? [] : parents.split("/")) {
      let next = parent.children.get(part);
      if (next?.node.type !== "directory") {
        next = directory(parent.node.path === "" ? part : `${parent.node.path}/${part}`);
        parent.children.set(part, next);
      }
      parent = next;
    }
    const there = parent.children.get(baseName(path));
    const isMerge = there?.node.type === "directory" && place.node.type === "directory";
    parent.children.set(baseName(path), isMerge ? { ...place, children: there.children } : place);
  }
}

function directory(path: string): Place {
  const node: SourceNode = { path, type: "directory", mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };
  return { node, content: node, children: new Map() };
}

function contextNode(node: SourceNode): SourceNode {
  const { modified: _, ...rest } = node;
  return { ...rest, uid: 0, gid: 0 };
}
