import { type ByteSource, KasaneError } from "../lib/mod.ts";
import { readTar, type TarLimits, type TarMember } from "../tar/mod.ts";
import type { LayerEntry } from "./entry.ts";
import { parseHardLinkTarget, parseLayerPath } from "./layer-path.ts";

/** One entry of a layer while it is read: what the layer index keeps, without the digest, and the content. */
export interface LayerMember {
  readonly entry: LayerEntry;
  /** As TarMember.content(). */
  content(): AsyncIterable<Uint8Array>;
}

/**
 * The entries of an uncompressed layer tar with clean, checked paths and whiteouts recognised: the one reading of a layer that
 * index and unpacking share, so that they cannot disagree about what an archive means.
 *
 * A character device 0:0 is the whiteout that overlayfs would take it for. xattrs are as the archive has them: both users leave out
 * those of isBookkeepingXattr(). Closes the source when the caller stops.
 * @throws KasaneError `invalid-layer`, `invalid-archive`, `limit-exceeded`
 */
export async function* readLayer(
  tar: ByteSource,
  limits?: Partial<TarLimits>,
): AsyncGenerator<LayerMember, void, undefined> {
  for await (const member of readTar(tar, limits)) {
    const entry = layerEntryOf(member);
    if (entry !== undefined) yield { entry, content: () => member.content() };
  }
}

/** A member as the layer index keeps it, without the digest; undefined for what has no meaning in a container. @throws KasaneError `invalid-layer` */
export function layerEntryOf(member: Omit<TarMember, "content">): LayerEntry | undefined {
  const place = parseLayerPath(member.path);
  if (place.kind === "bookkeeping") return undefined;
  const { path } = place;
  checkNames(path, member);
  const isWhiteoutDevice =
    member.type === "character-device" && member.deviceMajor === 0 && member.deviceMinor === 0;
  if (place.kind !== "entry" || isWhiteoutDevice) {
    if (path === "" && place.kind !== "opaque") throw hostile(member, "the root directory cannot be hidden");
    return {
      path,
      type: place.kind === "opaque" ? "opaque" : "whiteout",
      mode: 0,
      uid: 0,
      gid: 0,
      sizeBytes: 0,
      modified: member.modified,
    };
  }
  if (path === "" && member.type !== "directory") throw hostile(member, "the root is not a directory");
  const linkTarget = linkTargetOf(member);
  return {
    path,
    type: member.type,
    mode: member.mode,
    uid: member.uid,
    gid: member.gid,
    sizeBytes: member.sizeBytes,
    modified: member.modified,
    ...(linkTarget === undefined ? {} : { linkTarget }),
    ...(member.deviceMajor === undefined
      ? {}
      : { deviceMajor: member.deviceMajor, deviceMinor: member.deviceMinor ?? 0 }),
    ...(member.xattrs === undefined ? {} : { xattrs: member.xattrs }),
    ...(member.type !== "file"
      ? {}
      : member.isSparse
        ? { sparseOffset: member.contentOffset }
        : { contentOffset: member.contentOffset }),
  };
}

function linkTargetOf(member: Pick<TarMember, "path" | "type" | "linkTarget">): string | undefined {
  if (member.type === "symlink") {
    if (!member.linkTarget) throw hostile(member, "the symlink has no target");
    return member.linkTarget;
  }
  if (member.type !== "hardlink") return undefined;
  const target = parseHardLinkTarget(member.linkTarget ?? "", member.path);
  if (target === "") throw hostile(member, "a hard link cannot point to the root directory");
  return target;
}

const maxNameBytes = 255;

/** No file system of Linux holds longer names; better to say so here than to fail half-way through unpacking. */
function checkNames(path: string, member: Pick<TarMember, "path">): void {
  // A name is at most three bytes for each UTF-16 unit.
  if (path.length * 3 <= maxNameBytes) return;
  for (const name of path.split("/")) {
    if (name.length * 3 > maxNameBytes && Buffer.byteLength(name) > maxNameBytes) {
      throw hostile(member, `a name in it is longer than ${maxNameBytes} bytes`);
    }
  }
}

function hostile(member: Pick<TarMember, "path">, reason: string): KasaneError {
  const path = JSON.stringify(member.path.slice(0, 200));
  return new KasaneError("invalid-layer", `cannot use layer: entry ${path}: ${reason}`);
}
