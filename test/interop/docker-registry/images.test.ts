import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createRegistryClient } from "../../../src/distribution/mod.ts";
import { imageSinkContract } from "../../../src/image/image-sink.contract.ts";
import { copyImage, registrySink, registrySource } from "../../../src/image/mod.ts";
import { MemoryImage } from "../../../src/image/testing/memory-image.ts";
import { parseReference } from "../../../src/oci/mod.ts";
import { missing } from "../../outside.ts";
import { sampleImage, sampleIndex } from "../archive-file.ts";
import { type Daemon, skopeo, startDockerRegistry } from "../peers.ts";

const isMissing = missing("docker-registry", "skopeo");
let registry: Daemon;
let count = 0;

beforeAll(async () => {
  if (!isMissing) registry = await startDockerRegistry();
});
afterAll(async () => {
  if (!isMissing) await registry[Symbol.asyncDispose]();
});

/** A repository that nobody has used yet. */
function newPlace(tag = "v1") {
  const reference = parseReference(`${registry.address}/repo${count++}:${tag}`);
  return { client: createRegistryClient({ host: reference.host }), reference };
}

describe.skipIf(isMissing)("registrySink() and registrySource() over docker-registry", () => {
  imageSinkContract(async () => {
    const place = newPlace();
    return { sink: registrySink(place), source: async () => registrySource(place) };
  });

  test("mounts what another repository has", async () => {
    const [from, to] = [newPlace(), newPlace()];
    const image = await sampleImage();
    await copyImage(image, registrySink(from), { direction: "push" });
    const events: string[] = [];
    const { blobs } = await copyImage(
      image,
      registrySink({ ...to, mountFrom: () => [from.reference.repository] }),
      { direction: "push", progress: ({ phase, detail }) => events.push(`${phase} ${detail ?? ""}`) },
    );
    expect(blobs).toEqual({ copied: 0, exists: 0, mounted: 3 });
    expect(events.filter((event) => event === `mounted ${from.reference.repository}`).length).toBe(2);
  });

  test("pulls by digest, and pushes under a digest only what has it", async () => {
    const place = newPlace();
    const image = await sampleImage();
    await copyImage(image, registrySink(place));
    const { tag: _, ...name } = place.reference;
    const byDigest = { ...place, reference: { ...name, digest: image.rootDigest! } };
    expect((await registrySource(byDigest).root()).digest).toBe(image.rootDigest!);
    const other = await sampleImage({ config: { User: "1" } });
    await expect(copyImage(other, registrySink(byDigest))).rejects.toMatchObject({ code: "conflict" });
    await copyImage(image, registrySink(byDigest));
  });

  test("goes on from an offset", async () => {
    const place = newPlace();
    const image = await sampleImage();
    await copyImage(image, registrySink(place));
    for (const [digest, bytes] of image.blobs) {
      const descriptor = { mediaType: "x", digest, size: bytes.length };
      const source = registrySource(place);
      const read = async (start: number, end?: number) =>
        new Response(await source.blob(descriptor, end === undefined ? { start } : { start, end })).bytes();
      expect(await read(5)).toEqual(bytes.subarray(5));
      expect(await read(5, 9)).toEqual(bytes.subarray(5, 9));
      expect(await read(0, bytes.length)).toEqual(bytes);
    }
  });

  test("agrees with skopeo on digests, both ways", async () => {
    const place = newPlace();
    const image = await sampleIndex();
    await copyImage(image, registrySink(place), { platforms: "all" });
    const url = (repository: string) => `docker://${registry.address}/${repository}`;
    const raw = await skopeo()(
      "inspect",
      "--tls-verify=false",
      "--raw",
      url(`${place.reference.repository}:v1`),
    );
    expect(raw).toBe(new TextDecoder().decode((await image.root()).bytes));
    const copy = newPlace();
    await skopeo()(
      ...["copy", "--all", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false"],
      url(`${place.reference.repository}:v1`),
      url(`${copy.reference.repository}:v1`),
    );
    const back = new MemoryImage();
    await copyImage(registrySource(copy), back, { platforms: "all" });
    expect(back.rootDigest).toBe(image.rootDigest!);
    expect(back.blobs).toEqual(image.blobs);
  });
});
