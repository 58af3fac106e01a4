import { statSync } from "node:fs";
import type { BlobReader, ByteRange } from "../blob/mod.ts";
import { type ByteSource, isKasaneError, KasaneError } from "../lib/mod.ts";
import { type Digest, digestAlgorithm, digestHex, isDigest, manifestLimitBytes } from "../oci/mod.ts";
import { ArchiveFiles } from "./archive-files.ts";
import { type ArchiveReferrer, splitReferrers } from "./archive-referrers.ts";
import { contentSource } from "./content-source.ts";
import { dirSource, isDirFormat } from "./dir-format.ts";
import { DirectoryFiles } from "./directory-files.ts";
import { dockerArchiveSource, readDockerArchive } from "./docker-archive.ts";
import type { FileSet } from "./file-set.ts";
import { checkLayoutVersion, layoutEntries, parseLayoutIndex } from "./layout-index.ts";
import { readRoot } from "./manifest-tree.ts";
import type { ImageSource } from "./source.ts";

/** One image of an archive. */
export interface ArchiveImage {
  readonly source: ImageSource;
  /** Canonical names with tag; empty for an image that has none. */
  readonly names: readonly string[];
  /** What an OCI layout calls it beside that (`org.opencontainers.image.ref.name`), as it stands. */
  readonly refNames: readonly string[];
}

/** Its sources work until it is disposed of. */
export interface Archive extends AsyncDisposable {
  readonly format: "oci" | "docker" | "dir";
  readonly images: readonly ArchiveImage[];
  /** What is about those images: signatures, SBOMs. */
  readonly referrers: readonly ArchiveReferrer[];
}

/**
 * Opens an image archive: an OCI layout in a tar, or what `docker save` and `podman save` of any version write; also
 * compressed with gzip, zstd, or (with the program) bzip2 or xz; or a directory: an OCI layout, skopeo's `dir:`, an unpacked archive. A stream is
 * read once, to its end, and kept in a directory of its own below `tempDir` until disposal; a plain file is read in place.
 *
 * Sinks check what they are given: nothing here vouches for the digests of blobs.
 * @throws KasaneError `not-found`, `invalid-archive`, `unsupported`, `limit-exceeded`, `no-space`, `io`
 */
export async function openArchive(
  input: string | ByteSource,
  options: { readonly tempDir: string },
): Promise<Archive> {
  const isDirectory = typeof input === "string" && statSync(input, { throwIfNoEntry: false })?.isDirectory();
  const files = isDirectory ? new DirectoryFiles(input) : await ArchiveFiles.read(input, options);
  try {
    const format = await formatOf(files);
    const { images, referrers = [] } = await readers[format](files);
    return { format, images, referrers, [Symbol.asyncDispose]: () => files[Symbol.asyncDispose]() };
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}

interface Found {
  readonly images: readonly ArchiveImage[];
  readonly referrers?: readonly ArchiveReferrer[];
}

const readers = { oci: ociImages, docker: dockerImages, dir: dirImages };

/** Docker 25 and later write both; the layout says more. */
async function formatOf(files: FileSet): Promise<Archive["format"]> {
  if (files.has("oci-layout") && files.has("index.json")) return "oci";
  if (await isDirFormat(files)) return "dir";
  if (files.has("manifest.json")) return "docker";
  if (files.has("repositories")) {
    throw new KasaneError("unsupported", "the archive was written by a Docker before 1.10", {
      hint: "load and save it once with a current Docker to convert it",
    });
  }
  throw new KasaneError(
    "invalid-archive",
    "this is no image archive: it has neither index.json nor manifest.json",
    {
      hint: "for a plain root file system use import",
    },
  );
}

async function dirImages(files: FileSet): Promise<Found> {
  return { images: [{ source: dirSource(files), names: [], refNames: [] }] };
}

async function dockerImages(files: FileSet): Promise<Found> {
  const images: ArchiveImage[] = [];
  for (const entry of await readDockerArchive(files)) {
    images.push({ source: await dockerArchiveSource(files, entry), names: entry.names, refNames: [] });
  }
  return { images };
}

async function ociImages(files: FileSet): Promise<Found> {
  checkLayoutVersion(await files.read("oci-layout", 64 * 1024));
  const index = parseLayoutIndex(await files.read("index.json", manifestLimitBytes));
  const blobs = archiveBlobs(files);
  const images = layoutEntries(index).map((entry) => ({
    ...entry,
    source: contentSource(blobs, entry.descriptor),
  }));
  const names = images.some((image) => image.names.length === 0) ? await namesByConfig(files) : undefined;
  const named = await Promise.all(
    images.map(async ({ source, refNames, ...entry }) => ({
      source,
      refNames,
      names: entry.names.length > 0 || !names ? entry.names : await dockerNames(source, names),
    })),
  );
  return splitReferrers(named, index, (descriptor) => contentSource(blobs, descriptor));
}

function archiveBlobs(files: FileSet): Pick<BlobReader, "open" | "stat"> {
  const pathOf = (digest: Digest) => `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
  return {
    async stat(digest: Digest) {
      const sizeBytes = files.sizeOf(pathOf(digest));
      return sizeBytes === undefined ? undefined : { digest, sizeBytes };
    },
    open: async (digest: Digest, range?: ByteRange) => files.open(pathOf(digest), range),
  };
}

/** Names that only manifest.json has, by the digest of the image's config. */
async function namesByConfig(files: FileSet): Promise<Map<Digest, readonly string[]>> {
  const names = new Map<Digest, readonly string[]>();
  if (!files.has("manifest.json")) return names;
  for (const entry of await readDockerArchive(files)) {
    const digest = entry.config.replace(/^blobs\/(sha256|sha512)\//, "$1:");
    if (isDigest(digest)) names.set(digest, entry.names);
  }
  return names;
}

async function dockerNames(
  source: ImageSource,
  names: ReadonlyMap<Digest, readonly string[]>,
): Promise<readonly string[]> {
  try {
    const { manifest } = await readRoot(source);
    return manifest.kind === "manifest" ? (names.get(manifest.config.digest) ?? []) : [];
  } catch (error) {
    // Whoever copies this image hears about it; the other images of the archive are none the worse.
    if (isKasaneError(error)) return [];
    throw error;
  }
}
