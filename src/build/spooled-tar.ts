import { cleanPath } from "../dockerfile/mod.ts";
import { type ByteSource, KasaneError } from "../lib/mod.ts";
import { type Digest, DigestHasher } from "../oci/mod.ts";
import { readTar, type TarMember } from "../tar/mod.ts";
import type { ContentSpool } from "./content-spool.ts";
import type { SourceNode } from "./source-tree.ts";

/** One member of an archive in archive order. Hard links name their target in the archive. */
export type SpooledMember =
  | { readonly kind: "node"; readonly node: SourceNode }
  | {
      readonly kind: "hardlink";
      readonly path: string;
      readonly target: string;
      readonly member: SourceNode;
    };

interface Place {
  readonly offset: number;
  readonly digest: Digest;
}

/** An archive read once: its members in memory, their contents in the spool. */
export class SpooledTar {
  readonly members: readonly SpooledMember[];
  readonly #places: ReadonlyMap<SourceNode, Place>;
  readonly #spool: ContentSpool;

  private constructor(members: SpooledMember[], places: Map<SourceNode, Place>, spool: ContentSpool) {
    this.members = members;
    this.#places = places;
    this.#spool = spool;
  }

  /** @throws KasaneError `invalid-archive`, `limit-exceeded` */
  static async read(source: ByteSource, spool: ContentSpool, name: string): Promise<SpooledTar> {
    const members: SpooledMember[] = [];
    const places = new Map<SourceNode, Place>();
    for await (const member of readTar(source)) {
      const path = insidePath(member.path, name);
      const node = nodeOf(member, path, `member ${members.length}`);
      if (member.type === "hardlink") {
        members.push({
          kind: "hardlink",
          path,
          target: insidePath(member.linkTarget ?? "", name),
          member: node,
        });
        continue;
      }
      members.push({ kind: "node", node });
      if (member.type !== "file") continue;
      const hasher = new DigestHasher();
      const offset = spool.offset;
      for await (const chunk of member.content()) {
        hasher.update(chunk);
        await spool.write(chunk);
      }
      places.set(node, { offset, digest: hasher.digest() });
    }
    await spool.flush();
    return new SpooledTar(members, places, spool);
  }

  digest(node: SourceNode): Digest {
    return this.#place(node).digest;
  }

  open(node: SourceNode): ByteSource {
    return this.#spool.read(this.#place(node).offset, node.sizeBytes);
  }

  #place(node: SourceNode): Place {
    const place = this.#places.get(node);
    if (place) return place;
    throw new KasaneError("internal", `${node.path} is no file of this archive`);
  }
}

/** Clean and below the root; an absolute name is one from the root, as for tar(1). */
function insidePath(path: string, name: string): string {
  const clean = cleanPath(path.replace(/^\/+/, ""));
  if (clean === "..") throw outside(path, name);
  if (clean.startsWith("../")) throw outside(path, name);
  return clean === "." ? "" : clean;
}

function outside(path: string, name: string): KasaneError {
  return new KasaneError(
    "invalid-archive",
    `${name} holds ${JSON.stringify(path)}, which leads out of the archive`,
  );
}

function nodeOf(member: TarMember, path: string, linkGroup: string): SourceNode {
  const { type, mode, uid, gid, modified, linkTarget, deviceMajor, deviceMinor, xattrs } = member;
  return {
    path,
    // Of a hard link only the place counts; its attributes are those of its target.
    type: type === "hardlink" ? "file" : type,
    mode,
    uid,
    gid,
    sizeBytes: type === "file" ? member.sizeBytes : 0,
    modified,
    ...(type === "symlink" && linkTarget !== undefined ? { linkTarget } : {}),
    ...(deviceMajor === undefined ? {} : { deviceMajor }),
    ...(deviceMinor === undefined ? {} : { deviceMinor }),
    ...(xattrs === undefined ? {} : { xattrs }),
    ...(type === "file" ? { linkGroup } : {}),
  };
}
