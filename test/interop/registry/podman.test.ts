import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { missing } from "../../outside.ts";
import { sampleImage, save } from "../archive-file.ts";
import { type Peer, podman, removePodmanStorage, type Scratch, scratch } from "../peers.ts";
import { type KasaneServer, pullImage, pushImage, startKasane } from "./kasane-server.ts";

const isMissing = missing("podman", "runc") || process.getuid?.() !== 0;
let server: KasaneServer;
let directory: Scratch;
let run: Peer;
beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("podman");
  run = await podman(join(directory.path, "storage"));
  // podman wants the file it is told of to be there.
  await Bun.write(run.env.REGISTRY_AUTH_FILE!, "{}");
  server = await startKasane();
});
afterAll(async () => {
  if (isMissing) return;
  expect(server.failures).toEqual([]);
  await server[Symbol.asyncDispose]();
  await removePodmanStorage(join(directory.path, "storage"));
  await directory[Symbol.asyncDispose]();
});

describe.skipIf(isMissing)("podman and Kasane's registry", () => {
  test("podman pulls what Kasane pushed, by tag and by digest", async () => {
    const image = await sampleImage();
    const name = `${server.host}/podman/pulled`;
    await pushImage(`${name}:v1`, image);
    await run("pull", "--tls-verify=false", `${name}:v1`);
    await run("pull", "--tls-verify=false", `${name}@${image.rootDigest}`);
    const digests = JSON.parse(await run("image", "inspect", `${name}:v1`))[0].RepoDigests;
    expect(digests).toContain(`${name}@${image.rootDigest}`);
  });

  test.each([
    "oci",
    "v2s2",
  ])("Kasane pulls what podman pushed as %s, and the digest is the one podman says", async (format) => {
    const image = await sampleImage();
    const archive = join(directory.path, "image.tar");
    await save(archive, "docker", { image, names: ["docker.io/library/pushed:v1"] });
    await run("load", "-i", archive);
    const name = `${server.host}/podman/pushed-${format}:v1`;
    const digestFile = join(directory.path, "digest");
    const options = ["--tls-verify=false", "--format", format, "--digestfile", digestFile];
    await run("push", ...options, "docker.io/library/pushed:v1", name);
    const pulled = await pullImage(name);
    expect(pulled.rootDigest!).toBe((await Bun.file(digestFile).text()) as never);
    // Again: every blob is there already.
    await run("push", ...options, "docker.io/library/pushed:v1", name);
    expect((await pullImage(name)).rootDigest).toBe(pulled.rootDigest!);
  });
});
