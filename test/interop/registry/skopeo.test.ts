import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { missing } from "../../outside.ts";
import { sampleImage, sampleIndex, save } from "../archive-file.ts";
import { type Scratch, scratch, skopeo } from "../peers.ts";
import { type KasaneServer, pullImage, pushImage, startKasane } from "./kasane-server.ts";
import { makePrivateAuthority } from "./private-authority.ts";

const isMissing = missing("skopeo");
let server: KasaneServer;
let directory: Scratch;
beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("skopeo");
  server = await startKasane();
});
afterAll(async () => {
  if (isMissing) return;
  expect(server.failures).toEqual([]);
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const at = (name: string) => join(directory.path, name);
const insecure = ["--src-tls-verify=false", "--dest-tls-verify=false"];

describe.skipIf(isMissing)("skopeo and Kasane's registry", () => {
  test.each(["oci", "docker"] as const)("push and pull an image of %s types", async (family) => {
    const image = await sampleImage({ family });
    await save(at(`${family}.tar`), "oci", { image, names: [`docker.io/library/x:${family}`] });
    const name = `${server.host}/skopeo/${family}:v1`;
    await pushImage(name, image);
    const copy = `${server.host}/skopeo/${family}-copy:v1`;
    await skopeo()("copy", ...insecure, "--preserve-digests", `docker://${name}`, `docker://${copy}`);
    const back = await pullImage(copy);
    expect(back.rootDigest).toBe(image.rootDigest!);
    expect(back.blobs).toEqual(image.blobs);
    await skopeo()("copy", ...insecure, `docker://${name}`, `dir:${at(`${family}-dir`)}`);
    await skopeo()("copy", ...insecure, `dir:${at(`${family}-dir`)}`, `docker://${copy}-again`);
    expect((await pullImage(`${copy}-again`)).rootDigest).toBe(image.rootDigest!);
  });

  test("copy an index with everything in it", async () => {
    const image = await sampleIndex();
    const name = `${server.host}/skopeo/index:v1`;
    await pushImage(name, image);
    await skopeo()("copy", "--all", ...insecure, `docker://${name}`, `oci:${at("layout")}:v1`);
    await skopeo()(
      "copy",
      "--all",
      ...insecure,
      `oci:${at("layout")}:v1`,
      `docker://${server.host}/skopeo/again:v1`,
    );
    const back = await pullImage(`${server.host}/skopeo/again:v1`);
    expect(back.rootDigest).toBe(image.rootDigest!);
    expect(back.blobs).toEqual(image.blobs);
  });

  test("list, inspect and delete", async () => {
    const image = await sampleImage();
    for (const tag of ["a", "b", "c"]) await pushImage(`${server.host}/skopeo/list:${tag}`, image);
    const repository = `docker://${server.host}/skopeo/list`;
    expect(JSON.parse(await skopeo()("list-tags", "--tls-verify=false", repository))).toMatchObject({
      Tags: ["a", "b", "c"],
    });
    expect(JSON.parse(await skopeo()("inspect", "--tls-verify=false", `${repository}:a`))).toMatchObject({
      Digest: image.rootDigest!,
      RepoTags: ["a", "b", "c"],
    });
    await skopeo()("delete", "--tls-verify=false", `${repository}:a`);
    expect(JSON.parse(await skopeo()("list-tags", "--tls-verify=false", repository))).toMatchObject({
      Tags: [],
    });
  });
});

describe.skipIf(isMissing || missing("openssl"))("over TLS with a private authority", () => {
  test("skopeo and Kasane's client trust the server once they know the authority, and not before", async () => {
    const files = await makePrivateAuthority(directory.path);
    const read = (path: string) => Bun.file(path).text();
    const tls = { certificate: await read(files.certificate), key: await read(files.key) };
    await using secure = await startKasane({ tls });
    const certificates = [await read(files.authority)];
    const image = await sampleImage();
    const name = `${secure.host}/tls/image:v1`;
    await pushImage(name, image, { certificates });
    await pushImage(name, image, { certificates, tlsVerify: true });
    expect((await pullImage(name, { certificates })).rootDigest).toBe(image.rootDigest!);
    await expect(pullImage(name, { tlsVerify: true })).rejects.toMatchObject({
      code: "network",
      hint: expect.stringContaining("certs.d"),
    });
    // As Docker has it: any certificate will do for a loopback host, and where verification is off.
    for (const options of [{}, { tlsVerify: false }]) {
      expect((await pullImage(name, options)).rootDigest).toBe(image.rootDigest!);
    }
    const said = await skopeo()("inspect", "--cert-dir", files.trust, "--raw", `docker://${name}`);
    expect(said).toBe(new TextDecoder().decode((await image.root()).bytes));
  });
});
