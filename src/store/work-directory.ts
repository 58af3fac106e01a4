import { mkdir, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { errnoOf } from "../lib/errors.ts";
import type { ProcessLease } from "./lease.ts";
import { removeDirectory } from "./remove-directory.ts";
import { storeError } from "./store-error.ts";

export interface WorkDirectory {
  readonly path: string;
  /** Removes it. Idempotent. */
  dispose(): Promise<void>;
}

/** `ROOT/tmp/<purpose>-<random>`, held by this process: what a dead one left is nobody's, and the next prune removes it. */
export async function makeWorkDirectory(
  root: string,
  lease: ProcessLease,
  purpose: string,
): Promise<WorkDirectory> {
  const name = await holdTemporaryName(lease, purpose);
  const path = join(root, "tmp", name);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    await lease.drop(`tmp:${name}`);
    throw storeError(`make a work directory in ${root}`, error);
  }
  let isDisposed = false;
  return {
    path,
    async dispose() {
      if (isDisposed) return;
      isDisposed = true;
      await removeDirectory(path);
      await lease.drop(`tmp:${name}`);
    },
  };
}

/** A new name in `ROOT/tmp/`, held before it exists: a prune must never see it free. */
export async function holdTemporaryName(lease: ProcessLease, purpose: string): Promise<string> {
  const name = `${purpose.replaceAll(/[^A-Za-z0-9_-]/g, "-").slice(0, 40)}-${crypto.randomUUID().slice(0, 13)}`;
  await lease.hold(`tmp:${name}`);
  return name;
}

/**
 * Takes a directory out of its place at once, and then removes it: who is killed in between leaves nothing half there. False when it
 * was not there.
 */
export async function removeAside(root: string, lease: ProcessLease, path: string): Promise<boolean> {
  const name = await holdTemporaryName(lease, `removed-${basename(path).slice(0, 12)}`);
  const aside = join(root, "tmp", name);
  let isThere = true;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw storeError(`remove ${path}`, error);
    isThere = false;
  }
  if (isThere) await removeDirectory(aside);
  await lease.drop(`tmp:${name}`);
  return isThere;
}
