import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { missing } from "../../outside.ts";
import { sampleImage, sampleIndex, save } from "../archive-file.ts";
import { type DockerDaemon, type Scratch, scratch, startDockerd } from "../peers.ts";
import { type KasaneServer, pullImage, pushImage, startKasane } from "./kasane-server.ts";

const isMissing = missing("docker", "dockerd") || process.getuid?.() !== 0;
let server: KasaneServer;
let daemon: DockerDaemon;
let directory: Scratch;
beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker");
  [server, daemon] = await Promise.all([startKasane(), startDockerd()]);
});
afterAll(async () => {
  if (isMissing) return;
  expect(server.failures).toEqual([]);
  await daemon[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

describe.skipIf(isMissing)("docker and Kasane's registry", () => {
  test("docker pulls what Kasane pushed", async () => {
    const image = await sampleIndex();
    const name = `${server.host}/docker/pulled:v1`;
    await pushImage(name, image);
    const said = await daemon.docker("pull", name);
    expect(said).toContain(`Digest: ${image.rootDigest}`);
    expect(await daemon.docker("pull", name)).toContain("Image is up to date");
  });

  test("Kasane pulls what docker pushed; a second repository has its layers mounted", async () => {
    const archive = join(directory.path, "image.tar");
    await save(archive, "docker", { image: await sampleImage(), names: ["docker.io/library/pushed:v1"] });
    await daemon.docker("load", "-i", archive);
    for (const [repository, outcome] of [
      ["docker/first", "Pushed"],
      ["docker/second", "Mounted from docker/first"],
    ]) {
      const name = `${server.host}/${repository}:v1`;
      await daemon.docker("tag", "pushed:v1", name);
      const said = await daemon.docker("push", name);
      expect(said).toContain(outcome!);
      const digest = /digest: (sha256:[0-9a-f]{64})/.exec(said)?.[1];
      expect((await pullImage(name)).rootDigest!).toBe(digest as never);
    }
    expect(await daemon.docker("push", `${server.host}/docker/first:v1`)).toContain("Layer already exists");
  });
});
