import { stat } from "node:fs/promises";
import { adoptFile } from "../../blob/mod.ts";
import { errnoOf, isKasaneError, messageOf } from "../../lib/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { ImportContext } from "./import-registry.ts";
import { count } from "./import-report.ts";
import type { SourceRepository } from "./source-store.ts";

/** The link is written after the bytes are here, and nothing collects them in between. */
export async function importBlob(
  context: ImportContext,
  repository: SourceRepository,
  blob: {
    digest: Digest;
    /** Without it the store only has a link left of a blob that it collected. */
    isNeeded: boolean;
    problem: (what: string, reason: string) => void;
  },
): Promise<void> {
  const { meta, blobs, lease, report, options } = context;
  const { digest, isNeeded, problem } = blob;
  const path = repository.path(digest);
  const size = await sizeOf(path);
  if (size === undefined) {
    // What was pushed here since need not be at the source.
    if (isNeeded && !(await meta.repositories.hasBlob(repository.name, digest))) {
      problem(digest, "a blob whose bytes are missing");
    }
    return;
  }
  const linked = await meta.repositories.hasBlob(repository.name, digest);
  const stored = await blobs.stat(digest);
  const isHere = linked !== undefined && stored?.sizeBytes === size;
  if (isHere || options.isDryRun) {
    count(report.blobs, !isHere);
    if (stored === undefined && !isHere && !context.foretold.has(digest)) report.linkedBytes += size;
    context.foretold.add(digest);
    return;
  }
  await meta.leases.hold(lease, [digest]);
  try {
    const adopted = await adoptFile(blobs, {
      path,
      expected: digest,
      workDirectory: context.workDirectory,
      onBytes: (bytes) => {
        context.hashedBytes += bytes;
        options.onProgress?.({ repository: repository.name, hashedBytes: context.hashedBytes, report });
      },
    });
    await meta.repositories.linkBlob(repository.name, adopted);
    count(report.blobs, true);
    if (adopted.how === "linked") report.linkedBytes += size;
    if (adopted.how === "copied") report.copiedBytes += size;
  } catch (error) {
    if (isKasaneError(error, "digest-mismatch"))
      problem(digest, "its bytes are damaged: they have another digest");
    else if (isKasaneError(error, "not-found") || isKasaneError(error, "denied"))
      problem(digest, messageOf(error));
    else if (isUnreadable(error)) problem(digest, messageOf(error));
    else throw error;
  } finally {
    await meta.leases.drop(lease, [digest]);
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** The source's own trouble: no permission, or a disk that cannot read the sector. */
function isUnreadable(error: unknown): boolean {
  const errno = errnoOf((error as { cause?: unknown }).cause);
  return errno === "EACCES" || errno === "EPERM" || errno === "EIO";
}
