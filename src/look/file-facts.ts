import type { ImageTree, TreeNode } from "../layer/mod.ts";
import type { Digest } from "../oci/mod.ts";

/** A path of an image as JSON tells it. */
export interface FileFacts {
  /** Absolute, from the image's root. */
  readonly path: string;
  readonly type: string;
  /** Octal: `0755`. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** RFC 3339. */
  readonly modified: string;
  readonly linkTarget?: string;
  /** Another name of the same file, where the file still has it. */
  readonly hardLinkTo?: string;
  readonly device?: string;
  /** Base64. */
  readonly xattrs?: Readonly<Record<string, string>>;
  readonly digest?: Digest;
  /** 1 = base. */
  readonly layer: number;
}

/** All names of a file have the same attributes. `tree` tells whether the file still has the name that a hard link was made to. */
export function fileFacts(node: TreeNode, tree?: Pick<ImageTree, "get">): FileFacts {
  const { entry } = node.target ?? node;
  const isLink = node.target !== undefined && tree?.get(entry.path) === node.target;
  return {
    path: `/${node.entry.path}`,
    type: entry.type,
    mode: entry.mode.toString(8).padStart(4, "0"),
    uid: entry.uid,
    gid: entry.gid,
    sizeBytes: entry.sizeBytes,
    modified: timeText(entry.modified),
    ...(entry.linkTarget !== undefined && { linkTarget: entry.linkTarget }),
    ...(isLink && { hardLinkTo: `/${entry.path}` }),
    ...(entry.deviceMajor !== undefined && { device: `${entry.deviceMajor}:${entry.deviceMinor ?? 0}` }),
    ...(entry.xattrs !== undefined && { xattrs: xattrTexts(entry.xattrs) }),
    ...(entry.contentDigest !== undefined && { digest: entry.contentDigest }),
    layer: node.layer + 1,
  };
}

export function xattrTexts(xattrs: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries(
    [...xattrs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
}

const longestTime = 8.64e12;

export function timeText({ seconds, nanoseconds }: { seconds: number; nanoseconds: number }): string {
  if (Math.abs(seconds) > longestTime) return `@${seconds}`;
  const whole = new Date(seconds * 1000).toISOString().slice(0, -".000Z".length);
  return nanoseconds === 0
    ? `${whole}Z`
    : `${whole}.${String(nanoseconds).padStart(9, "0").replace(/0+$/, "")}Z`;
}
