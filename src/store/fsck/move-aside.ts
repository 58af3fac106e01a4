import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../lib/mod.ts";
import { type Digest, digestAlgorithm, digestHex } from "../../oci/mod.ts";

/** Where damaged bytes go: somebody may still make something of them, and their loss must not be the repair's doing. */
function damagedPath(root: string, digest: Digest): { directory: string; path: string } {
  const directory = join(root, "damaged", digestAlgorithm(digest));
  return { directory, path: join(directory, `${digestHex(digest)}.${Date.now()}`) };
}

/** Moves a file into `ROOT/damaged`; undefined when it is not there. */
export async function moveAside(root: string, digest: Digest, from: string): Promise<string | undefined> {
  const { directory, path } = damagedPath(root, digest);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    await rename(from, path);
    return path;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes bytes that are no file into `ROOT/damaged`. */
export async function writeAside(root: string, digest: Digest, bytes: Uint8Array): Promise<string> {
  const { directory, path } = damagedPath(root, digest);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(path, bytes, { mode: 0o600 });
  return path;
}
