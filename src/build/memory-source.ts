import type { ByteSource } from "../lib/mod.ts";
import { type Digest, digestOf } from "../oci/mod.ts";
import type { SourceNode, SourceTree } from "./source-tree.ts";

/** A root directory with one file in it: a heredoc of COPY or ADD. */
export class MemorySource implements SourceTree {
  readonly name = "the Dockerfile";
  readonly node: SourceNode;
  readonly #bytes: Uint8Array;

  constructor(fileName: string, content: string) {
    this.#bytes = new TextEncoder().encode(content);
    this.node = {
      path: fileName,
      type: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      sizeBytes: this.#bytes.length,
    };
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

  async digest(): Promise<Digest> {
    return digestOf(this.#bytes);
  }

  async prepare(): Promise<void> {}

  open(): ByteSource {
    return [this.#bytes];
  }
}
