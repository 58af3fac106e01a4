import type { DataSet, Descriptor, SetManifest } from "../author.ts";
import { pushBlob, pushSet, putManifest } from "../push.ts";
import { type Answer, digestOf, header, jsonOf, must, type Registry, sameBytes, send } from "../registry.ts";

/** A registry with a repository that is empty at first. */
export interface Place {
  readonly registry: Registry;
  readonly path: string;
  readonly repository: string;
}

export async function afterPush(place: Place, set: DataSet, work: () => Promise<void>): Promise<void> {
  await pushSet(place.registry, place.repository, set);
  await work();
}

export async function pushBlobs({ registry, repository }: Place, set: DataSet): Promise<void> {
  for (const { digest, bytes } of set.blobs) await pushBlob(registry, { repository, digest, bytes });
}

export function put(place: Place, manifest: SetManifest, to: string): Promise<Answer> {
  return putManifest(place.registry, place.repository, manifest, to);
}

export function reference({ registry, path }: Place, method: string, to: string): Promise<Answer> {
  return send(registry, method, `${path}/manifests/${to}`);
}

export async function deleteManifests(place: Place, set: DataSet): Promise<void> {
  for (const { digest } of [...set.manifests].reverse())
    must(await reference(place, "DELETE", digest), ...deletion(set, digest));
}

/** From the last to the first: with an index a registry may delete those that are only in it. */
export function deletion(set: DataSet, digest: string): number[] {
  const isListed = set.manifests.some(({ children }) => children.includes(digest));
  return isListed ? [202, 404] : [202];
}

export function blob({ registry, path }: Place, method: string, digest: string): Promise<Answer> {
  return send(registry, method, `${path}/blobs/${digest}`);
}

export async function isServed(place: Place, manifest: SetManifest, by: string): Promise<void> {
  const answer = must(await reference(place, "GET", by), 200);
  sameBytes(answer, manifest.bytes);
  describes(answer, manifest);
}

export async function isThere(place: Place, manifest: SetManifest, by: string): Promise<void> {
  const answer = must(await reference(place, "HEAD", by), 200);
  if (answer.bytes.length > 0) throw new Error(`${answer.request} was answered with a body`);
  describes(answer, manifest);
}

function describes(answer: Answer, manifest: SetManifest): void {
  hasDigest(answer, manifest.digest);
  hasLength(answer, manifest.size);
  if (header(answer, "content-type") !== manifest.mediaType)
    throw new Error(`${answer.request} was answered as ${header(answer, "content-type")}`);
}

export function hasDigest(answer: Answer, digest: string): void {
  if (header(answer, "docker-content-digest") !== digest)
    throw new Error(`${answer.request} was answered with digest ${header(answer, "docker-content-digest")}`);
  if (answer.bytes.length > 0 && answer.request.startsWith("GET")) {
    const algorithm = digest.startsWith("sha512") ? "sha512" : "sha256";
    if (digestOf(answer.bytes, algorithm) !== digest) throw new Error(`the body has not digest ${digest}`);
  }
}

export function hasLength(answer: Answer, length: number): void {
  if (header(answer, "content-length") !== String(length))
    throw new Error(`${answer.request} was answered with length ${header(answer, "content-length")}`);
}

export async function lists(
  { registry, path, repository }: Place,
  expected: readonly string[],
): Promise<void> {
  const answer = must(await send(registry, "GET", `${path}/tags/list`), 200);
  const { name, tags } = jsonOf<{ name: string; tags: string[] }>(answer);
  if (name !== repository || !Array.isArray(tags)) throw new Error(`not a list of tags: ${name} ${tags}`);
  if ([...tags].sort().join() !== [...expected].sort().join())
    throw new Error(`the tags are ${tags} instead of ${expected}`);
}

export async function hasReferrers(
  place: Place,
  subject: string,
  expected: readonly Descriptor[],
): Promise<void> {
  const all = await readReferrers(place, subject);
  isSame(all.found, expected);
  for (const artifactType of new Set(expected.map((entry) => entry.artifactType as string | undefined))) {
    if (artifactType === undefined) continue;
    const { found, isFiltered } = await readReferrers(place, subject, artifactType);
    const matching = expected.filter((entry) => entry.artifactType === artifactType);
    isSame(isFiltered ? found : found.filter((entry) => entry.artifactType === artifactType), matching);
  }
}

async function readReferrers({ registry, path }: Place, subject: string, artifactType?: string) {
  const query = artifactType === undefined ? "" : `?artifactType=${encodeURIComponent(artifactType)}`;
  const answer = must(await send(registry, "GET", `${path}/referrers/${subject}${query}`), 200);
  if (header(answer, "content-type") !== "application/vnd.oci.image.index.v1+json")
    throw new Error(`${answer.request} was answered as ${header(answer, "content-type")}`);
  const { manifests } = jsonOf<{ manifests: Descriptor[] }>(answer);
  return { found: manifests, isFiltered: answer.headers.get("oci-filters-applied") === "artifactType" };
}

function isSame(found: readonly Descriptor[], expected: readonly Descriptor[]): void {
  const sorted = (list: readonly Descriptor[]) =>
    JSON.stringify(
      list
        .map((entry) => Object.fromEntries(Object.entries(entry).sort()))
        .sort((a, b) => (JSON.stringify(a.digest) < JSON.stringify(b.digest) ? -1 : 1)),
    );
  if (sorted(found) !== sorted(expected))
    throw new Error(
      `the referrers are ${sorted(found).slice(0, 500)} instead of ${sorted(expected).slice(0, 500)}`,
    );
}
