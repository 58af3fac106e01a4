/** `kasane serve` as a process: how it is called, what signals do, what --check says. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kasane, missing, run } from "../outside.ts";
import { startServe } from "../serve-process.ts";

let directory: string;
const at = (...names: string[]) => join(directory, ...names);
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kasane-serve-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function configFile(name: string, ...lines: string[]): Promise<string> {
  const path = at(name);
  await Bun.write(path, `${["version: 0.1", ...lines].join("\n")}\n`);
  return path;
}

const inMemory = ["storage: {inmemory: }", "http: {addr: '127.0.0.1:0'}"];

async function openUpload(url: string): Promise<string> {
  const opened = await fetch(`${url}/v2/app/blobs/uploads/`, { method: "POST" });
  return url + opened.headers.get("location")!;
}

/** A request that has sent the first half of its body, and the server has it. */
async function halfSent(url: string) {
  const upload = await openUpload(url);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const answer = fetch(upload, { method: "PATCH", body: readable });
  answer.catch(() => {});
  await writer.write(new TextEncoder().encode("hel"));
  while ((await fetch(upload)).headers.get("range") !== "0-2") await Bun.sleep(2);
  const finish = async () => {
    await writer.write(new TextEncoder().encode("lo"));
    await writer.close();
    return answer;
  };
  return { upload, answer, finish };
}

async function answersNothing(url: string): Promise<void> {
  for (const deadline = Date.now() + 5_000; ; await Bun.sleep(5)) {
    if (!(await fetch(`${url}/v2/`).catch(() => undefined))) return;
    if (Date.now() > deadline) throw new Error("still answers");
  }
}

describe("how it is called", () => {
  test.each([
    ["kasane serve", [kasane, "serve"]],
    ["kasane registry serve", [kasane, "registry", "serve"]],
  ])("%s CONFIG", async (_, argv) => {
    await using server = await startServe({ argv, args: [await configFile("c.yml", ...inMemory)] });
    expect((await fetch(`${server.url}/v2/`)).status).toBe(200);
  });

  test("registry serve CONFIG, through a link of that name on the PATH", async () => {
    await mkdir(at("bin"), { recursive: true });
    await symlink(kasane, at("bin/registry"));
    await using server = await startServe({
      argv: ["registry", "serve"],
      args: [await configFile("c.yml", ...inMemory)],
      env: { PATH: `${at("bin")}:${process.env.PATH}` },
    });
    expect((await fetch(`${server.url}/v2/`)).status).toBe(200);
  });

  test("variables alone; the store is where they say", async () => {
    const env = { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: at("data"), REGISTRY_HTTP_ADDR: "127.0.0.1:0" };
    await using server = await startServe({ env });
    expect((await fetch(`${server.url}/v2/`)).status).toBe(200);
    expect(existsSync(at("data/meta.db"))).toBe(true);
  });

  test("REGISTRY_CONFIGURATION_PATH names the file, and --addr is over all", async () => {
    const path = await configFile("c.yml", "storage: {inmemory: }", "http: {addr: '192.0.2.1:1'}");
    await using server = await startServe({
      args: ["--addr", ":0"],
      env: { REGISTRY_CONFIGURATION_PATH: path },
    });
    expect(server.url).toStartWith("http://127.0.0.1:");
    expect(server.said()).toBe("");
  });

  test("images of another registry in the directory are left alone and told of", async () => {
    await mkdir(at("old/docker/registry/v2/repositories/app"), { recursive: true });
    const path = await configFile(
      "c.yml",
      `storage: {filesystem: {rootdirectory: ${at("old")}}}`,
      "http: {addr: '127.0.0.1:0'}",
    );
    await using server = await startServe({ args: [path] });
    await server.says(`take them over with 'kasane --root ${at("old")} registry import ${at("old")}'`);
    expect(existsSync(at("old/docker/registry/v2/repositories/app"))).toBe(true);
  });

  test("a mistake in the configuration ends it with the place", async () => {
    const { code, err } = await run([kasane, "serve", await configFile("bad.yml", "http:", "  adress: x")]);
    expect(code).not.toBe(0);
    expect(err).toContain("bad.yml:3: http.adress: there is no such key");
  });
});

describe("signals", () => {
  test("SIGTERM: nobody new, what is under way is finished, 0", async () => {
    await using server = await startServe({ args: [await configFile("c.yml", ...inMemory)] });
    const sending = await halfSent(server.url);
    server.signal("SIGTERM");
    await answersNothing(server.url);
    const answer = await sending.finish();
    expect(answer.status).toBe(202);
    expect(answer.headers.get("range")).toBe("0-4");
    expect(await server.exited).toBe(0);
  });

  test("the second signal ends it at once", async () => {
    await using server = await startServe({ args: [await configFile("c.yml", ...inMemory)] });
    const sending = await halfSent(server.url);
    server.signal("SIGTERM");
    await answersNothing(server.url);
    await Bun.sleep(120);
    server.signal("SIGTERM");
    expect(await server.exited).toBe(143);
    await expect(sending.answer).rejects.toThrow();
  });

  test("draintimeout is all a transfer gets", async () => {
    const lines = ["storage: {inmemory: }", "http: {addr: '127.0.0.1:0', draintimeout: 100ms}"];
    await using server = await startServe({ args: [await configFile("c.yml", ...lines)] });
    const sending = await halfSent(server.url);
    server.signal("SIGINT");
    expect(await server.exited).toBe(0);
    await expect(sending.answer).rejects.toThrow();
  });

  test("SIGHUP reads the configuration again, and a mistake in it changes nothing", async () => {
    const path = await configFile("hup.yml", ...inMemory);
    await using server = await startServe({ args: [path] });
    const status = async () =>
      (await fetch(`${server.url}/v2/app/blobs/uploads/`, { method: "POST" })).status;
    expect(await status()).toBe(202);
    await configFile(
      "hup.yml",
      "storage: {inmemory: , maintenance: {readonly: {enabled: true}}}",
      "http: {addr: '127.0.0.1:1'}",
    );
    server.signal("SIGHUP");
    await server.says("the configuration was read again");
    await server.says("http changed: takes effect when the server is started again");
    expect(await status()).toBe(405);
    await configFile("hup.yml", "storage: {inmemory: }", "http: {adress: x}");
    server.signal("SIGHUP");
    await server.says("the former configuration stays in use");
    expect(await status()).toBe(405);
  });
});

describe.skipIf(missing("openssl"))("TLS", () => {
  const certificate = async (name: string) => {
    // biome-ignore format: as it would be typed
    await run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "9",
      "-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", at("tls.key"), "-out", at("tls.crt")]);
  };
  const shown = async (port: number) =>
    (
      await run([
        "sh",
        "-c",
        `openssl s_client -connect 127.0.0.1:${port} </dev/null 2>/dev/null | openssl x509 -noout -subject`,
      ])
    ).out;

  test("a certificate that is renewed is shown without a restart", async () => {
    await certificate("first.example");
    await using server = await startServe({
      args: ["--tls-cert", at("tls.crt"), "--tls-key", at("tls.key"), await configFile("c.yml", ...inMemory)],
    });
    expect(await shown(server.port)).toContain("first.example");
    await certificate("second.example");
    for (
      const deadline = Date.now() + 10_000;
      !(await shown(server.port)).includes("second.example");
      await Bun.sleep(100)
    ) {
      if (Date.now() > deadline) throw new Error("still the first one");
    }
    expect(server.said()).toBe("");
  }, 20_000);

  test("--check says what is wrong with certificate and key", async () => {
    await certificate("first.example");
    await Bun.write(at("other.key"), (await run(["openssl", "genpkey", "-algorithm", "ed25519"])).out);
    const path = await configFile(
      "tls.yml",
      "storage: {inmemory: }",
      `http: {tls: {certificate: ${at("tls.crt")}, key: ${at("other.key")}}}`,
    );
    const { code, err } = await run([kasane, "serve", "--check", path]);
    expect(code).toBe(1);
    expect(err).toContain("other.key does not belong to the certificate");
  });
});

describe("--check", () => {
  test("shows what is in effect, keeps secrets, and listens nowhere", async () => {
    await Bun.write(at("htpasswd"), "ann:$2y$05$abcdefghijklmnopqrstuuMGGzq3Ktmb6o0VDk1g6hGXwNDJcgCqW\n");
    const path = await configFile(
      "check.yml",
      `storage: {filesystem: {rootdirectory: ${at("checked")}}, cache: {blobdescriptor: inmemory}}`,
      `auth: {htpasswd: {realm: r, path: ${at("htpasswd")}}}`,
      "http: {addr: ':5000'}",
      "proxy: {remoteurl: 'https://registry.example.com', username: u, password: very-secret}",
    );
    const { code, out, err } = await run([kasane, "serve", "--check", path]);
    expect(code).toBe(0);
    expect(out.replaceAll(directory, "DIR").split("\n")).toEqual([
      'auth.htpasswd.path = "DIR/htpasswd"',
      'auth.htpasswd.realm = "r"',
      'http.addr = ":5000"',
      "proxy.password = (set)",
      'proxy.remoteurl = "https://registry.example.com"',
      'proxy.username = "u"',
      'storage.filesystem.rootdirectory = "DIR/checked"',
      'version = "0.1"',
      "listens on 0.0.0.0:5000 with HTTP",
      "keeps images in DIR/checked",
      "lets in users of DIR/htpasswd",
      "whoever is logged in may do everything",
      "takes pushes; deleting is switched off",
      "collects garbage while serving",
      "mirrors https://registry.example.com in every repository",
      "",
    ]);
    expect(err).toContain("check.yml:2: storage.cache has no meaning here");
    expect(err).toContain("warning: plain HTTP on 0.0.0.0");
    expect(existsSync(at("checked"))).toBe(false);
  });

  test.each([
    ["auth: {htpasswd: {path: /nonexistent/htpasswd}}", "/nonexistent/htpasswd"],
    ["storage: {filesystem: {rootdirectory: /dev/null/x}}", "/dev/null"],
    ["http: {addr: 'a b'}", "is not an address to listen on"],
    ["kasane: {audit: /nonexistent/directory/audit.log}", "/nonexistent/directory"],
    ["kasane: {upstreams: [{url: a.example, prefix: a, passwordfile: /nonexistent/p}]}", "/nonexistent/p"],
    ["auth: {token: {realm: r, service: s, issuer: i, jwks: /nonexistent/j}}", "/nonexistent/j"],
  ])("%s is a problem", async (line, problem) => {
    const { code, err } = await run([kasane, "serve", "--check", await configFile("problem.yml", line)]);
    expect(err).toContain("error: ");
    expect(err).toContain(problem);
    expect(code).toBe(1);
  });
});
