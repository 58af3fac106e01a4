/** Registries that lie, against `kasane pull`: nothing of theirs becomes an image, no password goes astray, no pull is stuck for ever. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mediaTypes } from "../../src/oci/mod.ts";
import { kasane, run } from "../outside.ts";
import { HostileImage } from "./hostile-image.ts";

type Answer = Response | undefined | Promise<Response | undefined>;

const work = mkdtempSync(join(tmpdir(), "kasane-hostile-registry-"));
const image = new HostileImage();
let layer: ReturnType<HostileImage["add"]>;
let root: typeof layer;
/** What the registry answers instead of the truth. */
let lie: (request: Request, what: "manifest" | "layer" | "config" | "other") => Answer = () => undefined;
/** Requests that another server got: with what authorization. */
const elsewhere: (string | null)[] = [];

const whatOf = (path: string) =>
  path.includes("/manifests/")
    ? ("manifest" as const)
    : path.endsWith(layer.digest)
      ? ("layer" as const)
      : path.includes("/blobs/")
        ? ("config" as const)
        : ("other" as const);

const registry = Bun.serve({
  port: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const what = whatOf(pathname);
    const answer = await lie(request, what);
    if (answer) return answer;
    if (pathname === "/v2/") return new Response("{}");
    const headers = { "content-type": what === "manifest" ? root.mediaType : "application/octet-stream" };
    const digest = what === "manifest" ? root.digest : pathname.slice(pathname.lastIndexOf("/") + 1);
    const bytes = image.blobs.get(digest);
    return bytes ? new Response(new Uint8Array(bytes), { headers }) : new Response("{}", { status: 404 });
  },
});
const other = Bun.serve({
  port: 0,
  fetch(request) {
    elsewhere.push(request.headers.get("authorization"));
    const bytes = image.blobs.get(layer.digest)!;
    return new Response(new Uint8Array(bytes));
  },
});
const host = `localhost:${registry.port}`;

const call = (...args: string[]) =>
  run([kasane, "--root", join(work, "store"), ...args], {
    cwd: work,
    env: { DOCKER_CONFIG: join(work, "docker"), NO_PROXY: "*" },
  });
const pull = (name = "app:1") => call("pull", `${host}/${name}`);

beforeAll(async () => {
  mkdirSync(join(work, "docker"));
  const auth = Buffer.from("user:hunter2").toString("base64");
  writeFileSync(join(work, "docker/config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
  layer = await image.layer(["a/", { path: "a/f", content: "x".repeat(200_000) }]);
  root = image.image([layer]);
});
beforeEach(() => {
  lie = () => undefined;
  elsewhere.length = 0;
  rmSync(join(work, "store"), { recursive: true, force: true });
});
afterAll(() => {
  registry.stop(true);
  other.stop(true);
  rmSync(work, { recursive: true, force: true });
});

test("the truth is pulled", async () => {
  expect(await pull()).toMatchObject({ code: 0, err: "" });
});

const bytesOf = (digest: string) => new Uint8Array(image.blobs.get(digest)!);
const endless = () =>
  new Response(new ReadableStream({ pull: (sink) => sink.enqueue(new Uint8Array(65_536)) }));
const manifestOf = (change: Record<string, unknown>) =>
  new Response(JSON.stringify({ ...JSON.parse(Buffer.from(bytesOf(root.digest)).toString()), ...change }), {
    headers: { "content-type": root.mediaType },
  });

describe("is refused, and nothing is seen of it:", () => {
  const cases: [string, typeof lie, RegExp][] = [
    [
      "a layer that never ends",
      (_, what) => (what === "layer" ? endless() : undefined),
      /sent more than the/,
    ],
    [
      "a config that never ends",
      (_, what) => (what === "config" ? endless() : undefined),
      /sent more than the/,
    ],
    ["a manifest that never ends", (_, what) => (what === "manifest" ? endless() : undefined), /limit of/],
    [
      "a layer with one other bit",
      (_, what) => {
        if (what !== "layer") return undefined;
        const bytes = bytesOf(layer.digest);
        bytes[5000]! ^= 1;
        return new Response(bytes);
      },
      /have digest/,
    ],
    [
      "a layer larger than any disk",
      (_, what) => {
        if (what === "layer") return endless();
        return what === "manifest" ? manifestOf({ layers: [{ ...layer, size: 2 ** 52 }] }) : undefined;
      },
      /has room for/,
    ],
    [
      "a manifest that is not the one it says",
      (_, what) => {
        if (what !== "manifest") return undefined;
        const headers = { "content-type": root.mediaType, "docker-content-digest": layer.digest };
        return new Response(bytesOf(root.digest), { headers });
      },
      /sent a manifest with digest/,
    ],
    [
      "a manifest that is served as an index",
      (_, what) =>
        what === "manifest"
          ? new Response(bytesOf(root.digest), { headers: { "content-type": mediaTypes.ociIndex } })
          : undefined,
      /ambiguous/,
    ],
    [
      "bytes in an encoding nobody asked for",
      (_, what) =>
        what === "manifest"
          ? new Response(Bun.gzipSync(bytesOf(root.digest)), {
              headers: { "content-type": root.mediaType, "content-encoding": "gzip" },
            })
          : undefined,
      /content encoding gzip/,
    ],
    [
      "redirects without an end",
      (request, what) =>
        what === "layer" || request.url.includes("/loop/")
          ? Response.redirect(`${registry.url}loop/${Math.random()}/${layer.digest}`, 307)
          : undefined,
      /redirected more than/,
    ],
    [
      "a redirect to a file",
      (_, what) =>
        what === "layer"
          ? new Response(null, { status: 307, headers: { location: "file:///etc/passwd" } })
          : undefined,
      /Location with file:/,
    ],
    [
      "a message for the terminal",
      () =>
        Response.json(
          { errors: [{ code: "DENIED", message: `\x1b]0;pwned\x07\nhint: run this${"x".repeat(1e6)}` }] },
          { status: 403 },
        ),
      /^kasane: [^\x00-\x1f]*answered 403 \([^\x00-\x1f]{1,310}\)\nhint: check/,
    ],
  ];
  test.each(cases)("%s", async (_, answer, message) => {
    lie = answer;
    const { code, err } = await pull();
    expect({ code, isMeant: message.test(err), err }).toEqual({ code: 1, isMeant: true, err });
    expect((await call("images", "-q")).out).toBe("");
  });
});

describe("a password", () => {
  test("does not go where a layer is redirected to", async () => {
    lie = (_, what) => (what === "layer" ? Response.redirect(`${other.url}blob`, 307) : undefined);
    expect((await pull()).code).toBe(0);
    expect(elsewhere).toEqual([null]);
  });

  test.each([
    "http://192.0.2.1/token",
    "file:///etc/passwd",
    "no URL",
  ])("does not go to %s", async (realm) => {
    const challenge = `Bearer realm="${realm}",service="x"`;
    lie = () => new Response("{}", { status: 401, headers: { "www-authenticate": challenge } });
    const { code, err } = await pull();
    expect(code).toBe(1);
    expect(err).toContain("names a token server that is not an https address");
  });
});

describe("what broke off is got in the end from a registry that", () => {
  const half = () => new Response(bytesOf(layer.digest).subarray(0, 100_000));
  const wrongPart = (from: number, bytes: Uint8Array) =>
    new Response(new Uint8Array(bytes), {
      status: 206,
      headers: { "content-range": `bytes ${from}-${from + bytes.length - 1}/${layer.size}` },
    });
  test.each<[string, (from: number) => Response]>([
    ["refuses ranges", () => new Response(null, { status: 416 })],
    ["sends other ranges", () => wrongPart(0, bytesOf(layer.digest).subarray(0, 100))],
    ["sends other bytes", (from) => wrongPart(from, new Uint8Array(layer.size - from))],
  ])("%s", async (_, answer) => {
    let isFirst = true;
    lie = (request, what) => {
      if (what !== "layer") return undefined;
      const range = /^bytes=(\d+)-/.exec(request.headers.get("range") ?? "")?.[1];
      if (range !== undefined) return answer(Number(range));
      if (!isFirst) return undefined;
      isFirst = false;
      return half();
    };
    const first = await pull();
    if (first.code !== 0) expect((await pull()).code).toBe(0);
    expect((await call("save", "-o", "saved.tar", `${host}/app:1`)).code).toBe(0);
  });
});

test("tags that are none are not asked for", async () => {
  const asked: string[] = [];
  lie = (request) => {
    asked.push(new URL(request.url).pathname);
    return request.url.includes("/tags/list")
      ? Response.json({ name: "app", tags: ["../../x", "\x1b[2J"] })
      : undefined;
  };
  const { code, err } = await call("pull", "-a", `${host}/app`);
  expect(code).toBe(1);
  expect(err).toContain("../../x");
  expect(asked.filter((path) => !path.startsWith("/v2/app/tags/list") && path !== "/v2/")).toEqual([]);
});

test("a registry that asks for patience is waited for, and the user is told for what", async () => {
  const answers = [
    () => new Response("down", { status: 503, headers: { "retry-after": "1" } }),
    () => new Response("down", { status: 404 }),
  ];
  lie = (_, what) => (what === "manifest" ? answers.shift()?.() : undefined);
  const { out, err } = await pull();
  expect(err).toContain("404");
  expect(out).toMatch(new RegExp(`^${host}: Retrying in 1 s: .*${host} answered 503`, "m"));
});
