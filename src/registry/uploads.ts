import type { BlobUpload } from "../blob/mod.ts";
import { refuseFull } from "../meta/mod.ts";
import { type Digest, type DigestAlgorithm, digestAlgorithm } from "../oci/mod.ts";
import { checkDigest } from "./blobs.ts";
import { parseChunkRange } from "./content-range.ts";
import { type Exchange, tell } from "./context.ts";
import { RegistryFailure } from "./errors.ts";
import { isRepositoryName } from "./names.ts";
import { type Incoming, receiveBody } from "./receive-body.ts";
import { blobCreated, reply } from "./reply.ts";
import { isSmall, storeSmall } from "./store-small.ts";
import { checkOthers, openUpload } from "./unfinished-uploads.ts";

interface UploadRoute {
  readonly repository: string;
  readonly id: string;
}

/** How many repositories an anonymous mount looks at. */
const mountCandidates = 100;

/** end-4 and end-11: mounts a blob, takes a whole one, or opens an upload. */
export async function beginUpload(
  exchange: Exchange,
  { repository }: { repository: string },
): Promise<Response> {
  const { query, blobs } = exchange;
  const mount = query.get("mount");
  if (mount !== null && (await mountBlob(exchange, repository, checkDigest(mount)))) {
    return blobCreated(repository, checkDigest(mount));
  }
  await refuseWhereFull(exchange, repository);
  // Where a mount was asked for and not possible, an upload is opened: nothing of a body is expected then.
  const digest =
    query.get("digest") === null || mount !== null ? undefined : checkDigest(query.get("digest"));
  if (digest !== undefined) return receiveWhole(exchange, repository, digest);
  const id = crypto.randomUUID();
  const algorithm = algorithmOf(query);
  if (algorithm === "sha256") {
    // Storage hears of it with its first byte: most uploads come whole in the next request.
    await openUpload(exchange, { id, repository, offset: 0 });
    return reply(202, uploadHeaders(repository, id, 0));
  }
  const upload = await blobs.begin({ id, algorithm, isNew: true });
  try {
    await openUpload(exchange, { id, repository, offset: 1 });
    await upload.suspend();
  } catch (error) {
    await upload.abort();
    throw error;
  }
  return reply(202, uploadHeaders(repository, id, 0));
}

/** Before gigabytes are sent in vain. What does fit now may still be refused at its end. @throws KasaneError `denied` */
async function refuseWhereFull({ meta, rules }: Exchange, repository: string): Promise<void> {
  const quota = rules.quota(repository);
  if (quota.repositoryBytes === undefined && quota.totalBytes === undefined) return;
  refuseFull(repository, await meta.repositories.usage(repository), quota);
}

/** end-4b: a blob in one request. Its upload has no row: nobody can come back to it. */
async function receiveWhole(exchange: Exchange, repository: string, digest: Digest): Promise<Response> {
  const { blobs, lease } = exchange;
  if (isSmall(exchange)) return storeSmall(exchange, { repository, digest });
  const id = crypto.randomUUID();
  return lease.holding([digest, `upload:${id}`], async () => {
    const upload = await blobs.begin({ id, algorithm: digestAlgorithm(digest), isNew: true });
    try {
      await receiveBody({ upload, exchange, repository });
      return await publish(exchange, { upload, repository, digest });
    } catch (error) {
      await upload.abort();
      throw error;
    }
  });
}

/** end-5: appends. A chunk that does not start where the upload ends is refused with 416, and the upload stays as it is. */
export async function appendToUpload(exchange: Exchange, route: UploadRoute): Promise<Response> {
  await checkOthers(exchange, route.id);
  return exchange.uploads.use(route.repository, route.id, async (upload, interrupted) => {
    await receiveChunk({ upload, exchange, interrupted, repository: route.repository }, route);
    await exchange.meta.uploads.noteBytes(route.id, upload.offset);
    return reply(202, uploadHeaders(route.repository, route.id, upload.offset));
  });
}

/** end-6: closes the upload, with or without a last chunk. */
export async function finishUpload(exchange: Exchange, route: UploadRoute): Promise<Response> {
  const { query, uploads, meta } = exchange;
  const digest = checkDigest(query.get("digest"));
  if (isSmall(exchange)) {
    const { offset } = await uploads.find(route.repository, route.id);
    if (offset === 0) return storeSmall(exchange, { repository: route.repository, digest, id: route.id });
  }
  return uploads.use(route.repository, route.id, async (upload, interrupted) => {
    await receiveChunk({ upload, exchange, interrupted, repository: route.repository }, route);
    try {
      return await exchange.lease.holding([digest], () =>
        publish(exchange, { upload, repository: route.repository, digest }),
      );
    } finally {
      // With the right digest it has become a blob, with a wrong one it is gone.
      await meta.uploads.delete(route.id);
    }
  });
}

/** end-13. */
export async function getUpload({ uploads }: Exchange, route: UploadRoute): Promise<Response> {
  const offset = await uploads.offset(route.repository, route.id);
  return reply(204, uploadHeaders(route.repository, route.id, offset));
}

/** end-14. */
export async function cancelUpload({ uploads, meta }: Exchange, route: UploadRoute): Promise<Response> {
  return uploads.use(route.repository, route.id, async (upload) => {
    await upload.abort();
    await meta.uploads.delete(route.id);
    return reply(204);
  });
}

/** Without `from` any repository will do that has it and that the caller may read. */
async function mountBlob(exchange: Exchange, repository: string, digest: Digest): Promise<boolean> {
  const { query, meta, lease, session, rules } = exchange;
  const { repositories } = meta;
  const mounted = await lease.holding([digest], async () => {
    const named = query.get("from");
    const candidates =
      named === null ? await repositories.repositoriesWithBlob(digest, { limit: mountCandidates }) : [named];
    const from = candidates.find((name) => isRepositoryName(name) && session.allows("pull", name));
    const blob = from === undefined ? undefined : await repositories.hasBlob(from, digest);
    if (from === undefined || blob === undefined) return undefined;
    const { sizeBytes } = blob;
    await repositories.linkBlob(repository, { digest, sizeBytes }, { quota: rules.quota(repository) });
    return { fromRepository: from, sizeBytes };
  });
  if (mounted === undefined) return false;
  await tell(exchange, { action: "mount", kind: "blob", repository, digest, tags: [], ...mounted });
  return true;
}

async function receiveChunk(incoming: Incoming, route: UploadRoute): Promise<void> {
  const { upload, exchange } = incoming;
  const { request } = exchange;
  const range = parseChunkRange(request.headers.get("content-range"));
  const state = uploadHeaders(route.repository, route.id, upload.offset);
  if (range === "malformed") {
    throw new RegistryFailure("BLOB_UPLOAD_INVALID", {
      message: "Content-Range cannot be read",
      headers: state,
    });
  }
  if (range && range.first !== upload.offset) {
    throw new RegistryFailure("BLOB_UPLOAD_INVALID", {
      status: 416,
      message: `the next chunk starts at ${upload.offset}`,
      headers: state,
    });
  }
  const length = request.headers.get("content-length");
  const expected = range ? range.last - range.first + 1 : undefined;
  if (expected !== undefined && length !== null && Number(length) !== expected) {
    throw new RegistryFailure("SIZE_INVALID", {
      message: "Content-Range and Content-Length differ",
      headers: state,
    });
  }
  const received = await receiveBody(incoming).catch(async (error) => {
    await exchange.meta.uploads.noteBytes(route.id, upload.offset);
    throw error;
  });
  if (expected !== undefined && received !== expected) {
    throw new RegistryFailure("SIZE_INVALID", {
      message: "Content-Range and body differ",
      headers: uploadHeaders(route.repository, route.id, upload.offset),
    });
  }
}

/** The blob is on disk before its row says so, and safe from the collector in between. */
async function publish(
  exchange: Exchange,
  { upload, repository, digest }: { upload: BlobUpload; repository: string; digest: Digest },
): Promise<Response> {
  const { repositories, uploads } = exchange.meta;
  const options = { quota: exchange.rules.quota(repository) };
  // Whoever is refused only when the bytes are a blob could fill the disk beyond every quota.
  await repositories
    .checkRoom(repository, { digest, sizeBytes: upload.offset }, options)
    .catch(async (error) => {
      await upload.abort();
      throw error;
    });
  const blob = await upload.commit(digest);
  await repositories.linkBlob(repository, blob, options).catch(async (error) => {
    // Others were faster: noted for the collector.
    await uploads.take({ digest });
    throw error;
  });
  await tell(exchange, { action: "push", kind: "blob", repository, ...blob, tags: [] });
  return blobCreated(repository, digest);
}

/** `0-0` also for an empty upload: clients read the header as `0-<integer>`. */
function uploadHeaders(repository: string, id: string, offset: number): Record<string, string> {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, offset - 1)}`,
    "docker-upload-uuid": id,
  };
}

function algorithmOf(query: URLSearchParams): DigestAlgorithm {
  const name = query.get("digest-algorithm") ?? "sha256";
  if (name === "sha256" || name === "sha512") return name;
  throw new RegistryFailure("DIGEST_INVALID", { message: "unsupported digest algorithm" });
}
