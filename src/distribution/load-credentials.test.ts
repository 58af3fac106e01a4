import { afterAll, beforeEach, expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadCredentials } from "./load-credentials.ts";

const roots: string[] = [];
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "kasane-credentials-"));
  roots.push(home);
});
afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

const auth = (user: string, password = "p") => ({ auth: btoa(`${user}:${password}`) });
const user = (name: string, password = "p") => ({ kind: "password", username: name, password }) as const;

async function put(path: string, content: unknown): Promise<void> {
  const whole = join(home, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, typeof content === "string" ? content : JSON.stringify(content));
}

/** A credential helper that answers `get` for one server. */
async function putHelper(name: string, script: string): Promise<void> {
  await put(`bin/docker-credential-${name}`, `#!/bin/sh\nread -r server\n${script}\n`);
  await chmod(join(home, `bin/docker-credential-${name}`), 0o755);
}

const find = (host: string, repository?: string, env: Record<string, string> = {}) =>
  loadCredentials({ home, env: { PATH: `${home}/bin:/bin:/usr/bin`, ...env } }).find(host, repository);

test("without any file there are none", async () => {
  expect(await find("ghcr.io")).toBeUndefined();
});

test("config.json: auths by host, Docker Hub under its old address", async () => {
  await put(".docker/config.json", {
    auths: {
      "ghcr.io": auth("g", "with:colon"),
      "https://index.docker.io/v1/": auth("hub"),
      "https://old.example.com/v1/": auth("old"),
      "empty.example.com": {},
      "plain.example.com": { username: "u", password: "p" },
    },
  });
  expect(await find("ghcr.io", "a/b")).toEqual(user("g", "with:colon"));
  expect(await find("docker.io", "library/nginx")).toEqual(user("hub"));
  expect(await find("old.example.com")).toEqual(user("old"));
  expect(await find("plain.example.com")).toEqual(user("u"));
  expect(await find("empty.example.com")).toBeUndefined();
  expect(await find("example.com")).toBeUndefined();
  expect(await find("__proto__")).toBeUndefined();
});

test("identity tokens and registry tokens", async () => {
  await put(".docker/config.json", {
    auths: {
      "id.example.com": { ...auth("u"), identitytoken: "idt" },
      "user.example.com": auth("<token>", "idt2"),
      "reg.example.com": { registrytoken: "rt" },
    },
  });
  expect(await find("id.example.com")).toEqual({ kind: "identity-token", token: "idt" });
  expect(await find("user.example.com")).toEqual({ kind: "identity-token", token: "idt2" });
  expect(await find("reg.example.com")).toEqual({ kind: "registry-token", token: "rt" });
});

test("containers' auth.json: the longest namespace wins", async () => {
  await put("run/containers/auth.json", {
    auths: { "q.io": auth("host"), "q.io/team": auth("team"), "q.io/team/app": auth("app") },
  });
  const env = { XDG_RUNTIME_DIR: join(home, "run") };
  expect(await find("q.io", "team/app", env)).toEqual(user("app"));
  expect(await find("q.io", "team/app/sub", env)).toEqual(user("app"));
  expect(await find("q.io", "team/application", env)).toEqual(user("team"));
  expect(await find("q.io", "other", env)).toEqual(user("host"));
  expect(await find("q.io", undefined, env)).toEqual(user("host"));
});

test("variables: DOCKER_AUTH_CONFIG before REGISTRY_AUTH_FILE before DOCKER_CONFIG, each one's gaps filled by the next", async () => {
  await put("d/config.json", { auths: { a: auth("config"), b: auth("config"), c: auth("config") } });
  await put("r.json", { auths: { a: auth("file"), b: auth("file") } });
  const env = {
    DOCKER_CONFIG: join(home, "d"),
    REGISTRY_AUTH_FILE: join(home, "r.json"),
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { a: auth("variable") } }),
  };
  expect(await find("a", undefined, env)).toEqual(user("variable"));
  expect(await find("b", undefined, env)).toEqual(user("file"));
  expect(await find("c", undefined, env)).toEqual(user("config"));
});

test("helpers: by host first, then the entries, then the general one", async () => {
  await putHelper("own", `printf '{"ServerURL":"%s","Username":"own","Secret":"s"}' "$server"`);
  await putHelper(
    "general",
    `case "$server" in
    has.example.com|https://index.docker.io/v1/) printf '{"Username":"general","Secret":"s"}';;
    token.example.com) printf '{"Username":"<token>","Secret":"idt"}';;
    *) echo "credentials not found in native keychain"; exit 1;; esac`,
  );
  await put(".docker/config.json", {
    auths: { "file.example.com": auth("file"), "has.example.com": {} },
    credsStore: "general",
    credHelpers: { "own.example.com": "own" },
  });
  expect(await find("own.example.com")).toEqual(user("own", "s"));
  expect(await find("file.example.com")).toEqual(user("file"));
  expect(await find("has.example.com")).toEqual(user("general", "s"));
  expect(await find("docker.io", "library/x")).toEqual(user("general", "s"));
  expect(await find("token.example.com")).toEqual({ kind: "identity-token", token: "idt" });
  expect(await find("none.example.com")).toBeUndefined();
});

test("a helper that fails, is missing or is a path is an error that says so, and shows nothing it printed", async () => {
  await putHelper("broken", "echo topsecret; echo topsecret >&2; exit 3");
  await putHelper("babble", "echo topsecret");
  await put(".docker/config.json", {
    credHelpers: { a: "broken", b: "missing", c: "../../bin/sh", d: "babble" },
  });
  for (const host of ["a", "b", "c", "d"]) {
    const error = await find(host).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ code: "io" });
    expect(error!.message).toContain("cannot get the credentials for");
    expect(error!.message).not.toContain("topsecret");
  }
});

test("a file that is not JSON is an error that shows nothing of it", async () => {
  await put(".docker/config.json", '{"auths": {"a": {"auth": "topsecret"');
  const error = await find("a").catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ code: "io" });
  expect((error as Error).message).not.toContain("topsecret");
  expect((error as Error).message).toContain("config.json");
});

test.each([
  "",
  "{}",
  "[]",
  "null",
  '{"auths":[]}',
  '{"auths":{"a":"x"}}',
  '{"auths":{"a":{"auth":5}}}',
  '{"auths":{"a":{"auth":"%%%"}}}',
])("a file that holds %s has none", async (content) => {
  await put(".docker/config.json", content);
  expect(await find("a")).toBeUndefined();
});
