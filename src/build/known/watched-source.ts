import type { ByteSource } from "../../lib/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { DirectorySource } from "../directory-source.ts";
import { parentPath, type SourceNode, type SourceTree } from "../source-tree.ts";

/** A directory that notes which of its directories somebody looked into: nothing else can decide what was found in it. */
export class WatchedSource implements SourceTree {
  readonly directories = new Set<string>();
  readonly #source: DirectorySource;

  constructor(source: DirectorySource) {
    this.#source = source;
  }

  get name(): string {
    return this.#source.name;
  }

  get(path: string): SourceNode | undefined {
    for (let directory = path; directory !== ""; ) {
      directory = parentPath(directory);
      this.directories.add(directory);
    }
    return this.#source.get(path);
  }

  children(path: string): readonly SourceNode[] {
    this.directories.add(path);
    return this.#source.children(path);
  }

  isHidden(path: string): boolean {
    return this.#source.isHidden(path);
  }

  digest(node: SourceNode): Digest | Promise<Digest> {
    return this.#source.digest(node);
  }

  prepare(): Promise<void> {
    return this.#source.prepare();
  }

  open(node: SourceNode): ByteSource {
    return this.#source.open(node);
  }
}
