import { collect, isKasaneError } from "../lib/mod.ts";
import { manifestRecord } from "../meta/mod.ts";
import {
  type Digest,
  digestAlgorithm,
  digestOf,
  isDigest,
  type Manifest,
  manifestLimitBytes,
  parseManifest,
  type RawManifest,
} from "../oci/mod.ts";
import { checkDigest, knownBytes } from "./blobs.ts";
import { type Exchange, tell, tellOfPull } from "./context.ts";
import { apiHeaders, RegistryFailure } from "./errors.ts";
import { MemoryRoom } from "./memory-room.ts";
import { isTag } from "./names.ts";
import { promise } from "./promise.ts";
import { reply, withWarning } from "./reply.ts";

interface ManifestRoute {
  readonly repository: string;
  readonly reference: string;
}

const smallBytes = 64 * 1024;
/** More tags in one request than any client has a use for; the specification asks for ten. */
const tagParamLimit = 100;

/** Nearly all manifests are smaller, and wait for nobody. */
const ordinaryBytes = 256 * 1024;
/** Reading one takes about four times its size for a moment. */
const largeManifests = new MemoryRoom({ limitBytes: 64 * 1024 * 1024, patienceMs: 10_000 });

/** A manifest that can be read under some reference, with the headers of its answer. */
export interface KnownManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headers: Headers;
}

/** end-3: GET and HEAD, byte for byte as pushed, whatever Accept says: a converted manifest would have another digest. */
export async function getManifest(exchange: Exchange, route: ManifestRoute): Promise<Response> {
  const { request, pullThrough, observer, known } = exchange;
  const freshness = pullThrough?.covers(route.repository)
    ? await pullThrough.freshen(route.repository, checkReference(route.reference))
    : undefined;
  const found = freshness?.manifest
    ? knownManifest(freshness.manifest)
    : (known.manifests.get(`${route.repository}:${route.reference}`) ??
      (await findManifest(exchange, route)));
  if (request.method === "GET" && observer?.wants("pull")) {
    const tags = route.reference.includes(":") ? [] : [route.reference];
    tellOfPull(exchange, { action: "pull", kind: "manifest", ...told(route, found), tags });
  }
  const { digest, bytes } = found;
  const headers = freshness === undefined ? found.headers : withWarning(found.headers, freshness.warning);
  // Who asks by tag wants to pull; who asks by digest may be about to push an index that names it.
  const isAsked = request.method === "HEAD" && route.reference.includes(":");
  if (isAsked && !(await promise(exchange, { ...route, known: found }))) throw unknown(route);
  if (request.headers.get("if-none-match") === `"${digest}"`) {
    const all = new Headers(headers);
    all.delete("content-length");
    return new Response(null, { status: 304, headers: all });
  }
  return new Response(request.method === "HEAD" ? null : bytes, { headers });
}

/** @throws RegistryFailure MANIFEST_UNKNOWN, DIGEST_INVALID */
async function findManifest({ meta, known }: Exchange, route: ManifestRoute): Promise<KnownManifest> {
  const revision = known.manifests.revision();
  const found = await meta.repositories.getManifest(route.repository, checkReference(route.reference));
  if (found === undefined) throw unknown(route);
  const manifest = knownManifest(found);
  const sizeBytes = manifest.bytes.length + knownBytes;
  known.manifests.keep(`${route.repository}:${route.reference}`, manifest, { revision, sizeBytes });
  return manifest;
}

function knownManifest({ digest, mediaType, bytes }: RawManifest): KnownManifest {
  const headers = new Headers({
    ...apiHeaders,
    "content-type": mediaType,
    "content-length": String(bytes.length),
    "docker-content-digest": digest,
    etag: `"${digest}"`,
  });
  return { digest, mediaType, bytes: new Uint8Array(bytes), headers };
}

/** end-7a and end-7b. Blobs, children and the subject may be missing: they may come later, or live elsewhere. */
export function putManifest(exchange: Exchange, route: ManifestRoute): Promise<Response> {
  const told = exchange.request.headers.get("content-length");
  const sizeBytes = told === null ? manifestLimitBytes : Number(told);
  if (sizeBytes <= ordinaryBytes) return takeManifest(exchange, route);
  if (sizeBytes > manifestLimitBytes) throw tooLarge();
  return largeManifests.holding(sizeBytes, () => takeManifest(exchange, route));
}

async function takeManifest(exchange: Exchange, route: ManifestRoute): Promise<Response> {
  const { request, query, meta, rules } = exchange;
  const named = isDigest(route.reference) ? route.reference : undefined;
  const tags = named === undefined ? [checkTag(route.reference)] : tagParams(query);
  const bytes = await readManifest(request);
  const digest = digestOf(bytes, named === undefined ? "sha256" : digestAlgorithm(named));
  if (named !== undefined && named !== digest) {
    throw new RegistryFailure("DIGEST_INVALID", { detail: { expected: named, received: digest } });
  }
  const manifest = parse(bytes, request.headers.get("content-type"));
  const record = manifestRecord({ digest, mediaType: manifest.mediaType, bytes }, manifest);
  const { repository } = route;
  const put = () =>
    meta.repositories.putManifest(repository, record, tags, {
      quota: rules.quota(repository),
      isImmutable: (tag) => rules.isImmutable(repository, tag),
      undoMs: rules.undoMs,
    });
  await put().catch((error) => {
    // A collector has just claimed it: wait for that to end.
    if (isKasaneError(error, "conflict")) return exchange.lease.holding([digest], put);
    throw error;
  });
  const references = [record.config ?? [], record.layers, record.children].flat();
  await tell(exchange, { action: "push", kind: "manifest", ...told(route, record), tags, references });
  return reply(201, {
    location: `/v2/${route.repository}/manifests/${digest}`,
    "docker-content-digest": digest,
    ...(record.subject === undefined ? {} : { "oci-subject": record.subject }),
    ...(named === undefined || tags.length === 0 ? {} : { "oci-tag": tags.join(", ") }),
  });
}

/** end-9: by tag that tag, by digest the manifest with all its tags. */
export async function deleteManifest(exchange: Exchange, route: ManifestRoute): Promise<Response> {
  const { meta, rules } = exchange;
  const { repository } = route;
  const reference = checkReference(route.reference);
  const options = {
    isImmutable: (tag: string) => rules.isImmutable(repository, tag),
    undoMs: rules.undoMs,
  };
  if ("tag" in reference) {
    const isGone = await meta.repositories.deleteTag(repository, reference.tag, options);
    if (!isGone) throw unknown(route);
    await tell(exchange, { action: "delete", kind: "tag", repository, tags: [reference.tag] });
  } else {
    const { digest } = reference;
    const gone = await meta.repositories.deleteManifest(repository, digest, options);
    if (gone === undefined) throw unknown(route);
    await tell(exchange, { action: "delete", kind: "manifest", repository, digest, tags: gone.tags });
  }
  return reply(202);
}

/** What an event says of a manifest. */
function told({ repository }: ManifestRoute, { digest, mediaType, bytes }: RawManifest) {
  return { repository, digest, mediaType, sizeBytes: bytes.length };
}

async function readManifest(request: Request): Promise<Uint8Array> {
  const told = Number(request.headers.get("content-length") ?? 0);
  try {
    // A stream costs more than all else that is done with a small one.
    if (told > 0 && told <= smallBytes) return await request.bytes();
    return request.body ? await collect(request.body, manifestLimitBytes, "the manifest") : new Uint8Array(0);
  } catch (error) {
    if (isKasaneError(error, "limit-exceeded")) throw tooLarge();
    throw new RegistryFailure("MANIFEST_INVALID", { message: "the request broke off", cause: error });
  }
}

function parse(bytes: Uint8Array, contentType: string | null): Manifest {
  try {
    return parseManifest(bytes, contentType ?? undefined);
  } catch (error) {
    if (!isKasaneError(error)) throw error;
    throw new RegistryFailure("MANIFEST_INVALID", { message: error.message, cause: error });
  }
}

function checkReference(text: string): { tag: string } | { digest: Digest } {
  if (text.includes(":")) return { digest: checkDigest(text) };
  if (isTag(text)) return { tag: text };
  throw new RegistryFailure("MANIFEST_UNKNOWN");
}

function checkTag(text: string): string {
  if (text.includes(":")) checkDigest(text);
  if (isTag(text)) return text;
  throw new RegistryFailure("MANIFEST_INVALID", {
    message: "not a valid tag",
    detail: { tag: text.slice(0, 200) },
  });
}

function tagParams(query: URLSearchParams): string[] {
  const tags = [...new Set(query.getAll("tag"))];
  if (tags.length > tagParamLimit) {
    throw new RegistryFailure("UNSUPPORTED", {
      status: 414,
      message: `more than ${tagParamLimit} tags in one request`,
    });
  }
  return tags.map(checkTag);
}

function unknown(route: ManifestRoute): RegistryFailure {
  return new RegistryFailure("MANIFEST_UNKNOWN", {
    detail: { name: route.repository, reference: route.reference },
  });
}

function tooLarge(): RegistryFailure {
  return new RegistryFailure("SIZE_INVALID", {
    status: 413,
    message: `a manifest may have ${manifestLimitBytes} bytes at most`,
  });
}
