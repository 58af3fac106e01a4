import type { DataSet, Descriptor, SetManifest } from "../author.ts";
import type { Area, Check } from "../check.ts";
import { dataSets } from "../data-sets.ts";
import { pushBlob } from "../push.ts";
import { freshRepository, header, must, type Registry, sameBytes, send } from "../registry.ts";
import {
  afterPush,
  blob,
  deleteManifests,
  deletion,
  hasDigest,
  hasLength,
  hasReferrers,
  isServed,
  isThere,
  lists,
  type Place,
  pushBlobs,
  put,
  reference,
} from "./place.ts";

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
