import { chownSync } from "node:fs";
import { lstat, mkdir, open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { lockDirectory } from "../lib/libc/mod.ts";
import { errnoOf, KasaneError, messageOf } from "../lib/mod.ts";
import { readAuthObject } from "./auth-file.ts";

/**
 * Changes a credentials file, which need not be there. What Kasane does not know in it stays. The file is there as it was or as it is
 * to be, never half; it belongs to its owner alone (mode 0600); a link is followed. Changes of several processes come one after the
 * other. Where `change` returns false nothing is written.
 * @throws KasaneError `io` for a file that is not JSON (it is left alone) or cannot be written, `no-space`
 */
export async function editAuthFile(
  path: string,
  change: (root: Record<string, unknown>) => boolean,
): Promise<boolean> {
  try {
    const target = await followed(path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const unlock = await lockDirectory(dirname(target));
    try {
      const root = (await readAuthObject(target)) ?? {};
      if (!change(root)) return false;
      await replace(target, `${JSON.stringify(root, undefined, "\t")}\n`);
      return true;
    } finally {
      unlock();
    }
  } catch (error) {
    if (error instanceof KasaneError) throw error;
    const errno = errnoOf(error);
    const code = errno === "ENOSPC" || errno === "EDQUOT" ? "no-space" : "io";
    throw new KasaneError(code, `cannot write the credentials to ${path}: ${messageOf(error)}`, {
      hint: "use another file with --authfile",
      cause: error,
    });
  }
}

/** Where a link leads, also one to a file that is not there yet. */
async function followed(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
  const link = await lstat(path).catch(() => undefined);
  return link?.isSymbolicLink() ? resolve(dirname(path), await readlink(path)) : resolve(path);
}

async function replace(target: string, text: string): Promise<void> {
  const aside = `${target}.${process.pid}.partial`;
  const before = await stat(target).catch(() => undefined);
  try {
    await rm(aside, { force: true });
    const file = await open(aside, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // Under sudo the file stays its owner's.
    if (before && process.getuid?.() === 0) chownSync(aside, before.uid, before.gid);
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {});
    throw error;
  }
}
