import { type ByteStream, collect, isKasaneError, type KasaneError } from "../lib/mod.ts";
import { type Descriptor, shortDigest } from "../oci/mod.ts";
import { headBlob } from "./blobs.ts";
import type { PushBlobOptions, PushOutcome } from "./registry-client.ts";
import { RemoteUpload, type UploadOrder, uploadsPath } from "./remote-upload.ts";
import { retryAfterOf, retryDelayMs } from "./retry.ts";
import { repositoryScope } from "./scope.ts";
import type { Session } from "./session.ts";

/** Blobs up to this size go in one PUT from memory: one request less, and configs are all of this kind. */
const singlePutLimitBytes = 512 * 1024;
/** Tried one after the other when a body is refused as too large. */
const chunkSizes = [64, 16, 4].map((mebibytes) => mebibytes * 1024 * 1024);
const mountLimit = 3;
/** However often an upload breaks after some progress, at some point it is not worth it. */
const attemptLimit = 50;

/** Puts a blob into a repository by the cheapest way that works: it is there, it is mounted, it is uploaded. */
export async function pushBlob(
  session: Session,
  repository: string,
  descriptor: Descriptor,
  open: (offset?: number) => Promise<ByteStream>,
  options: PushBlobOptions = {},
): Promise<PushOutcome> {
  const order: UploadOrder = {
    session,
    repository,
    descriptor,
    open,
    progress: options.progress,
    signal: options.signal,
    action: `cannot push blob ${shortDigest(descriptor.digest)} to ${session.host}/${repository}`,
    scopes: [repositoryScope(repository, "pull", "push")],
  };
  if (await isThere(order)) return "exists";
  const mount = await mountBlob(order, options);
  if (mount === "mounted") return "mounted";
  await uploadBlob(order, mount);
  return "copied";
}

async function isThere(order: UploadOrder): Promise<boolean> {
  const { session, repository, descriptor, scopes, signal } = order;
  const there = await headBlob(session, repository, descriptor.digest, {
    scopes,
    ...(signal ? { signal } : {}),
  });
  return there !== undefined;
}

/** end-11. A refusal of any kind means upload; a registry that does not mount opens one at once. */
async function mountBlob(
  order: UploadOrder,
  options: PushBlobOptions,
): Promise<"mounted" | RemoteUpload | undefined> {
  let opened: RemoteUpload | undefined;
  const sources = (options.mountFrom ?? []).filter((source) => source !== order.repository);
  for (const source of sources.slice(0, mountLimit)) {
    const query = `?mount=${encodeURIComponent(order.descriptor.digest)}&from=${encodeURIComponent(source)}`;
    try {
      const answer = await order.session.request({
        ...order,
        method: "POST",
        target: uploadsPath(order) + query,
        scopes: [...order.scopes, repositoryScope(source, "pull")],
        accept: [201, 202],
      });
      await opened?.cancel();
      if (answer.status === 201) {
        await answer.discard();
        options.mounted?.(source);
        return "mounted";
      }
      opened = await RemoteUpload.opened(order, answer);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
  return opened;
}

/** Uploads until the blob is there: goes on where a connection broke, in chunks where a body is too large. */
async function uploadBlob(order: UploadOrder, begun: RemoteUpload | undefined): Promise<void> {
  let upload = begun;
  let chunkBytes = Number.POSITIVE_INFINITY;
  let failures = 0;
  let best = -1;
  for (let attempts = 1; ; attempts++) {
    try {
      upload ??= await RemoteUpload.begin(order);
      return await sendAll(order, upload, chunkBytes);
    } catch (error) {
      const smaller = isTooLarge(error) ? smallerChunk(order, upload, chunkBytes) : undefined;
      if (smaller !== undefined) {
        chunkBytes = smaller;
        await upload?.cancel();
        upload = undefined;
        continue;
      }
      if (!isResumable(error)) throw error;
      const reached: number = upload?.offset ?? -1;
      failures = reached > best ? 1 : failures + 1;
      best = Math.max(best, reached);
      const delay = retryDelayMs(order.session.retry, failures, retryAfterOf(error));
      if (delay === undefined || attempts >= attemptLimit) throw error;
      await order.session.wait(delay, error, order.signal);
      // The answer to a PUT may have been lost on its way while the blob arrived.
      if (await isThere(order)) return;
      if (!(await upload?.resume())) upload = undefined;
    }
  }
}

async function sendAll(order: UploadOrder, upload: RemoteUpload, chunkBytes: number): Promise<void> {
  const { size } = order.descriptor;
  if (upload.offset === 0 && size <= Math.min(singlePutLimitBytes, chunkBytes)) {
    const bytes = await collect(await order.open(0), size, `${order.action}: its content`);
    return upload.finish(new Uint8Array(bytes));
  }
  while (upload.offset < size) {
    await upload.send(Math.min(size, upload.offset + Math.max(chunkBytes, upload.chunkMinBytes)));
  }
  return upload.finish();
}

/** undefined when there is none to try. */
function smallerChunk(
  order: UploadOrder,
  upload: RemoteUpload | undefined,
  chunkBytes: number,
): number | undefined {
  const size = Math.min(chunkBytes, order.descriptor.size);
  const next = chunkSizes.find((bytes) => bytes < size);
  return next !== undefined && next >= (upload?.chunkMinBytes ?? 0) ? next : undefined;
}

function isTooLarge(error: unknown): boolean {
  return isKasaneError(error) && error.data.status === 413;
}

/** The registry said no to a mount: nothing is lost, the blob is uploaded instead. */
function isRefusal(error: unknown): boolean {
  return (
    isKasaneError(error) &&
    ["unauthorized", "denied", "not-found", "unsupported", "protocol", "digest-mismatch"].includes(error.code)
  );
}

function isResumable(error: unknown): error is KasaneError {
  if (!isKasaneError(error)) return false;
  const { status, passing } = error.data;
  // 404: the upload is gone; 416: it is elsewhere than we think.
  return passing === true || status === 404 || status === 416 || status === 500;
}
