import { statSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { join, posix } from "node:path";
import type { ByteRange } from "../blob/mod.ts";
import { signatureBytes } from "../layer/mod.ts";
import {
  type ByteSource,
  type ByteStream,
  collect,
  errnoOf,
  fileBytes,
  KasaneError,
  messageOf,
} from "../lib/mod.ts";
import { readTar, type TarMember } from "../tar/mod.ts";
import type { FileSet } from "./file-set.ts";
import { type FileSlice, openSlice } from "./file-slice.ts";
import { blockBytes, inBlocks } from "./in-blocks.ts";
import { archiveCompression, unpackOuter } from "./outer-compression.ts";

/** Most members of an image archive, and their longest path: together they bound what a hostile one costs in memory. */
const memberLimits = { maxEntries: 100_000, maxPathBytes: 1024 };
/** Most links followed for one name. */
const linkLimit = 32;

interface StoredFile extends FileSlice {
  readonly kind: "file";
}

interface Link {
  readonly kind: "link";
  /** Clean path inside the archive, or undefined for one that leaves it. */
  readonly target: string | undefined;
}

/**
 * The files of a tar, for reading in any order after one pass over it. Those of a plain tar file stay in it; those of a stream or
 * a compressed file are written to a temporary directory, one by one. Links are followed inside the archive and nowhere else.
 */
export class ArchiveFiles implements FileSet {
  readonly #members = new Map<string, StoredFile | Link>();
  readonly #tempParent: string;
  #tempDirectory: string | undefined;
  #spilled = 0;
  #block: Uint8Array | undefined;

  private constructor(tempParent: string) {
    this.#tempParent = tempParent;
  }

  /** @throws KasaneError `not-found`, `invalid-archive`, `limit-exceeded`, `no-space`, `io` */
  static async read(input: string | ByteSource, options: { tempDir: string }): Promise<ArchiveFiles> {
    const files = new ArchiveFiles(options.tempDir);
    try {
      if (typeof input !== "string") await files.#index(input, undefined);
      else {
        const isPlain = isReadAnywhere(input) && archiveCompression(await headOf(input)) === "none";
        await files.#index(fileBytes(input), isPlain ? input : undefined);
      }
      return files;
    } catch (error) {
      await files[Symbol.asyncDispose]();
      throw error;
    }
  }

  has(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  sizeOf(path: string): number | undefined {
    return this.#find(path)?.sizeBytes;
  }

  open(path: string, range?: ByteRange): ByteStream {
    return openSlice(this.#find(path), path, range);
  }

  async read(path: string, limitBytes: number): Promise<Uint8Array> {
    return collect(this.open(path), limitBytes, path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#tempDirectory) await rm(this.#tempDirectory, { recursive: true, force: true });
  }

  async #index(source: ByteSource, plainFile: string | undefined): Promise<void> {
    for await (const member of readTar(plainFile ? source : unpackOuter(source), memberLimits)) {
      const path = cleanPath(member.path);
      // As in a directory that the archive were unpacked to, the last one of a name stays.
      if (path === undefined || path === "") continue;
      if (member.type === "file") {
        this.#members.set(
          path,
          plainFile && !member.isSparse
            ? { kind: "file", path: plainFile, start: member.contentOffset, sizeBytes: member.sizeBytes }
            : await this.#spill(member),
        );
      } else if (member.type === "symlink") {
        const target = member.linkTarget ?? "";
        const from = target.startsWith("/") ? "" : posix.dirname(path);
        this.#members.set(path, { kind: "link", target: cleanPath(`${from}/${target}`) });
      } else if (member.type === "hardlink") {
        this.#members.set(path, { kind: "link", target: cleanPath(member.linkTarget ?? "") });
      }
    }
  }

  async #spill(member: TarMember): Promise<StoredFile> {
    try {
      this.#block ??= new Uint8Array(blockBytes);
      this.#tempDirectory ??= await mkdtemp(join(this.#tempParent, "archive-"));
      const path = join(this.#tempDirectory, String(this.#spilled++));
      const file = await open(path, "wx", 0o600);
      let sizeBytes = 0;
      try {
        for await (const block of inBlocks(member.content(), this.#block)) {
          for (let at = 0; at < block.length; ) at += (await file.write(block, at)).bytesWritten;
          sizeBytes += block.length;
        }
      } finally {
        await file.close();
      }
      return { kind: "file", path, start: 0, sizeBytes };
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      const code = errnoOf(error) === "ENOSPC" || errnoOf(error) === "EDQUOT" ? "no-space" : "io";
      throw new KasaneError(code, `cannot keep the archive in ${this.#tempParent}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  #find(path: string): StoredFile | undefined {
    let at = cleanPath(path);
    for (let links = 0; at !== undefined && links <= linkLimit; links++) {
      const member = this.#members.get(at);
      if (member?.kind === "file") return member;
      at = member ? member.target : this.#throughParentLink(at);
    }
    return undefined;
  }

  /** The path with its first linked directory replaced by where that leads; undefined when none is a link. */
  #throughParentLink(path: string): string | undefined {
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      const parent = this.#members.get(path.slice(0, slash));
      if (parent?.kind === "link") {
        return parent.target === undefined ? undefined : cleanPath(parent.target + path.slice(slash));
      }
    }
    return undefined;
  }
}

/** Without `.`, `..` and doubled or outer slashes; undefined for a path that leaves the archive. */
function cleanPath(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

/** Not so a pipe. */
function isReadAnywhere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
}

async function headOf(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, "r");
    try {
      const head = new Uint8Array(signatureBytes);
      const { bytesRead } = await file.read(head, 0, signatureBytes, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    const isAbsent = errnoOf(error) === "ENOENT";
    const reason = isAbsent ? "no such file" : messageOf(error);
    throw new KasaneError(isAbsent ? "not-found" : "io", `cannot open the archive ${path}: ${reason}`, {
      ...(isAbsent && { hint: "check its path" }),
      cause: error,
    });
  }
}
