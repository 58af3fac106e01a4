import { beforeEach, expect, test } from "bun:test";
import { type Descriptor, type Digest, digestOf, mediaTypes } from "../oci/mod.ts";
import { imageManifest, TestRegistry } from "./testing/test-registry.ts";

let registry: TestRegistry;
beforeEach(() => {
  registry = new TestRegistry();
});

const subject = { mediaType: mediaTypes.ociManifest, digest: digestOf("subject"), size: 7 };

async function referrers(query = "", digest: string = subject.digest) {
  const response = await registry.send("GET", `/v2/a/referrers/${digest}${query}`);
  const body = (await response.json()) as {
    schemaVersion: number;
    mediaType: string;
    manifests: Descriptor[];
  };
  return { response, body };
}

/** Pushes by digest: referrers have no tag. */
async function push(document: object): Promise<Digest> {
  return registry.putManifest("a", digestOf(JSON.stringify(document)), document);
}

test("an unknown subject has an empty index, in an unknown repository too", async () => {
  const { response, body } = await referrers();
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe(mediaTypes.ociIndex);
  expect(body).toEqual({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] });
});

test("a subject that is no digest is 400", async () => {
  expect((await registry.send("GET", "/v2/a/referrers/sha256:00")).status).toBe(400);
});

test("the artifact type is the manifest's, else its config's; an index without one has none", async () => {
  const plain = await push(imageManifest({ subject }));
  const typed = await push(
    imageManifest({ subject, artifactType: "application/x-sbom", annotations: { a: "b" } }),
  );
  const index = await push({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], subject });
  const { body } = await referrers();
  const byDigest = new Map(body.manifests.map((descriptor) => [descriptor.digest, descriptor]));
  expect(byDigest.get(plain)).toMatchObject({
    mediaType: mediaTypes.ociManifest,
    artifactType: mediaTypes.ociConfig,
  });
  expect(byDigest.get(typed)).toMatchObject({ artifactType: "application/x-sbom", annotations: { a: "b" } });
  expect(byDigest.get(index)).toEqual({
    mediaType: mediaTypes.ociIndex,
    digest: index,
    size: JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], subject }).length,
  });
});

test("a filter is applied and said to be", async () => {
  const wanted = await push(imageManifest({ subject, artifactType: "application/x-a" }));
  await push(imageManifest({ subject, artifactType: "application/x-b" }));
  const { response, body } = await referrers("?artifactType=application/x-a");
  expect(body.manifests.map((descriptor) => descriptor.digest)).toEqual([wanted]);
  expect(response.headers.get("oci-filters-applied")).toBe("artifactType");
  expect((await referrers()).response.headers.get("oci-filters-applied")).toBeNull();
});

test("only manifests of the same repository count, and deleted ones no more", async () => {
  const digest = await push(imageManifest({ subject }));
  await registry.putManifest("b", "x", imageManifest({ subject, artifactType: "application/x-other" }));
  expect((await referrers()).body.manifests.map((descriptor) => descriptor.digest)).toEqual([digest]);
  await registry.send("DELETE", `/v2/a/manifests/${digest}`);
  expect((await referrers()).body.manifests).toEqual([]);
});

test("large annotations make pages, and the links visit every referrer once", async () => {
  const pushed: string[] = [];
  for (let index = 0; index < 5; index++) {
    pushed.push(
      await push(
        imageManifest({
          subject,
          artifactType: "application/x-a",
          annotations: { n: `${index}`, a: "x".repeat(900_000) },
        }),
      ),
    );
  }
  const seen: string[] = [];
  let path: string | undefined = `/v2/a/referrers/${subject.digest}?artifactType=application%2Fx-a`;
  let pages = 0;
  while (path) {
    const response: Response = await registry.send("GET", path);
    const body = (await response.json()) as { manifests: Descriptor[] };
    seen.push(...body.manifests.map((descriptor) => descriptor.digest));
    path = /^<([^>]+)>/.exec(response.headers.get("link") ?? "")?.[1];
    pages++;
  }
  expect(pages).toBeGreaterThan(1);
  expect(seen).toEqual(pushed.sort());
});
