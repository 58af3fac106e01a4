import type { BlobLocation } from "../blob/mod.ts";
import { type Digest, isDigest } from "../oci/mod.ts";
import { parseRange } from "./byte-range.ts";
import { type Exchange, tell } from "./context.ts";
import { RegistryFailure } from "./errors.ts";
import type { ArrivingBlob } from "./pull-through.ts";
import { reply } from "./reply.ts";

/** end-2: GET and HEAD, with Range. The bytes go from file to socket without passing through here. */
export async function getBlob(
  exchange: Exchange,
  route: { repository: string; digest: string },
): Promise<Response> {
  const digest = checkDigest(route.digest);
  const { request, meta, blobs, locations, observer } = exchange;
  const { repository } = route;
  const linked = await meta.repositories.hasBlob(repository, digest);
  const location =
    (linked && (await locations.locate(digest))) ?? (await locateUpstream(exchange, repository, digest));
  if (location === undefined) throw new RegistryFailure("BLOB_UNKNOWN", { detail: { digest } });
  const { sizeBytes } = location;
  const headers: Record<string, string> = {
    "docker-content-digest": digest,
    etag: `"${digest}"`,
    "accept-ranges": "bytes",
    // The name is the content: it can be kept for ever. `private`, because who may read it is decided per user.
    "cache-control": "private, max-age=31536000, immutable",
    "content-type": "application/octet-stream",
  };
  if (request.headers.get("if-none-match") === headers.etag) return reply(304, headers);
  if (request.method === "HEAD") return reply(200, { ...headers, "content-length": String(sizeBytes) });
  if (observer?.wants("pull")) {
    tell(exchange, { action: "pull", kind: "blob", repository, digest, sizeBytes, tags: [] });
  }
  if (location.kind === "url") return reply(307, { "docker-content-digest": digest, location: location.url });

  const ifRange = request.headers.get("if-range");
  const isRangeMeant = ifRange === null || ifRange === headers.etag;
  const range = isRangeMeant ? parseRange(request.headers.get("range"), sizeBytes) : undefined;
  if (range === "unsatisfiable") {
    throw new RegistryFailure("SIZE_INVALID", {
      status: 416,
      message: "range not satisfiable",
      headers: { "content-range": `bytes */${sizeBytes}`, "docker-content-digest": digest },
    });
  }
  const { start, end } = range ?? { start: 0, end: sizeBytes };
  headers["content-length"] = String(end - start);
  if (range) headers["content-range"] = `bytes ${start}-${end - 1}/${sizeBytes}`;
  const status = range ? 206 : 200;
  if (sizeBytes === 0) return reply(status, headers, new Uint8Array(0));
  if (location.kind === "file") {
    const file = Bun.file(location.path);
    return reply(status, headers, range ? file.slice(start, end) : file);
  }
  const open = location.kind === "arriving" ? location.open : (part: ByteSpan) => blobs.open(digest, part);
  return reply(status, headers, await open({ start, end }));
}

interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** A blob that an upstream has: HEAD only asks for it, GET starts or joins its download. */
async function locateUpstream(
  { request, pullThrough }: Exchange,
  repository: string,
  digest: Digest,
): Promise<BlobLocation | ({ readonly kind: "arriving" } & ArrivingBlob) | undefined> {
  if (!pullThrough?.covers(repository)) return undefined;
  if (request.method === "HEAD") {
    const found = await pullThrough.statBlob(repository, digest);
    return found && { kind: "stream", ...found };
  }
  const arriving = await pullThrough.blob(repository, digest);
  return arriving && { kind: "arriving", sizeBytes: arriving.sizeBytes, open: (part) => arriving.open(part) };
}

/** end-10: the blob is gone from this repository at once; its bytes go when nothing else refers to them. */
export async function deleteBlob(
  exchange: Exchange,
  route: { repository: string; digest: string },
): Promise<Response> {
  const digest = checkDigest(route.digest);
  const { repository } = route;
  const removed = await exchange.meta.repositories.unlinkBlob(repository, digest);
  if (!removed) throw new RegistryFailure("BLOB_UNKNOWN", { detail: { digest } });
  await tell(exchange, { action: "delete", kind: "blob", repository, digest, tags: [] });
  return reply(202);
}

/** @throws RegistryFailure DIGEST_INVALID */
export function checkDigest(text: string | null): Digest {
  if (text !== null && isDigest(text)) return text;
  throw new RegistryFailure("DIGEST_INVALID", { message: "not a digest of a known algorithm" });
}
