import { KasaneError } from "../../lib/mod.ts";
import type { Digest } from "../../oci/mod.ts";

/** The store of another registry, as an import sees it: repositories, found one by one, of which nothing is changed. */
export interface SourceStore {
  readonly type: "distribution" | "layout";
  repositories(): AsyncIterable<SourceRepository>;
}

export interface SourceRepository {
  readonly name: string;
  /** Where the bytes of a blob or manifest are, if they are there. */
  path(digest: Digest): string;
  /** What cannot be read is told to `problem`, and left out. */
  contents(problem: (what: string, reason: string) => void): Promise<RepositoryContents>;
}

export interface RepositoryContents {
  readonly manifests: readonly SourceManifest[];
  readonly tags: ReadonlyMap<string, Digest>;
  /** Blobs that the repository lets people read by itself, whatever its manifests say. Layouts have no such list. */
  readonly links: readonly Digest[];
  /** Manifests that are referrers by what the store says, and not by a `subject` of their own. */
  readonly subjects: ReadonlyMap<Digest, Digest>;
}

export interface SourceManifest {
  readonly digest: Digest;
  /** Absent where the store does not keep it: the document says it. */
  readonly mediaType?: string;
}

/** Largest file that lists things: `index.json` of a layout with a few hundred thousand manifests. */
export const listLimitBytes = 256 * 1024 * 1024;

/** @throws KasaneError `limit-exceeded`, and what the file system says */
export async function readBounded(path: string, limitBytes: number): Promise<Uint8Array> {
  const file = Bun.file(path);
  const { size } = await file.stat();
  if (size > limitBytes) {
    throw new KasaneError(
      "limit-exceeded",
      `${path} has ${size} bytes, more than the limit of ${limitBytes}`,
    );
  }
  return file.bytes();
}
