import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Credential } from "./credentials.ts";
import { loadCredentials } from "./load-credentials.ts";
import { parseLoginServer } from "./login-server.ts";
import { openLoginStore } from "./login-store.ts";

const roots: string[] = [];
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "kasane-logins-"));
  roots.push(home);
});
afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

const env = () => ({ PATH: `${home}/bin:/bin:/usr/bin`, KEPT: join(home, "kept") });
const store = (authFile?: string) => openLoginStore({ home, env: env(), authFile });
const password: Credential = { kind: "password", username: "ann", password: "p:w" };
const login = { username: "ann", credential: password };
const config = () => join(home, ".docker/config.json");
const text = (path = config()) => Bun.file(path).text();

/** A helper as docker-credential-helpers describes them, which keeps one file a server. */
async function putHelper(name: string): Promise<void> {
  await mkdir(join(home, "bin"), { recursive: true });
  await mkdir(join(home, "kept"), { recursive: true });
  const script = [
    "#!/bin/sh",
    "input=$(cat)",
    'case $1 in store) key=$(printf %s "$input" | sed \'s/.*"ServerURL":"\\([^"]*\\)".*/\\1/\'); printf %s "$input" > "$KEPT/$(printf %s "$key" | tr / _)";;',
    'get) cat "$KEPT/$(printf %s "$input" | tr / _)" 2>/dev/null || { echo credentials not found in native keychain; exit 1; };;',
    'erase) rm "$KEPT/$(printf %s "$input" | tr / _)" 2>/dev/null || { echo credentials not found in native keychain; exit 1; };;',
    'list) printf "{"; s=; for f in "$KEPT"/*; do [ -e "$f" ] && printf "%s\\"%s\\":\\"x\\"" "$s" "$(basename "$f")" && s=,; done; printf "}";;',
    "esac",
  ];
  await Bun.write(join(home, `bin/docker-credential-${name}`), `${script.join("\n")}\n`);
  await chmod(join(home, `bin/docker-credential-${name}`), 0o755);
}

describe("parseLoginServer()", () => {
  const hub = "https://index.docker.io/v1/";
  test.each([
    [undefined, { host: "docker.io", key: hub }],
    ["docker.io", { host: "docker.io", key: hub }],
    ["https://index.docker.io/v1/", { host: "docker.io", key: hub }],
    ["registry-1.docker.io", { host: "docker.io", key: hub }],
    ["docker.io/myorg", { host: "docker.io", key: "docker.io/myorg", namespace: "myorg" }],
    ["localhost:5000", { host: "localhost:5000", key: "localhost:5000" }],
    ["LOCALHOST:5000/", { host: "localhost:5000", key: "localhost:5000" }],
    ["http://localhost:5000/v2/", { host: "localhost:5000", key: "localhost:5000" }],
    ["quay.io/a/b", { host: "quay.io", key: "quay.io/a/b", namespace: "a/b" }],
  ])("%p", (typed, server) => expect(parseLoginServer(typed)).toEqual(server));

  test.each([
    "",
    "a b",
    "user@host",
    "host/UPPER",
    "host/a:tag",
    "host//a",
    "host/../a",
    "host/v2/x/../y",
  ])("refuses %p", (typed) => expect(() => parseLoginServer(typed)).toThrow("is not a registry"));
});

test("save() writes what loadCredentials() finds, for its owner alone, and remove() takes it away", async () => {
  for (const [typed, host, repository] of [
    ["docker.io", "docker.io", "library/nginx"],
    ["localhost:5000", "localhost:5000", "a"],
    ["quay.io/myorg", "quay.io", "myorg/app"],
  ] as const) {
    const server = parseLoginServer(typed);
    expect(await store().save(server, login)).toEqual({ isPlain: true });
    const find = () => loadCredentials({ home, env: env() }).find(host, repository);
    expect(await find()).toEqual(password);
    expect((await stat(config())).mode & 0o777).toBe(0o600);
    expect(await store().remove(server)).toBe(true);
    expect(await find()).toBeUndefined();
    expect(await store().remove(server)).toBe(false);
  }
  expect(await readdir(join(home, ".docker"))).toEqual(["config.json"]);
});

test("what else is in the file stays, in tabs, and a link is followed", async () => {
  await Bun.write(
    join(home, "real/config.json"),
    '{"HttpHeaders":{"x":"y"},"auths":{"other.example.com":{"auth":"YTpi","email":"e"}},"psFormat":"t"}',
  );
  await mkdir(join(home, ".docker"));
  await symlink("../real/config.json", config());
  await store().save(parseLoginServer("localhost:5000"), {
    username: "ann",
    credential: { kind: "identity-token", token: "idt" },
  });
  expect(await text(join(home, "real/config.json"))).toBe(
    `${JSON.stringify(
      {
        HttpHeaders: { x: "y" },
        auths: {
          "other.example.com": { auth: "YTpi", email: "e" },
          "localhost:5000": { auth: btoa("ann:"), identitytoken: "idt" },
        },
        psFormat: "t",
      },
      undefined,
      "\t",
    )}\n`,
  );
});

test("the file is that of --authfile, of REGISTRY_AUTH_FILE, of DOCKER_CONFIG", () => {
  const path = (variables: Record<string, string>, authFile?: string) =>
    openLoginStore({ home: "/h", env: variables, authFile }).path;
  expect(path({})).toBe("/h/.docker/config.json");
  expect(path({ DOCKER_CONFIG: "/d" })).toBe("/d/config.json");
  expect(path({ DOCKER_CONFIG: "/d", REGISTRY_AUTH_FILE: "/r.json" })).toBe("/r.json");
  expect(path({ REGISTRY_AUTH_FILE: "/r.json" }, "/a.json")).toBe("/a.json");
});

test("a file that is not JSON is told of, and left alone", async () => {
  await Bun.write(config(), '{"auths": {"a": "secretsecret"');
  const failure = await store()
    .save(parseLoginServer("localhost:5000"), login)
    .catch((error) => error);
  expect(failure).toMatchObject({ code: "io", message: expect.stringContaining("is not JSON") });
  expect(Bun.inspect(failure)).not.toContain("secretsecret");
  expect(await text()).toBe('{"auths": {"a": "secretsecret"');
});

test("twenty logins at once are all kept", async () => {
  const hosts = Array.from({ length: 20 }, (_, index) => `host${index}.example.com`);
  await Promise.all(hosts.map((host) => store().save(parseLoginServer(host), login)));
  expect(Object.keys(JSON.parse(await text()).auths).sort()).toEqual(hosts.toSorted());
});

test("remove() also takes what others wrote for the same registry, and nothing else", async () => {
  const auth = { auth: "YTpi" };
  const auths = {
    "https://index.docker.io/v1/": auth,
    "docker.io": auth,
    "docker.io/myorg": auth,
    "https://host.example.com/v1/": auth,
    "host.example.com": auth,
    "host.example.com:5000": auth,
  };
  await Bun.write(config(), JSON.stringify({ auths }));
  await store().remove(parseLoginServer());
  await store().remove(parseLoginServer("host.example.com"));
  expect(Object.keys(JSON.parse(await text()).auths)).toEqual(["docker.io/myorg", "host.example.com:5000"]);
  expect(await store().removeAll()).toEqual(["docker.io/myorg", "host.example.com:5000"]);
  expect(JSON.parse(await text())).toEqual({ auths: {} });
});

describe("a credential helper", () => {
  test.each([
    ["credsStore", { credsStore: "keep" }],
    ["credHelpers", { credsStore: "absent", credHelpers: { "localhost:5000": "keep" } }],
  ])("of %s keeps the login; the file has its place only", async (_, content) => {
    await putHelper("keep");
    await Bun.write(config(), JSON.stringify(content));
    const server = parseLoginServer("localhost:5000");
    expect(await store().save(server, login)).toEqual({ isPlain: false });
    expect(JSON.parse(await text())).toEqual({ ...content, auths: { "localhost:5000": {} } });
    expect(JSON.parse(await text(join(home, "kept/localhost:5000")))).toEqual({
      ServerURL: "localhost:5000",
      Username: "ann",
      Secret: "p:w",
    });
    expect(await store().find(server)).toEqual(password);
    expect(await store().remove(server)).toBe(true);
    expect(await readdir(join(home, "kept"))).toEqual([]);
    expect(await store().remove(server)).toBe(false);
  });

  test("keeps a token under Docker's name for it", async () => {
    await putHelper("keep");
    await Bun.write(config(), '{"credsStore":"keep"}');
    const server = parseLoginServer("localhost:5000");
    const credential: Credential = { kind: "identity-token", token: "idt" };
    await store().save(server, { username: "ann", credential });
    expect(JSON.parse(await text(join(home, "kept/localhost:5000"))).Username).toBe("<token>");
    expect(await store().find(server)).toEqual(credential);
    expect(await store().removeAll()).toEqual(["localhost:5000"]);
  });

  test("has no namespaces", async () => {
    await Bun.write(config(), '{"credsStore":"keep"}');
    await expect(store().save(parseLoginServer("quay.io/myorg"), login)).rejects.toMatchObject({
      code: "unsupported",
      hint: "log in to quay.io, or use another file with --authfile",
    });
  });

  test.each([
    ["absent", "there is no program docker-credential-absent"],
    ["failing", "docker-credential-failing failed with status 3"],
  ])("that is %s is an error without the secret, and nothing is written", async (name, reason) => {
    await mkdir(join(home, "bin"));
    await Bun.write(join(home, "bin/docker-credential-failing"), "#!/bin/sh\ncat; exit 3\n");
    await chmod(join(home, "bin/docker-credential-failing"), 0o755);
    await Bun.write(config(), JSON.stringify({ credsStore: name }));
    const failure = await store()
      .save(parseLoginServer("localhost:5000"), login)
      .catch((error) => error);
    expect(failure).toMatchObject({ code: "io", message: expect.stringContaining(reason) });
    expect(Bun.inspect(failure)).not.toContain("p:w");
    expect(await text()).toBe(JSON.stringify({ credsStore: name }));
  });
});
