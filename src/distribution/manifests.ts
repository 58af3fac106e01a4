import { collect, isKasaneError, KasaneError } from "../lib/mod.ts";
import {
  type Digest,
  digestAlgorithm,
  digestOf,
  isDigest,
  manifestAccept,
  manifestLimitBytes,
  type RawManifest,
} from "../oci/mod.ts";
import type { Answer } from "./answer.ts";
import type { CallOptions, PutManifestResult, RemoteManifest } from "./registry-client.ts";
import { repositoryScope } from "./scope.ts";
import type { Session } from "./session.ts";

/** end-3 GET. The bytes are right: for a digest those asked for, for a tag those the registry says it sent. */
export async function getManifest(
  session: Session,
  repository: string,
  reference: string,
  options: CallOptions = {},
): Promise<RawManifest> {
  const action = `cannot pull ${nameOf(session, repository, reference)}`;
  const answer = await session.request({
    method: "GET",
    target: manifestPath(repository, reference),
    action,
    repository,
    scopes: [repositoryScope(repository, "pull")],
    headers: { accept: manifestAccept.join(", ") },
    accept: [200],
    attempts: options.attempts,
    signal: options.signal,
  });
  const bytes = await collect(answer.body(), manifestLimitBytes, `${action}: the manifest`);
  const expected = isDigest(reference) ? reference : announcedDigest(answer);
  const digest = digestOf(bytes, expected === undefined ? "sha256" : digestAlgorithm(expected));
  if (expected !== undefined && digest !== expected) {
    throw new KasaneError(
      "digest-mismatch",
      `${action}: ${session.host} sent a manifest with digest ${digest} instead of ${expected}`,
    );
  }
  return { digest, mediaType: mediaTypeOf(answer) ?? mediaTypeInside(bytes) ?? "", bytes };
}

/** end-3 HEAD; where a registry answers it without a digest, the manifest itself says. */
export async function headManifest(
  session: Session,
  repository: string,
  reference: string,
  options: CallOptions = {},
): Promise<RemoteManifest | undefined> {
  const answer = await session.request({
    method: "HEAD",
    target: manifestPath(repository, reference),
    action: `cannot look up ${nameOf(session, repository, reference)}`,
    repository,
    scopes: [repositoryScope(repository, "pull")],
    headers: { accept: manifestAccept.join(", ") },
    accept: [200, 404],
    attempts: options.attempts,
    signal: options.signal,
  });
  await answer.discard();
  if (answer.status === 404) return undefined;
  const digest = isDigest(reference) ? reference : announcedDigest(answer);
  const length = answer.headers.get("content-length");
  const mediaType = mediaTypeOf(answer);
  if (digest !== undefined && mediaType !== undefined && length !== null && /^\d{1,12}$/.test(length)) {
    return { digest, mediaType, sizeBytes: Number(length) };
  }
  try {
    const manifest = await getManifest(session, repository, reference, options);
    return { digest: manifest.digest, mediaType: manifest.mediaType, sizeBytes: manifest.bytes.length };
  } catch (error) {
    if (isKasaneError(error, "not-found")) return undefined;
    throw error;
  }
}

/** end-7a. */
export async function putManifest(
  session: Session,
  repository: string,
  reference: string,
  manifest: RawManifest,
  options: CallOptions = {},
): Promise<PutManifestResult> {
  const action = `cannot push ${nameOf(session, repository, reference)}`;
  const bytes = new Uint8Array(manifest.bytes);
  const answer = await session.request({
    method: "PUT",
    target: manifestPath(repository, reference),
    action,
    repository,
    scopes: [repositoryScope(repository, "pull", "push")],
    headers: { "content-type": manifest.mediaType },
    body: { sizeBytes: bytes.length, open: () => bytes },
    // 200 and 202 are no answers of the specification, but of registries in use.
    accept: [200, 201, 202],
    signal: options.signal,
  });
  await answer.discard();
  const announced = announcedDigest(answer);
  if (announced !== undefined && digestOf(bytes, digestAlgorithm(announced)) !== announced) {
    throw new KasaneError(
      "digest-mismatch",
      `${action}: ${session.host} stored it under the digest ${announced} instead of ${manifest.digest}`,
    );
  }
  return { digest: manifest.digest, subjectKnown: answer.headers.has("oci-subject") };
}

/** end-9. */
export async function deleteManifest(
  session: Session,
  repository: string,
  reference: string,
  options: CallOptions = {},
): Promise<boolean> {
  const answer = await session.request({
    method: "DELETE",
    target: manifestPath(repository, reference),
    action: `cannot delete ${nameOf(session, repository, reference)}`,
    repository,
    scopes: [repositoryScope(repository, "delete", "pull")],
    accept: [200, 202, 204, 404],
    signal: options.signal,
  });
  await answer.discard();
  return answer.status !== 404;
}

function manifestPath(repository: string, reference: string): string {
  return `/v2/${repository}/manifests/${reference}`;
}

function nameOf(session: Session, repository: string, reference: string): string {
  return `${session.host}/${repository}${isDigest(reference) ? "@" : ":"}${reference}`;
}

/** `Docker-Content-Digest`, where it is one. */
function announcedDigest(answer: Answer): Digest | undefined {
  const text = answer.headers.get("docker-content-digest") ?? "";
  return isDigest(text) ? text : undefined;
}

/** The media type without parameters; undefined for the generic ones that say nothing. */
function mediaTypeOf(answer: Answer): string | undefined {
  const type = (answer.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  return /^application\/vnd\.|^application\/[^/]+\+json$/.test(type) ? type : undefined;
}

function mediaTypeInside(bytes: Uint8Array): string | undefined {
  try {
    const type = (JSON.parse(new TextDecoder().decode(bytes)) as { mediaType?: unknown } | null)?.mediaType;
    return typeof type === "string" ? type : undefined;
  } catch {
    return undefined;
  }
}
