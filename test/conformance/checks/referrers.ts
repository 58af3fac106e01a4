import { Author, type Descriptor, types } from "../author.ts";
import type { Check } from "../check.ts";
import { pushSet, putManifest } from "../push.ts";
import {
  type Answer,
  digestOf,
  freshBytes,
  freshRepository,
  header,
  jsonOf,
  must,
  nextOf,
  type Registry,
  send,
} from "../registry.ts";

const cases: Record<string, (registry: Registry, repository: string) => Promise<void>> = {
  "of an unknown digest, in a repository that is not there": async (registry, repository) => {
    await isEmpty(registry, repository, digestOf(freshBytes(8)));
    await isEmpty(registry, repository, digestOf(freshBytes(8), "sha512"));
  },
  "of a manifest to which nothing refers": async (registry, repository) => {
    const author = new Author();
    const { digest } = author.manifest({ tag: "v1" });
    await pushSet(registry, repository, author);
    await isEmpty(registry, repository, digest);
  },
  "of an invalid digest": async (registry, repository) => {
    for (const digest of ["sha256:abc", "nothing", "md5:d41d8cd98f00b204e9800998ecf8427e"])
      must(await send(registry, "GET", `/v2/${repository}/referrers/${digest}`), 400);
  },
  "by a filter": async (registry, repository) => {
    const { author, subject } = await withReferrers(registry, repository, 3);
    const path = `/v2/${repository}/referrers/${subject.digest}`;
    for (const [type, expected] of [
      [types.sbom, author.manifests.length - 1],
      [types.signature, 0],
    ] as const) {
      const answer = must(
        await send(registry, "GET", `${path}?artifactType=${encodeURIComponent(type)}`),
        200,
      );
      if (header(answer, "oci-filters-applied") !== "artifactType")
        throw new Error("the filter is not named");
      if (manifestsOf(answer).length !== expected) throw new Error(`${type}: ${manifestsOf(answer).length}`);
    }
    const whole = must(await send(registry, "GET", path), 200);
    if (whole.headers.has("oci-filters-applied")) throw new Error("a filter is named that nobody asked for");
  },
  "many, with large annotations, over all pages": async (registry, repository) => {
    const { subject, author } = await withReferrers(registry, repository, 60, "x".repeat(100_000));
    const found: string[] = [];
    for (
      let next: string | undefined = `/v2/${repository}/referrers/${subject.digest}`;
      next !== undefined;
    ) {
      const answer = must(await send(registry, "GET", next), 200);
      found.push(...manifestsOf(answer).map(({ digest }) => digest));
      next = nextOf(answer);
    }
    const expected = author.manifests.slice(1).map(({ digest }) => digest);
    if (found.sort().join() !== expected.sort().join())
      throw new Error(`${found.length} of ${expected.length}`);
  },
  "before and after their subject": async (registry, repository) => {
    const author = new Author();
    const subject = author.manifest();
    const before = author.artifact({ subject });
    const after = author.artifact({ subject });
    for (const manifest of [before, subject, after])
      await pushSet(registry, repository, { blobs: author.blobs, manifests: [manifest] });
    const answer = must(await send(registry, "GET", `/v2/${repository}/referrers/${subject.digest}`), 200);
    if (manifestsOf(answer).length !== 2) throw new Error(`${manifestsOf(answer).length} referrers`);
  },
  "are of their own repository only": async (registry, repository) => {
    const { subject } = await withReferrers(registry, repository, 1);
    await isEmpty(registry, freshRepository(), subject.digest);
  },
  "stay when their subject is deleted": async (registry, repository) => {
    const { subject, author } = await withReferrers(registry, repository, 1);
    must(await send(registry, "DELETE", `/v2/${repository}/manifests/${subject.digest}`), 202);
    const answer = must(
      await send(registry, "GET", `/v2/${repository}/manifests/${author.manifests[1]!.digest}`),
      200,
      404,
    );
    const listed = must(await send(registry, "GET", `/v2/${repository}/referrers/${subject.digest}`), 200);
    // Kept or collected, but never the one without the other.
    if ((answer.status === 200) !== (manifestsOf(listed).length === 1))
      throw new Error("the list of referrers and the manifests differ");
  },
  "that a client listed under the fallback tag": async (registry, repository) => {
    const author = new Author();
    const subject = author.manifest();
    const sbom = author.artifact({ subject });
    const { digest } = author.index({ tag: subject.digest.replace(":", "-"), manifests: [sbom] });
    await pushSet(registry, repository, author);
    const answer = must(await send(registry, "GET", `/v2/${repository}/referrers/${subject.digest}`), 200);
    const found = manifestsOf(answer).map((manifest) => manifest.digest);
    if (found.join() !== sbom.digest) throw new Error(`${found} instead of ${sbom.digest}, ${digest} apart`);
  },
  "the same pushed twice is listed once": async (registry, repository) => {
    const { subject, author } = await withReferrers(registry, repository, 1);
    const again = author.manifests[1]!;
    for (const reference of [again.digest, "again"])
      must(await putManifest(registry, repository, again, reference), 201);
    const answer = must(await send(registry, "GET", `/v2/${repository}/referrers/${subject.digest}`), 200);
    if (manifestsOf(answer).length !== 1) throw new Error(`${manifestsOf(answer).length} referrers`);
  },
};

export const referrerTable: readonly Check[] = Object.entries(cases).map(([data, run]) => ({
  area: "referrers",
  data,
  run: (registry) => run(registry, freshRepository()),
}));

async function withReferrers(registry: Registry, repository: string, count: number, filler = "") {
  const author = new Author();
  const subject = author.manifest({ tag: "subject" });
  for (let at = 0; at < count; at += 1)
    author.artifact({ subject, annotations: { at: String(at), ...(filler && { filler }) } });
  await pushSet(registry, repository, author);
  return { author, subject };
}

async function isEmpty(registry: Registry, repository: string, digest: string): Promise<void> {
  const answer = must(await send(registry, "GET", `/v2/${repository}/referrers/${digest}`), 200);
  if (header(answer, "content-type") !== types.index) throw new Error(header(answer, "content-type"));
  const body = jsonOf<{ schemaVersion: number; manifests: unknown }>(answer);
  if (body.schemaVersion !== 2 || JSON.stringify(body.manifests) !== "[]")
    throw new Error(`not an empty index: ${JSON.stringify(body)}`);
}

function manifestsOf(answer: Answer): Descriptor[] {
  return jsonOf<{ manifests: Descriptor[] }>(answer).manifests;
}
