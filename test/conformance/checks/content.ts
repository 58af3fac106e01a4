import type { Area, Check } from "../check.ts";
import { type DataSet, type Descriptor, dataSets, type SetManifest } from "../data-sets.ts";
import { pushBlob, pushSet, putManifest } from "../push.ts";
import {
  type Answer,
  digestOf,
  freshRepository,
  header,
  jsonOf,
  must,
  type Registry,
  sameBytes,
  send,
} from "../registry.ts";

/** A registry with a repository that is empty at first. */
interface Place {
  readonly registry: Registry;
  readonly path: string;
  readonly repository: string;
}

interface ContentCheck {
  /** Data sets without this say nothing about the area. */
  readonly applies?: (set: DataSet) => boolean;
  readonly run: (place: Place, set: DataSet) => Promise<void>;
}

const tagged = (set: DataSet): SetManifest[] => set.manifests.filter(({ tag }) => tag !== undefined);
const referring = (set: DataSet): SetManifest[] =>
  set.manifests.filter(({ subject }) => subject !== undefined);
const hasTags = (set: DataSet): boolean => tagged(set).length > 0;
const hasBlobs = (set: DataSet): boolean => set.blobs.length > 0;
const hasSubject = (set: DataSet): boolean => referring(set).length > 0;
const isSha256 = ({ digest }: Descriptor): boolean => digest.startsWith("sha256:");

/** What each area promises of any content that was pushed. */
const contentChecks: Partial<Record<Area, ContentCheck>> = {
  "blob push": {
    applies: hasBlobs,
    async run({ registry, repository }, { blobs }) {
      for (const { digest, bytes } of blobs) {
        const answer = await pushBlob(registry, { repository, digest, bytes });
        sameBytes(must(await send(registry, "GET", header(answer, "location")), 200), bytes);
      }
    },
  },
  "manifest put by digest": {
    async run(place, set) {
      await pushBlobs(place, set);
      for (const manifest of set.manifests) {
        const answer = must(await put(place, manifest, manifest.digest), 201);
        hasDigest(answer, manifest.digest);
        sameBytes(must(await send(place.registry, "GET", header(answer, "location")), 200), manifest.bytes);
      }
    },
  },
  "manifest put by tag": {
    applies: hasTags,
    async run(place, set) {
      await pushBlobs(place, set);
      for (const manifest of set.manifests) {
        const answer = must(await put(place, manifest, manifest.tag ?? manifest.digest), 201);
        // The registry chooses the algorithm of a manifest that is pushed by tag alone.
        if (isSha256(manifest)) hasDigest(answer, manifest.digest);
        sameBytes(must(await send(place.registry, "GET", header(answer, "location")), 200), manifest.bytes);
      }
    },
  },
  "manifest put with tag params": {
    async run(place, set) {
      await pushBlobs(place, set);
      const tags = ["one", "two.2", "three_3"];
      for (const manifest of set.manifests) {
        const own = manifest.tag === undefined ? [] : [manifest.tag, ...tags];
        const query = own.map((tag) => `tag=${tag}`).join("&");
        const answer = must(await put(place, manifest, `${manifest.digest}?${query}`), 201);
        if (own.length === 0) continue;
        const made = header(answer, "oci-tag").split(/\s*,\s*/);
        if (made.sort().join() !== [...own].sort().join()) throw new Error(`OCI-Tag is ${made}`);
        for (const tag of own) await isServed(place, manifest, tag);
      }
    },
  },
  "manifest put with subject": {
    applies: hasSubject,
    async run(place, set) {
      await pushBlobs(place, set);
      for (const manifest of set.manifests) {
        const answer = must(await put(place, manifest, manifest.digest), 201);
        if (manifest.subject === undefined) continue;
        if (header(answer, "oci-subject") !== manifest.subject)
          throw new Error(`OCI-Subject is ${header(answer, "oci-subject")}`);
      }
    },
  },
  "manifest get by digest": {
    run: (place, set) =>
      afterPush(place, set, async () => {
        for (const manifest of set.manifests) await isServed(place, manifest, manifest.digest);
      }),
  },
  "manifest head by digest": {
    run: (place, set) =>
      afterPush(place, set, async () => {
        for (const manifest of set.manifests) await isThere(place, manifest, manifest.digest);
      }),
  },
  "manifest get by tag": {
    applies: hasTags,
    run: (place, set) =>
      afterPush(place, set, async () => {
        for (const manifest of tagged(set)) await isServed(place, manifest, manifest.tag!);
      }),
  },
  "manifest head by tag": {
    applies: hasTags,
    run: (place, set) =>
      afterPush(place, set, async () => {
        for (const manifest of tagged(set)) await isThere(place, manifest, manifest.tag!);
      }),
  },
  "tag list": {
    applies: hasTags,
    run: (place, set) =>
      afterPush(place, set, async () => {
        await lists(
          place,
          tagged(set).map(({ tag }) => tag!),
        );
      }),
  },
  "blob get": {
    applies: hasBlobs,
    run: (place, set) =>
      afterPush(place, set, async () => {
        for (const { digest, bytes } of set.blobs) {
          const answer = must(await blob(place, "GET", digest), 200);
          sameBytes(answer, bytes);
          hasDigest(answer, digest);
          hasLength(answer, bytes.length);
        }
      }),
  },
  "blob head": {
    applies: hasBlobs,
    run: (place, set) =>
      afterPush(place, set, async () => {
        for (const { digest, bytes } of set.blobs) {
          const answer = must(await blob(place, "HEAD", digest), 200);
          hasDigest(answer, digest);
          hasLength(answer, bytes.length);
        }
      }),
  },
  referrers: {
    run: (place, set) =>
      afterPush(place, set, async () => {
        const subjects = new Set(set.manifests.map(({ digest, subject }) => subject ?? digest));
        for (const subject of subjects) {
          const expected = referring(set).filter((manifest) => manifest.subject === subject);
          await hasReferrers(
            place,
            subject,
            expected.map(({ referrer }) => referrer!),
          );
        }
      }),
  },
  "tag delete": {
    applies: hasTags,
    run: (place, set) =>
      afterPush(place, set, async () => {
        for (const manifest of tagged(set)) {
          must(await reference(place, "DELETE", manifest.tag!), 202);
          // Only the name goes.
          await isServed(place, manifest, manifest.digest);
        }
      }),
  },
  "tag delete atomic": {
    applies: hasTags,
    run: (place, set) =>
      afterPush(place, set, async () => {
        const left = tagged(set).map(({ tag }) => tag!);
        for (const tag of [...left]) {
          must(await reference(place, "DELETE", tag), 202);
          must(await reference(place, "HEAD", tag), 404);
          must(await reference(place, "GET", tag), 404);
          left.splice(left.indexOf(tag), 1);
          await lists(place, left);
        }
      }),
  },
  "manifest delete": {
    run: (place, set) =>
      afterPush(place, set, async () => {
        await deleteManifests(place, set);
      }),
  },
  "manifest delete atomic": {
    run: (place, set) =>
      afterPush(place, set, async () => {
        const left = [...set.manifests];
        for (const { digest, tag, subject } of [...left].reverse()) {
          must(await reference(place, "DELETE", digest), ...deletion(set, digest));
          must(await reference(place, "HEAD", digest), 404);
          must(await reference(place, "GET", digest), 404);
          if (tag !== undefined) must(await reference(place, "GET", tag), 404);
          left.pop();
          if (subject === undefined) continue;
          const others = left.filter((manifest) => manifest.subject === subject);
          await hasReferrers(
            place,
            subject,
            others.map(({ referrer }) => referrer!),
          );
        }
      }),
  },
  "blob delete": {
    applies: hasBlobs,
    run: (place, set) =>
      afterPush(place, set, async () => {
        await deleteManifests(place, set);
        for (const { digest } of set.blobs) must(await blob(place, "DELETE", digest), 202);
      }),
  },
  "blob delete atomic": {
    applies: hasBlobs,
    async run(place, set) {
      await pushBlobs(place, set);
      for (const { digest } of set.blobs) {
        must(await blob(place, "DELETE", digest), 202);
        must(await blob(place, "HEAD", digest), 404);
        must(await blob(place, "GET", digest), 404);
      }
    },
  },
};

export const contentTable: readonly Check[] = Object.entries(contentChecks).flatMap(([area, check]) =>
  Object.entries(dataSets)
    .filter(([, make]) => check.applies?.(make()) ?? true)
    .map(([data, make]) => ({
      area: area as Area,
      data,
      run: async (registry: Registry) => {
        const repository = freshRepository();
        await check.run({ registry, repository, path: `/v2/${repository}` }, make());
      },
    })),
);

async function afterPush(place: Place, set: DataSet, work: () => Promise<void>): Promise<void> {
  await pushSet(place.registry, place.repository, set);
  await work();
}

async function pushBlobs({ registry, repository }: Place, set: DataSet): Promise<void> {
  for (const { digest, bytes } of set.blobs) await pushBlob(registry, { repository, digest, bytes });
}

function put(place: Place, manifest: SetManifest, to: string): Promise<Answer> {
  return putManifest(place.registry, place.repository, manifest, to);
}

function reference({ registry, path }: Place, method: string, to: string): Promise<Answer> {
  return send(registry, method, `${path}/manifests/${to}`);
}

async function deleteManifests(place: Place, set: DataSet): Promise<void> {
  for (const { digest } of [...set.manifests].reverse())
    must(await reference(place, "DELETE", digest), ...deletion(set, digest));
}

/** From the last to the first: with an index a registry may delete those that are only in it. */
function deletion(set: DataSet, digest: string): number[] {
  const isListed = set.manifests.some(({ children }) => children.includes(digest));
  return isListed ? [202, 404] : [202];
}

function blob({ registry, path }: Place, method: string, digest: string): Promise<Answer> {
  return send(registry, method, `${path}/blobs/${digest}`);
}

async function isServed(place: Place, manifest: SetManifest, by: string): Promise<void> {
  const answer = must(await reference(place, "GET", by), 200);
  sameBytes(answer, manifest.bytes);
  describes(answer, manifest);
}

async function isThere(place: Place, manifest: SetManifest, by: string): Promise<void> {
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

function hasDigest(answer: Answer, digest: string): void {
  if (header(answer, "docker-content-digest") !== digest)
    throw new Error(`${answer.request} was answered with digest ${header(answer, "docker-content-digest")}`);
  if (answer.bytes.length > 0 && answer.request.startsWith("GET")) {
    const algorithm = digest.startsWith("sha512") ? "sha512" : "sha256";
    if (digestOf(answer.bytes, algorithm) !== digest) throw new Error(`the body has not digest ${digest}`);
  }
}

function hasLength(answer: Answer, length: number): void {
  if (header(answer, "content-length") !== String(length))
    throw new Error(`${answer.request} was answered with length ${header(answer, "content-length")}`);
}

async function lists({ registry, path, repository }: Place, expected: readonly string[]): Promise<void> {
  const answer = must(await send(registry, "GET", `${path}/tags/list`), 200);
  const { name, tags } = jsonOf<{ name: string; tags: string[] }>(answer);
  if (name !== repository || !Array.isArray(tags)) throw new Error(`not a list of tags: ${name} ${tags}`);
  if ([...tags].sort().join() !== [...expected].sort().join())
    throw new Error(`the tags are ${tags} instead of ${expected}`);
}

async function hasReferrers(place: Place, subject: string, expected: readonly Descriptor[]): Promise<void> {
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
