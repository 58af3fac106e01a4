import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRegistryClient, loadCredentials } from "../../../src/distribution/mod.ts";
import { toByteStream } from "../../../src/lib/mod.ts";
import { digestOf } from "../../../src/oci/mod.ts";
import { missing, runOk } from "../../outside.ts";
import { sampleImage } from "../archive-file.ts";
import { peer, type Scratch, scratch } from "../peers.ts";
import { type Started, startDaemon } from "../start-daemon.ts";
import { pullImage, pushImage } from "./kasane-server.ts";
import { makePrivateAuthority } from "./private-authority.ts";

const isMissing = missing("docker-registry", "htpasswd", "openssl");
let directory: Scratch;
let daemon: Started;
let host: string;
let certificates: string[];

/** Debian's docker-registry over TLS by a private authority, for one user with a password. */
beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("secure-registry");
  const at = (name: string) => join(directory.path, name);
  const files = await makePrivateAuthority(directory.path);
  certificates = [await Bun.file(files.authority).text()];
  await writeFile(at("htpasswd"), await runOk([peer("htpasswd"), "-Bbn", "user", "pass:word"]));
  const configuration = [
    "version: 0.1",
    `storage: { filesystem: { rootdirectory: ${at("data")} }, delete: { enabled: true } }`,
    `auth: { htpasswd: { realm: Test Realm, path: ${at("htpasswd")} } }`,
    `http: { addr: 127.0.0.1:0, tls: { certificate: ${files.certificate}, key: ${files.key} } }`,
  ];
  await writeFile(at("config.yml"), `${configuration.join("\n")}\n`);
  daemon = await startDaemon(
    [peer("docker-registry"), "serve", at("config.yml")],
    /listening on ([\d.]+:\d+)/,
  );
  host = daemon.match[1]!;
});
afterAll(async () => {
  if (isMissing) return;
  await daemon.stop();
  await directory[Symbol.asyncDispose]();
});

const credentials = (password = "pass:word") =>
  loadCredentials({
    env: { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: { auth: btoa(`user:${password}`) } } }) },
    home: directory.path,
  });

describe.skipIf(isMissing)("docker-registry with TLS and a password", () => {
  test("takes an image from who knows both", async () => {
    const image = await sampleImage();
    const options = { certificates, credentials: credentials() };
    await createRegistryClient({ host, ...options }).ping();
    await pushImage(`${host}/secret/image:v1`, image, options);
    const back = await pullImage(`${host}/secret/image:v1`, options);
    expect(back.rootDigest).toBe(image.rootDigest!);
    expect(back.blobs).toEqual(image.blobs);
  });

  test("is `unauthorized` without a password or with a wrong one, and neither is in the message", async () => {
    for (const options of [{}, { credentials: credentials("wrongsecret") }]) {
      const client = createRegistryClient({ host, certificates, ...options });
      const error = await client.ping().catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "unauthorized", data: { status: 401 } });
      expect(error.hint).toContain(`kasane login ${host}`);
      expect(Bun.inspect(error)).not.toContain("wrongsecret");
    }
  });

  test("is not talked to when its certificate is unknown", async () => {
    const client = createRegistryClient({ host, tlsVerify: true, credentials: credentials() });
    await expect(client.ping()).rejects.toMatchObject({ code: "network" });
  });

  test("mounts, resumes, pages and deletes with Kasane's client", async () => {
    const client = createRegistryClient({
      host,
      certificates,
      credentials: credentials(),
      retry: { baseMs: 1 },
    });
    const content = Uint8Array.from({ length: 2_000_000 }, (_, index) => (index * 13) % 251);
    const descriptor = {
      mediaType: "application/octet-stream",
      digest: digestOf(content),
      size: content.length,
    };
    const open = async (offset = 0) => toByteStream([content.subarray(offset)]);
    expect(await client.pushBlob("one", descriptor, open)).toBe("copied");
    expect(await client.pushBlob("two", descriptor, open, { mountFrom: ["none", "one"] })).toBe("mounted");
    const tail = await new Response(await client.getBlob("two", descriptor, { offset: 1_999_000 })).bytes();
    expect(tail).toEqual(content.slice(1_999_000));
    expect((await Array.fromAsync(client.catalog({ pageSize: 1 }))).sort()).toContain("two");
    expect(await client.deleteBlob("two", descriptor.digest)).toBe(true);
    expect(await client.headBlob("two", descriptor.digest)).toBeUndefined();
  });
});
