import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ByteSource, errnoOf, KasaneError, messageOf, tap } from "../lib/mod.ts";
import {
  type Descriptor,
  type Digest,
  digestHex,
  manifestLimitBytes,
  type RawManifest,
  rawManifest,
} from "../oci/mod.ts";
import type { FileSet } from "./file-set.ts";
import type { ImageSink, ImageSource } from "./source.ts";
import { verified } from "./verified.ts";

/** skopeo's and podman's `dir:`: `version`, `manifest.json` with the root, other manifests as `<hex>.manifest.json`, blobs as `<hex>`. */
const version = "Directory Transport Version: 1.1\n";

export async function isDirFormat(files: FileSet): Promise<boolean> {
  if (!files.has("version") || !files.has("manifest.json")) return false;
  return Buffer.from(await files.read("version", 4096))
    .toString()
    .startsWith("Directory Transport Version");
}

/** The one image of a `dir:`. */
export function dirSource(files: FileSet): ImageSource {
  return {
    root: async () => rawManifest(await files.read("manifest.json", manifestLimitBytes)),
    async manifest(digest: Digest) {
      const path = `${digestHex(digest)}.manifest.json`;
      return rawManifest(await files.read(path, manifestLimitBytes), undefined, digest);
    },
    blob: async ({ digest }, range) => files.open(digestHex(digest), range),
  };
}

/**
 * Writes one image as a directory, which is there whole or not at all; an older `dir:` in its place is replaced.
 * @throws KasaneError `conflict` for a directory that holds something else, and whatever `copy` throws
 */
export async function writeDir(directory: string, copy: (sink: ImageSink) => Promise<void>): Promise<void> {
  const isOld = await holdsImage(directory);
  const aside = `${directory.replace(/\/+$/, "")}.${process.pid}`;
  const [partial, old] = [`${aside}.partial`, `${aside}.old`];
  try {
    await mkdir(partial);
    await copy(dirSink(partial));
    if (isOld) await rename(directory, old);
    await rename(partial, directory);
    await rm(old, { recursive: true, force: true });
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => {});
    throw described(error, directory);
  }
}

function dirSink(directory: string): ImageSink {
  return {
    async putBlob(descriptor: Descriptor, open, progress) {
      let done = 0;
      const content = tap(verified(await open(), descriptor), (chunk) => {
        done += chunk.length;
        progress?.(done);
      });
      await writeWhole(join(directory, digestHex(descriptor.digest)), content);
      return "copied";
    },
    async putManifest(raw: RawManifest, { isRoot }) {
      const name = isRoot ? "manifest.json" : `${digestHex(raw.digest)}.manifest.json`;
      if (isRoot) await writeWhole(join(directory, "version"), [Buffer.from(version)]);
      await writeWhole(join(directory, name), [raw.bytes]);
    },
  };
}

/** False for nothing, or an empty directory. */
async function holdsImage(directory: string): Promise<boolean> {
  try {
    const there = await readdir(directory);
    if (there.length === 0 || there.includes("version")) return there.length > 0;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw described(error, directory);
  }
  throw new KasaneError("conflict", `${directory} is not empty, and holds no image that could be replaced`, {
    hint: "name a new directory",
  });
}

async function writeWhole(path: string, content: ByteSource): Promise<void> {
  const file = await open(path, "wx", 0o644);
  try {
    for await (const chunk of content)
      for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
    await file.sync();
  } finally {
    await file.close();
  }
}

function described(error: unknown, path: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof KasaneError || errno === undefined) return error;
  const code = errno === "ENOSPC" || errno === "EDQUOT" ? "no-space" : "io";
  return new KasaneError(code, `cannot write ${path}: ${messageOf(error)}`, { cause: error });
}
