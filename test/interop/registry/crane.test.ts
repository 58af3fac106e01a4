import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { missing, runOk } from "../../outside.ts";
import { sampleImage } from "../archive-file.ts";
import { peer } from "../peers.ts";
import { type KasaneServer, pullImage, pushImage, startKasane } from "./kasane-server.ts";

// No package of Debian 12: met where it is installed, never required.
const isMissing = missing("crane");
let server: KasaneServer;
beforeAll(async () => {
  if (!isMissing) server = await startKasane();
});
afterAll(async () => {
  if (isMissing) return;
  expect(server.failures).toEqual([]);
  await server[Symbol.asyncDispose]();
});

describe.skipIf(isMissing)("crane and Kasane's registry", () => {
  const crane = (...args: string[]) => runOk([peer("crane"), ...args]);

  test("copies, tags, lists, validates and deletes", async () => {
    const image = await sampleImage();
    const name = `${server.host}/crane/a`;
    await pushImage(`${name}:v1`, image);
    await crane("copy", `${name}:v1`, `${server.host}/crane/b:v1`);
    await crane("tag", `${name}:v1`, "v2");
    expect((await crane("ls", name)).trim().split("\n")).toEqual(["v1", "v2"]);
    expect((await crane("catalog", server.host)).trim().split("\n")).toEqual(["crane/a", "crane/b"]);
    expect((await crane("digest", `${server.host}/crane/b:v1`)).trim()).toBe(image.rootDigest!);
    await crane("validate", "--remote", `${server.host}/crane/b:v1`);
    expect((await pullImage(`${server.host}/crane/b:v1`)).blobs).toEqual(image.blobs);
    await crane("delete", `${name}:v2`);
    expect((await crane("ls", name)).trim()).toBe("v1");
  });
});
