import type { ByteSource } from "../lib/mod.ts";
import { type Digest, digestOf } from "../oci/mod.ts";
import type { SourceNode, SourceTree } from "./source-tree.ts";

/** A root directory with one file in it. */
export class OneFile implements SourceTree {
  readonly name: string;
  readonly node: SourceNode;
  readonly digest: () => Digest;
  readonly open: () => ByteSource;

  constructor(file: {
    /** What errors call the directory. */
    tree: string;
    name: string;
    mode: number;
    sizeBytes: number;
    digest: () => Digest;
    open: () => ByteSource;
  }) {
    const { name, mode, sizeBytes } = file;
    this.name = file.tree;
    this.node = { path: name, type: "file", mode, uid: 0, gid: 0, sizeBytes };
    this.digest = file.digest;
    this.open = file.open;
  }

  get(path: string): SourceNode | undefined {
    if (path === "") return { ...this.node, path: "", type: "directory", mode: 0o755, sizeBytes: 0 };
    return path === this.node.path ? this.node : undefined;
  }

  children(path: string): readonly SourceNode[] {
    return path === "" ? [this.node] : [];
  }

  isHidden(): boolean {
    return false;
  }

  async prepare(): Promise<void> {}
}

/** A heredoc of COPY or ADD. */
export function inlineFile(name: string, content: string): OneFile {
  const bytes = new TextEncoder().encode(content);
  return new OneFile({
    ...{ tree: "the Dockerfile", name, mode: 0o644, sizeBytes: bytes.length },
    digest: () => digestOf(bytes),
    open: () => [bytes],
  });
}
