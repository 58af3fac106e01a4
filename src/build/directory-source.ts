import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  type Stats,
} from "node:fs";
import type { ParentMatch, PathMatcher } from "../dockerfile/mod.ts";
import { type ByteSource, errnoOf, KasaneError, messageOf, type Writable } from "../lib/mod.ts";
import { type Digest, DigestHasher, digestOf } from "../oci/mod.ts";
import { decodeName, encodeName, sortNames, type Timestamp } from "../tar/mod.ts";
import type { KnownFiles } from "./known/known-files.ts";
import { joinPath, parentPath, type SourceNode, type SourceTree } from "./source-tree.ts";

/** Files up to this size are read at once to be hashed; larger ones pass through a buffer. */
const wholeFileBytes = 1024 * 1024;
const bufferBytes = 512 * 1024;
/** Of what was read to be hashed, so much is kept for the layer that it is packed into next. */
const keptBytes = 32 * 1024 * 1024;

/**
 * A directory of this machine, without what its ignore file hides. Owners and times are not content of a build context: nodes
 * carry 0:0 and none, unless they are asked for. Calls are synchronous on purpose: for thousands of small files they are several times faster than
 * going through the thread pool for each.
 */
export class DirectorySource implements SourceTree {
  readonly name: string;
  readonly #directory: string;
  readonly #ignore: PathMatcher | undefined;
  readonly #keep: { readonly times?: boolean; readonly owners?: boolean };
  readonly #listed = new Map<string, readonly SourceNode[]>();
  readonly #nodes = new Map<string, SourceNode>();
  readonly #matches = new Map<string, ParentMatch>();
  readonly #digests = new Map<string, Digest>();
  readonly #kept = new Map<string, Uint8Array>();
  #keptBytes = 0;
  readonly #known: KnownFiles | undefined;
  /** What files were like when they were found, for `#known`. */
  readonly #stats = new Map<string, Stats>();
  readonly #hidden = new Map<string, Set<string>>();
  readonly #lookedThrough = new Map<string, string[]>();
  /** Before anything of it was looked at. */
  #readAtMs = Number.POSITIVE_INFINITY;

  constructor(
    directory: string,
    options: {
      name: string;
      ignore?: PathMatcher | undefined;
      known?: KnownFiles;
      keep?: { readonly times?: boolean; readonly owners?: boolean };
    },
  ) {
    this.#keep = options.keep ?? {};
    this.name = options.name;
    this.#directory = directory;
    this.#known = options.known;
    this.#ignore = options.ignore?.isEmpty ? undefined : options.ignore;
  }

  get(path: string): SourceNode | undefined {
    this.#readAtMs = Math.min(this.#readAtMs, Date.now());
    if (path === "") return this.#node("", lstatSync(this.#directory));
    const parent = parentPath(path);
    if (parent !== "" && this.get(parent)?.type !== "directory") return undefined;
    // Of a whole machine, neighbours are not looked at.
    if (this.#keep.times && !this.#ignore && !this.#listed.has(parent)) {
      const stats = this.#stat(path);
      return stats && this.#node(path, stats);
    }
    this.children(parent);
    return this.#nodes.get(path);
  }

  children(path: string): readonly SourceNode[] {
    let listed = this.#listed.get(path);
    if (!listed) {
      this.#readAtMs = Math.min(this.#readAtMs, Date.now());
      listed = this.#scan(path);
      this.#listed.set(path, listed);
    }
    return listed;
  }

  get readAtMs(): number {
    return this.#readAtMs;
  }

  /** The names of a directory that was listed and that nobody sees: ignored, sockets. */
  hiddenIn(path: string): ReadonlySet<string> {
    return this.#hidden.get(path) ?? nothing;
  }

  /** Ignored directories, at any depth, that were listed to list this one: something below them might not be ignored. */
  lookedThrough(path: string): readonly string[] {
    const below = this.#lookedThrough.get(path) ?? [];
    return below.flatMap((each) => [each, ...this.lookedThrough(each)]);
  }

  isHidden(path: string): boolean {
    return this.#ignore !== undefined && this.get(path) === undefined && this.#stat(path) !== undefined;
  }

  digest(node: SourceNode): Digest | Promise<Digest> {
    const found = this.#digests.get(node.path);
    if (found) return found;
    const stats = this.#stats.get(node.path);
    const known = stats && this.#known?.get(node.path, stats);
    if (known) this.#digests.set(node.path, known);
    return known ?? this.#readDigest(node, stats);
  }

  #readDigest(node: SourceNode, stats: Stats | undefined): Digest | Promise<Digest> {
    const file = this.#place(node.path);
    const readAtMs = Date.now();
    const keep = (digest: Digest): Digest => {
      this.#digests.set(node.path, digest);
      if (stats) this.#known?.set(node.path, stats, digest, readAtMs);
      return digest;
    };
    if (node.sizeBytes > wholeFileBytes) return this.#digestLarge(node, file).then(keep);
    const bytes = this.#read(node, () => readFileSync(file));
    this.#keepBytes(node.path, bytes);
    return keep(digestOf(bytes));
  }

  #keepBytes(path: string, bytes: Uint8Array): void {
    if (this.#keptBytes + bytes.length > keptBytes) return;
    this.#kept.set(path, bytes);
    this.#keptBytes += bytes.length;
  }

  #takeKept(path: string): Uint8Array | undefined {
    const bytes = this.#kept.get(path);
    if (bytes && this.#kept.delete(path)) this.#keptBytes -= bytes.length;
    return bytes;
  }

  async #digestLarge(node: SourceNode, file: string | Buffer): Promise<Digest> {
    const hasher = new DigestHasher();
    const chunks = this.#chunks(file);
    for (;;) {
      const { done, value } = this.#read(node, () => chunks.next());
      if (done) return hasher.digest();
      hasher.update(value);
      // Other work, and a wish to cancel, get their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async prepare(): Promise<void> {}

  open(node: SourceNode): ByteSource {
    const kept = this.#takeKept(node.path);
    if (kept) return [kept];
    const file = this.#place(node.path);
    if (node.sizeBytes <= wholeFileBytes) return [this.#read(node, () => readFileSync(file))];
    return this.#chunks(file);
  }

  *#chunks(file: string | Buffer): Generator<Uint8Array> {
    const descriptor = openSync(file, "r");
    try {
      for (;;) {
        const buffer = Buffer.allocUnsafe(bufferBytes);
        const length = readSync(descriptor, buffer);
        if (length === 0) return;
        yield buffer.subarray(0, length);
      }
    } finally {
      closeSync(descriptor);
    }
  }

  /** What the file system takes: bytes where the name is no valid text. */
  #place(path: string): string | Buffer {
    // Not join(): it makes valid text of what is none.
    const place = path === "" ? this.#directory : `${this.#directory}/${path}`;
    return place.isWellFormed() ? place : Buffer.from(encodeName(place));
  }

  #scan(path: string): SourceNode[] {
    const parentMatch = this.#matches.get(path);
    const listed: SourceNode[] = [];
    const hidden = new Set<string>();
    for (const name of this.#readDirectory(path)) {
      const node = this.#visible(path, name, parentMatch);
      if (node) {
        this.#nodes.set(node.path, node);
        listed.push(node);
      } else hidden.add(name);
    }
    if (hidden.size > 0) this.#hidden.set(path, hidden);
    return listed;
  }

  #visible(path: string, name: string, parentMatch: ParentMatch | undefined): SourceNode | undefined {
    const child = joinPath(path, name);
    const found = this.#ignore?.matchBelow(child, parentMatch);
    // Below an ignored directory something can come back only by an exception.
    if (found?.isMatched && !this.#ignore!.hasExceptions) return undefined;
    const stats = this.#stat(child);
    const node = stats && this.#node(child, stats);
    if (!node) return undefined;
    if (found && node.type === "directory") this.#matches.set(child, found.match);
    if (!found?.isMatched) return node;
    // An ignored directory is there after all when something below it is.
    if (node.type !== "directory") return undefined;
    this.#lookedThrough.set(path, [...(this.#lookedThrough.get(path) ?? []), child]);
    return this.children(child).length > 0 ? node : undefined;
  }

  #readDirectory(path: string): string[] {
    const place = this.#place(path);
    try {
      const names = readdirSync(place);
      // A name that is not UTF-8 cannot come as a string; bytes say which it is.
      const isWhole = !names.some((name) => name.includes("\ufffd"));
      return sortNames(isWhole ? names : readdirSync(place, { encoding: "buffer" }).map(decodeName));
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw this.#failure(path, error);
    }
  }

  #stat(path: string): Stats | undefined {
    try {
      return lstatSync(this.#place(path));
    } catch (error) {
      if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
      throw this.#failure(path, error);
    }
  }

  #node(path: string, stats: Stats): SourceNode | undefined {
    const node = this.#described(path, stats);
    if (node === undefined) return undefined;
    // Not by spreading what may be absent: a context has thousands of files, and each is looked at in every build.
    if (this.#keep.owners) {
      node.uid = stats.uid;
      node.gid = stats.gid;
    }
    if (this.#keep.times) node.modified = timestampOf(stats);
    return node;
  }

  #described(path: string, stats: Stats): Writable<SourceNode> | undefined {
    const mode = stats.mode & 0o7777;
    const base = { path, mode, uid: 0, gid: 0, sizeBytes: 0 };
    switch (stats.mode & constants.S_IFMT) {
      case constants.S_IFREG: {
        if (this.#known) this.#stats.set(path, stats);
        const node: Writable<SourceNode> = {
          path,
          mode,
          uid: 0,
          gid: 0,
          sizeBytes: stats.size,
          type: "file",
        };
        if (stats.nlink > 1) node.linkGroup = `${stats.dev}:${stats.ino}`;
        return node;
      }
      case constants.S_IFDIR:
        return { ...base, type: "directory" };
      case constants.S_IFLNK:
        return { ...base, type: "symlink", mode: 0o777, linkTarget: readlinkSync(this.#place(path)) };
      case constants.S_IFIFO:
        return { ...base, type: "fifo" };
      case constants.S_IFCHR:
      case constants.S_IFBLK:
        return {
          ...base,
          type: stats.isBlockDevice() ? "block-device" : "character-device",
          deviceMajor: Number((BigInt(stats.rdev) >> 8n) & 0xfffn),
          deviceMinor: (stats.rdev & 0xff) | ((stats.rdev >>> 12) & 0xfff00),
        };
      default:
        // Sockets are no part of an image.
        return undefined;
    }
  }

  #read<T>(node: SourceNode, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#failure(node.path, error);
    }
  }

  #failure(path: string, error: unknown): KasaneError {
    return new KasaneError("io", `cannot read ${path || "."} in ${this.name}: ${messageOf(error)}`, {
      cause: error,
      ...(errnoOf(error) === "EACCES"
        ? { hint: "name it in .dockerignore where the build does not need it" }
        : {}),
    });
  }
}

const nothing: ReadonlySet<string> = new Set();

function timestampOf({ mtimeMs }: Stats): Timestamp {
  const seconds = Math.floor(mtimeMs / 1000);
  return { seconds, nanoseconds: Math.floor((mtimeMs - seconds * 1000) * 1e6) };
}
