/** A manifest list whose images are in registries only is an image of the store like others: listed, tagged, pushed, removed. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../src/oci/mod.ts";
import { kasane, missing, run, runOk } from "../outside.ts";
import { type ServeProcess, serveStore } from "../serve-process.ts";

let work: string;
let served: ServeProcess;
let host: string;
let root: string;
let count = 0;
const at = (name: string) => join(work, name);
const call = (...args: string[]) => run([kasane, "--root", root, ...args], { cwd: work });
const ok = (...args: string[]) => runOk([kasane, "--root", root, ...args], { cwd: work });
const raw = (name: string) => ok("buildx", "imagetools", "inspect", "--raw", name);
const blobsHere = () => runOk(["find", join(root, "blobs"), "-type", "f", "-printf", "x"]);

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "kasane-scattered-"));
  served = await serveStore(at("served"));
  host = served.address;
  await mkdir(at("rootfs"));
  root = at("images");
  for (const architecture of ["amd64", "arm64"]) {
    await Bun.write(at("rootfs/arch"), architecture);
    await ok("import", "--platform", `linux/${architecture}`, "rootfs", `${host}/app:${architecture}`);
    await ok("push", "-q", `${host}/app:${architecture}`);
  }
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
});
beforeEach(async () => {
  root = at(`store${++count}`);
  await ok("manifest", "create", `${host}/app:v1`, `${host}/app:amd64`, `${host}/app:arm64`);
});

describe("a list whose images are elsewhere", () => {
  test("is listed with the list's digest and time, and removed by that ID", async () => {
    const format = "{{.Repository}} {{.Tag}} {{.CreatedSince}} {{.Size}}";
    expect(await ok("images", "--format", format)).toMatch(
      new RegExp(`^${host}/app v1 (Less than a second|\\d+ seconds?) ago 0B\n$`),
    );
    const id = (await ok("images", "-q", "--no-trunc")).trim();
    expect(id).toBe(digestOf(await rawHere()));
    expect(await ok("images", "--tree")).toContain(`${host}/app:v1`);
    expect(await ok("rmi", id.slice(7, 19))).toStartWith(`Untagged: ${host}/app:v1\n`);
    expect(await ok("images", "-q")).toBe("");
  });

  test("is told apart from an image where one is needed", async () => {
    for (const command of ["inspect", "history"]) {
      const { code, err } = await call(command, `${host}/app:v1`);
      expect({ code, err }).toEqual({
        code: 1,
        err: expect.stringContaining(
          `hint: none of its images is in this store: see which there are with kasane manifest inspect ${host}/app:v1`,
        ),
      });
    }
  });

  test("is pushed with its images, under any name it has, and nothing is stored here", async () => {
    await ok("tag", `${host}/app:v1`, `${host}/other:v1`);
    for (const name of [`${host}/app:v1`, `${host}/other:v1`]) {
      const out = await ok("push", name);
      const text = await raw(name);
      expect(out).toEndWith(`v1: digest: ${digestOf(text)} size: ${text.length}\n`);
      for (const { digest } of JSON.parse(text).manifests) {
        expect(digestOf(await raw(`${name.replace(/:v1$/, "")}@${digest}`))).toBe(digest);
      }
    }
    expect(await blobsHere()).toBe("x");
    await ok("push", "-q", "--platform", "linux/arm64", `${host}/other:v1`);
    expect(JSON.parse(await raw(`${host}/other:v1`)).layers).toHaveLength(1);
  });

  test("that cannot be pushed because an image is nowhere says which", async () => {
    await ok("tag", `${host}/app:v1`, `${host}/lost:v1`);
    await ok("rmi", `${host}/app:v1`);
    const { code, err } = await call("push", `${host}/lost:v1`);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/manifest sha256:[0-9a-f]{64} is not in/),
    });
  });
});

/** The bytes of the list, which is the only blob. */
const rawHere = () => runOk(["sh", "-c", 'cat "$0"/blobs/sha256/*', root]);

describe.skipIf(missing("script"))("manifest push on a terminal", () => {
  const onTerminal = (...args: string[]) =>
    run(["script", "-qec", [kasane, "--root", root, ...args].join(" "), "/dev/null"]);

  test("draws a line for each layer, then says what was pushed", async () => {
    const { code, out } = await onTerminal("manifest", "push", `${host}/app:v1`, `${host}/drawn:v1`);
    expect(code).toBe(0);
    expect(out).toMatch(/[0-9a-f]{12}: (Mounted from app|Pushed|Layer already exists)\r\n/);
    expect(out).toMatch(/\r\nPushed ref [^\n]*\r\nPushed ref [^\n]*\r\nsha256:[0-9a-f]{64}\r\n$/);
    expect((await onTerminal("manifest", "push", "-q", `${host}/app:v1`)).out).toMatch(
      /^sha256:[0-9a-f]{64}\r\n$/,
    );
  });

  test("and nothing of it elsewhere", async () => {
    const { out, err } = await call("manifest", "push", `${host}/app:v1`);
    expect({ out, err }).toEqual({ out: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/), err: "" });
  });
});
