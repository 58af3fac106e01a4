/** Searching a registry that has no index, and what version and info tell. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kasane, run, runOk } from "../outside.ts";
import { type ServeProcess, serveStore } from "../serve-process.ts";

let work: string;
let served: ServeProcess;
let host: string;
const call = (...args: string[]) => run([kasane, "--root", join(work, "store"), ...args], { cwd: work });
const ok = (...args: string[]) => runOk([kasane, "--root", join(work, "store"), ...args], { cwd: work });

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "kasane-search-"));
  served = await serveStore(join(work, "served"));
  host = served.address;
  await mkdir(join(work, "rootfs"));
  for (const name of ["team/app:v1", "team/app:v2", "team/tool:v1", "App-store:v1".toLowerCase()]) {
    await ok("import", "rootfs", `${host}/${name}`);
    await ok("push", "-q", `${host}/${name}`);
  }
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
});

test("search looks through the names of a registry's repositories", async () => {
  const names = async (...args: string[]) =>
    (await ok("search", "--format", "{{.Name}}", ...args)).trim().split("\n");
  expect(await names(`${host}/APP`)).toEqual([`${host}/app-store`, `${host}/team/app`]);
  expect(await names(`${host}/`)).toEqual([`${host}/app-store`, `${host}/team/app`, `${host}/team/tool`]);
  expect(await names("--limit", "1", `${host}/app`)).toEqual([`${host}/app-store`]);
  expect(await names("-f", "stars=1", `${host}/app`)).toEqual([""]);
  expect((await ok("search", `${host}/tool`)).split("\n")[0]).toMatch(/^NAME +DESCRIPTION +STARS +OFFICIAL$/);
  expect(
    (await ok("search", "--list-tags", `${host}/team/app`)).split("\n").map((line) => line.split(/ +/)),
  ).toEqual([["NAME", "TAG"], [`${host}/team/app`, "v1"], [`${host}/team/app`, "v2"], [""]]);
});

test.each([
  [["search", "--limit", "0", "HOST/a"], 125, "limit 0 is outside the range of [1, 100]"],
  [["search", "--limit", "101", "HOST/a"], 125, "limit 101 is outside the range of [1, 100]"],
  [["search", "-f", "size=3", "HOST/a"], 125, 'invalid filter "size=3"'],
  [["search", "-f", "stars=many", "HOST/a"], 125, 'invalid filter "stars=many"'],
  [["search", "localhost:1/a"], 1, "connection refused"],
  [["search", "--list-tags", "HOST/nope"], 1, "404"],
  [["search", "--format", "{{.Nope}}", "HOST/app"], 1, "can't evaluate field Nope"],
])("kasane %p is one clear error", async (args, code, message) => {
  const result = await call(...args.map((word) => word.replace("HOST", host)));
  expect(result.err).toContain(message);
  expect(result.code).toBe(code);
});

test("version and info are docker's, without a server", async () => {
  const [client, version] = (await ok("version")).split("\n");
  expect(client).toBe("Client: Kasane");
  expect(version).toMatch(/^ Version: {11}\d+\.\d+\.\d+$/);
  const number = version!.split(/ +/).at(-1)!;
  expect(await ok("version", "--format", "{{.Client.Version}}")).toBe(`${number}\n`);
  expect(JSON.parse(await ok("version", "--format", "json"))).toMatchObject({
    Client: { Version: number },
    Server: null,
  });
  expect(await ok("--version")).toStartWith(`kasane ${number} (`);
  expect((await call("version", "--format", "{{.Server.Version}}")).code).toBe(1);
  const facts = JSON.parse(await ok("info", "--format", "json"));
  expect(facts).toMatchObject({ Images: 1, Containers: 0, Root: join(work, "store"), ServerVersion: number });
  const text = await ok("info");
  for (const line of [` Images: 1`, ` CPUs: ${facts.NCPU}`, ` Name: ${facts.Name}`])
    expect(text).toContain(`${line}\n`);
  expect(await ok("system", "info", "-f", "{{.Images}} {{.ClientInfo.Version}}")).toBe(`1 ${number}\n`);
});

test("info does not show what a proxy's address says of its user", async () => {
  const { out } = await run([kasane, "--root", join(work, "store"), "info"], {
    env: { HTTPS_PROXY: "http://user:hush-hush@proxy.example.com:3128" },
  });
  expect(out).toContain("http://xxxxx:xxxxx@proxy.example.com:3128");
  expect(out).not.toContain("hush-hush");
});
