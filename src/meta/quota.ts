import { KasaneError } from "../lib/mod.ts";
import type { Quota } from "./meta.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

export interface Usage {
  readonly repositoryBytes: number;
  readonly totalBytes: number;
}

export function usageOf(database: SqliteDatabase, repository: string): Usage {
  const { here, hosted } = database.first<{ here: number | null; hosted: number }>(
    `SELECT (SELECT bytes FROM repositories WHERE name = ?) AS here,
       (SELECT value FROM counters WHERE name = 'hosted') AS hosted`,
    repository,
  )!;
  return { repositoryBytes: here ?? 0, totalBytes: hosted };
}

/**
 * Inside a write: runs `add`, and fails when that left more than the quota allows. What adds nothing never fails, however full it is: a push
 * of what is there already, a mount of what is hosted (for the total).
 * @throws KasaneError `denied`
 */
export function withinQuota<T>(
  database: SqliteDatabase,
  asked: { repository: string; quota: Quota | undefined },
  add: () => T,
): T {
  const { repository, quota } = asked;
  if (quota?.repositoryBytes === undefined && quota?.totalBytes === undefined) return add();
  const before = usageOf(database, repository);
  const result = add();
  const after = usageOf(database, repository);
  if (after.repositoryBytes > before.repositoryBytes) {
    checkLimit(repository, before.repositoryBytes, after.repositoryBytes, quota.repositoryBytes);
  }
  if (after.totalBytes > before.totalBytes) {
    checkLimit("the registry", before.totalBytes, after.totalBytes, quota.totalBytes);
  }
  return result;
}

/** Before anything is sent: nothing can be added where the limit is reached. @throws KasaneError `denied` */
export function refuseFull(repository: string, usage: Usage, quota: Quota): void {
  checkLimit(repository, usage.repositoryBytes, usage.repositoryBytes + 1, quota.repositoryBytes);
  checkLimit("the registry", usage.totalBytes, usage.totalBytes + 1, quota.totalBytes);
}

/**
 * Before its bytes are kept: would linking the blob be within the quota? Only withinQuota() decides, but then the bytes are on the disk.
 * @throws KasaneError `denied`
 */
export function refuseBeyond(
  database: SqliteDatabase,
  asked: { repository: string; quota: Quota },
  blob: { digest: string; sizeBytes: number },
): void {
  const { repository, quota } = asked;
  if (quota.repositoryBytes === undefined && quota.totalBytes === undefined) return;
  const { here, anywhere } = database.first<{ here: number; anywhere: number }>(
    `SELECT EXISTS (SELECT 1 FROM repository_blobs WHERE repository = ?1 AND digest = ?2 AND is_counted = 1) AS here,
       EXISTS (SELECT 1 FROM repository_blobs WHERE digest = ?2 AND is_counted = 1) AS anywhere`,
    repository,
    blob.digest,
  )!;
  const usage = usageOf(database, repository);
  const wanted = (usedBytes: number) => usedBytes + blob.sizeBytes;
  if (here === 0) {
    checkLimit(repository, usage.repositoryBytes, wanted(usage.repositoryBytes), quota.repositoryBytes);
  }
  if (anywhere === 0)
    checkLimit("the registry", usage.totalBytes, wanted(usage.totalBytes), quota.totalBytes);
}

function checkLimit(where: string, usedBytes: number, wantedBytes: number, limitBytes: number | undefined) {
  if (limitBytes === undefined || wantedBytes <= limitBytes) return;
  throw new KasaneError(
    "denied",
    `cannot add ${wantedBytes - usedBytes} bytes to ${where}: its quota is ${limitBytes} bytes, and ${usedBytes} are in use; delete manifests that are not needed, or have the quota raised`,
    { hint: "a manifest deleted by digest stops counting at once, with the blobs that only it names" },
  );
}
