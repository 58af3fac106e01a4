import { observeDirectory } from "../../lib/libc/mod.ts";
import { type Digest, DigestHasher, isDigest } from "../../oci/mod.ts";
import { decodeName, encodeName } from "../../tar/mod.ts";
import type { DirectorySource } from "../directory-source.ts";
import type { SourceTree } from "../source-tree.ts";
import { isSettled } from "./is-settled.ts";
import { WatchedSource } from "./watched-source.ts";

/** A directory that was looked into, with the places in its listing of what is hidden from the build. */
type SeenDirectory = readonly [path: string, hidden: readonly number[]];

/** What a COPY selects, and what everything that decides it looked like. */
export interface KnownSelection {
  readonly digest: Digest;
  readonly fingerprint: Digest;
  readonly directories: readonly SeenDirectory[];
}

/** Of one context; those that were found out last. */
const maxSelections = 100;

/**
 * The digests of whole selections from earlier builds. Where every directory that was looked into has the same names, and every file the same
 * status as then, the digest is the same, and no file has to be looked at by itself: 2,000 cost 4 ms instead of 13 (bench/build.ts, "all cached").
 */
export class KnownSelections {
  readonly #root: string;
  readonly #selections: Map<string, KnownSelection>;
  isChanged = false;

  /** @param root the context's real path */
  constructor(root: string, known: Readonly<Record<string, KnownSelection>>) {
    this.#root = root;
    this.#selections = new Map(Object.entries(known));
  }

  /** @param key everything that decides the digest beside the files */
  async digest(
    source: DirectorySource,
    key: string,
    find: (tree: SourceTree) => Promise<Digest>,
  ): Promise<Digest> {
    const known = this.#selections.get(key);
    if (known && this.#isUnchanged(known)) return known.digest;
    const watched = new WatchedSource(source);
    const digest = await find(watched);
    const directories = new Set(
      [...watched.directories].flatMap((path) => [path, ...source.lookedThrough(path)]),
    );
    this.#keep(key, digest, source, directories);
    return digest;
  }

  /** For the next build. */
  toJSON(): Record<string, KnownSelection> {
    return Object.fromEntries([...this.#selections].slice(-maxSelections));
  }

  #isUnchanged({ fingerprint, directories, digest }: KnownSelection): boolean {
    if (!isDigest(digest) || !Array.isArray(directories) || !directories.every(isSeen)) return false;
    const looks = directories.map(([path, hidden]) => ({ path, ...(hidden.length > 0 && skip(hidden)) }));
    return this.#observe(looks) === fingerprint;
  }

  /** Had anything changed since the first look at it, it would be newer than that look. */
  #keep(key: string, digest: Digest, source: DirectorySource, paths: ReadonlySet<string>): void {
    const directories: SeenDirectory[] = [];
    const looks = [...paths].map((path) => {
      const hidden: number[] = [];
      directories.push([path, hidden]);
      const names = source.hiddenIn(path);
      const isSkipped = (position: number, name: Uint8Array): boolean => {
        const isHidden = names.has(decodeName(name));
        if (isHidden) hidden.push(position);
        return isHidden;
      };
      return { path, ...(names.size > 0 && { isSkipped }) };
    });
    let latestMs = Number.NEGATIVE_INFINITY;
    const onChange = (ms: number): void => {
      if (ms > latestMs) latestMs = ms;
    };
    const fingerprint = this.#observe(looks, onChange);
    if (fingerprint === undefined || !isSettled(latestMs, source.readAtMs)) return;
    this.#selections.delete(key);
    this.#selections.set(key, { digest, fingerprint, directories });
    this.isChanged = true;
  }

  #observe(looks: readonly Look[], onChange?: (ms: number) => void): Digest | undefined {
    const hasher = new DigestHasher();
    const update = (bytes: Uint8Array): void => hasher.update(bytes);
    for (const { path, isSkipped } of looks) {
      const place = encodeName(path === "" ? `${this.#root}\0` : `${this.#root}/${path}\0`);
      const how = { update, ...(isSkipped && { isSkipped }), ...(onChange && { onChange }) };
      if (!observeDirectory(place, how)) return undefined;
    }
    return hasher.digest();
  }
}

interface Look {
  readonly path: string;
  readonly isSkipped?: (position: number, name: Uint8Array) => boolean;
}

function isSeen(directory: unknown): directory is SeenDirectory {
  return Array.isArray(directory) && typeof directory[0] === "string" && Array.isArray(directory[1]);
}

/** @param hidden in order, as listings are */
function skip(hidden: readonly number[]): Pick<Look, "isSkipped"> {
  let next = 0;
  return {
    isSkipped(position) {
      if (position !== hidden[next]) return false;
      next++;
      return true;
    },
  };
}
