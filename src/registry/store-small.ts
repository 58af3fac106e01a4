import type { Digest } from "../oci/mod.ts";
import { type Exchange, tell } from "./context.ts";
import { RegistryFailure } from "./errors.ts";
import { tooLarge } from "./receive-body.ts";
import { blobCreated } from "./reply.ts";

/** A blob that fits into memory without anybody noticing, however many come at once. */
const smallBytes = 64 * 1024;

/** Whether the request brings a whole, small blob. */
export function isSmall({ request: { headers } }: Exchange): boolean {
  const length = Number(headers.get("content-length") ?? 0);
  return length > 0 && length <= smallBytes && headers.get("content-range") === null;
}

/**
 * Takes a whole blob in one piece: with its upload's row in one step and its link in another, where a large one has seven (push of 200
 * images at once: see bench/registry.ts). The upload of `id` has no bytes yet; without an `id` there is none.
 */
export async function storeSmall(
  exchange: Exchange,
  asked: { repository: string; digest: Digest; id?: string },
): Promise<Response> {
  const { blobs, meta, lease, rules, request, peer } = exchange;
  const { repository, digest, id } = asked;
  const limitBytes = rules.blobLimitBytes ?? smallBytes;
  if (Number(request.headers.get("content-length")) > limitBytes) throw tooLarge(limitBytes);
  const bytes = await request.bytes().catch(brokenOff);
  peer.received?.(bytes.length);
  const blob = { digest, sizeBytes: bytes.length };
  const options = { quota: rules.quota(repository) };
  await meta.repositories.checkRoom(repository, blob, options);
  const noted = await meta.uploads.take({
    digest,
    ...(id !== undefined && { upload: { id, repository } }),
  });
  if (noted === undefined)
    throw new RegistryFailure("TOOMANYREQUESTS", {
      message: "another request is writing this upload",
      headers: { "retry-after": "1" },
    });
  await blobs.put(bytes, digest);
  if (!(await meta.repositories.linkNoted(repository, { ...blob, noted }, options))) {
    // A collector was about to remove a blob of this digest, or may have done it meanwhile.
    await lease.holding([digest], async () => {
      await blobs.put(bytes, digest);
      await meta.repositories.linkBlob(repository, blob, options);
    });
  }
  await tell(exchange, { action: "push", kind: "blob", repository, ...blob, tags: [] });
  return blobCreated(repository, digest);
}

function brokenOff(cause: unknown): never {
  throw new RegistryFailure("BLOB_UPLOAD_INVALID", {
    message: "the request broke off",
    headers: { connection: "close" },
    cause,
  });
}
