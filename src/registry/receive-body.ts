import type { BlobUpload } from "../blob/mod.ts";
import { isKasaneError } from "../lib/mod.ts";
import type { Exchange } from "./context.ts";
import { RegistryFailure } from "./errors.ts";
import type { RegistryRules } from "./registry-rules.ts";

/** How often an upload under way is looked at, ms: for its limit, and to tell the server that something moves. */
const lookEveryMs = 250;
/** What has been sent before anybody could look needs no looking, bytes. */
const shortBytes = 64 * 1024;

export interface Incoming {
  readonly upload: BlobUpload;
  readonly exchange: Exchange;
  readonly repository: string;
  readonly interrupted?: AbortSignal;
}

/**
 * Appends the body of the request to the upload; the number of bytes. The bytes may go straight to a file, so nobody sees the chunks.
 * @throws RegistryFailure SIZE_INVALID (413) and DENIED for what is too large (the upload is gone when its size was not told before),
 * BLOB_UPLOAD_INVALID when the client went away: what has arrived is kept
 */
export async function receiveBody({ upload, exchange, repository, interrupted }: Incoming): Promise<number> {
  const { request, peer, rules } = exchange;
  const before = upload.offset;
  const { limitBytes, failure } = limitOf(rules, repository);
  const header = request.headers.get("content-length");
  if (before + Number(header ?? 0) > limitBytes) throw failure();
  let seen = before;
  const look = () => {
    const { offset } = upload;
    if (offset > seen) peer.received?.(offset - seen);
    seen = offset;
    if (offset > limitBytes) void upload.abort();
  };
  const isShort = header !== null && Number(header) <= shortBytes;
  const timer = isShort ? undefined : setInterval(look, lookEveryMs);
  try {
    await upload.receive(request, interrupted ? { signal: interrupted } : {});
    look();
  } catch (error) {
    if (seen > limitBytes) throw failure();
    if (isKasaneError(error)) throw error;
    // Nobody reads this answer, and it is no failure of ours.
    throw new RegistryFailure("BLOB_UPLOAD_INVALID", {
      message: "the request broke off",
      headers: { connection: "close" },
      cause: error,
    });
  } finally {
    clearInterval(timer);
  }
  if (seen > limitBytes) throw failure();
  return upload.offset - before;
}

/** What is larger than a whole quota can never be kept: it is not taken in to be refused at its end. */
function limitOf(
  { blobLimitBytes = Number.POSITIVE_INFINITY, quota }: RegistryRules,
  repository: string,
): { limitBytes: number; failure: () => RegistryFailure } {
  const { repositoryBytes = Number.POSITIVE_INFINITY, totalBytes = Number.POSITIVE_INFINITY } =
    quota(repository);
  const quotaBytes = Math.min(repositoryBytes, totalBytes);
  if (blobLimitBytes <= quotaBytes) {
    return { limitBytes: blobLimitBytes, failure: () => tooLarge(blobLimitBytes) };
  }
  const failure = () =>
    new RegistryFailure("DENIED", {
      message: `this blob alone is larger than the quota of ${quotaBytes} bytes`,
      headers: { connection: "close" },
    });
  return { limitBytes: quotaBytes, failure };
}

/** The connection ends with the answer: the rest of what is too much is not waited for. */
export function tooLarge(limitBytes: number): RegistryFailure {
  return new RegistryFailure("SIZE_INVALID", {
    status: 413,
    message: `a blob may have ${limitBytes} bytes at most`,
    headers: { connection: "close" },
  });
}
