/** Logging in as people do it: typed, piped, in scripts; with everything that can be wrong. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kasane, run } from "../outside.ts";
import { type ServeProcess, startServe } from "../serve-process.ts";
import { Session } from "./sandbox/session.ts";

let work: string;
let served: ServeProcess;
let host: string;
const secret = "correct horse battery";
const authFile = () => join(work, "auth.json");
const env = () => ({ REGISTRY_AUTH_FILE: authFile(), DOCKER_CONFIG: join(work, "docker"), HOME: work });
const call = (args: string[], stdin = "") => run([kasane, ...args], { env: env(), stdin: new Blob([stdin]) });

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "kasane-login-"));
  await Bun.write(join(work, "htpasswd"), `ann:${await Bun.password.hash(secret, "bcrypt")}\n`);
  served = await startServe({
    env: {
      REGISTRY_HTTP_ADDR: "127.0.0.1:0",
      REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: join(work, "served"),
      REGISTRY_AUTH: "htpasswd",
      REGISTRY_AUTH_HTPASSWD_REALM: "Test",
      REGISTRY_AUTH_HTPASSWD_PATH: join(work, "htpasswd"),
    },
  });
  host = served.address;
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
});
beforeEach(() => rmSync(authFile(), { force: true }));

test("a password by standard input is checked and kept; logout forgets it", async () => {
  const login = await call(["login", "-u", "ann", "--password-stdin", host], `${secret}\r\n`);
  expect(login).toMatchObject({ code: 0, out: "Login Succeeded\n" });
  expect(login.err).toContain(`stored unencrypted in ${authFile()}`);
  expect(await call(["login", "--get-login", host])).toEqual({ code: 0, out: "ann\n", err: "" });
  const again = await call(["login", host]);
  expect(again).toEqual({
    code: 0,
    out: "Login Succeeded\n",
    err: "Authenticating with existing credentials... [Username: ann]\n",
  });
  const ask = () => call(["buildx", "imagetools", "inspect", `${host}/anything`]);
  expect((await ask()).err).toContain(`no such manifest: ${host}/anything:latest`);
  const logout = await call(["logout", host]);
  expect(logout).toEqual({ code: 0, out: `Removing login credentials for ${host}\n`, err: "" });
  expect((await call(["logout", host])).out).toBe(`Not logged in to ${host}\n`);
  expect((await ask()).err).toContain(`hint: log in with kasane login ${host}`);
});

test("on a terminal it asks, and does not show the password", async () => {
  const variables = Object.entries(env()).map(([name, value]) => `${name}=${value}`);
  const session = new Session(["env", ...variables, kasane, "login", host]);
  try {
    await session.see(/Username: /);
    session.type("ann\r");
    await session.see(/Password: /);
    session.type(`wrong\x15${secret}!\x7f\r`);
    await session.see(/Login Succeeded/);
    expect(session.text).not.toContain("horse");
    expect(session.text).not.toContain("wrong");
    expect(await session.child.exited).toBe(0);
  } finally {
    session.close();
  }
  expect((await call(["login", "--get-login", host])).out).toBe("ann\n");
});

test("--get-login tells also of a login that podman keeps, as every command uses it", async () => {
  await Bun.write(
    join(work, "run/containers/auth.json"),
    JSON.stringify({ auths: { [host]: { auth: Buffer.from(`ben:${secret}`).toString("base64") } } }),
  );
  const other = { env: { ...env(), XDG_RUNTIME_DIR: join(work, "run") } };
  expect((await run([kasane, "login", "--get-login", host], other)).out).toBe("ben\n");
  const named = await run(
    [kasane, "login", "--get-login", "--authfile", join(work, "none.json"), host],
    other,
  );
  expect(named).toMatchObject({ code: 1, out: "" });
});

test("logout of a namespace tells of the registry's login, which counts for it as well", async () => {
  for (const server of [host, `${host}/team`])
    await call(["login", "-u", "ann", "--password-stdin", server], secret);
  const { out, err } = await call(["logout", `${host}/team`]);
  expect(out).toBe(`Removing login credentials for ${host}/team\n`);
  expect(err).toBe(`WARNING: a login that counts for ${host}/team as well is left: see ${authFile()}\n`);
  expect((await call(["logout", host])).err).toBe("");
});

test("Ctrl-C at the password ends it, and nothing is kept", async () => {
  const variables = Object.entries(env()).map(([name, value]) => `${name}=${value}`);
  const session = new Session(["env", ...variables, kasane, "login", "-u", "ann", host]);
  try {
    await session.see(/Password: /);
    session.type("corr\x03");
    expect(await session.child.exited).toBe(130);
  } finally {
    session.close();
  }
  expect(await Bun.file(authFile()).exists()).toBe(false);
});

describe("a mistake is one clear error, without the password", () => {
  test.each([
    [["login", "-u", "ann", "-p", "pass-word", "HOST"], 1, "wrong user name or password"],
    [["login", "-u", "ann", "HOST"], 1, "standard input is no terminal"],
    [["login", "--password-stdin", "HOST"], 1, "--password-stdin needs --username"],
    [["login", "-u", "ann", "--password-stdin", "HOST"], 1, "the password is empty"],
    [["login", "-u", "ann", "-p", "pass-word", "--password-stdin", "HOST"], 1, "cannot both be given"],
    [["login", "-u", "", "-p", "pass-word", "HOST"], 1, "the user name is empty"],
    [["login", "-u", "ann", "-p", "pass-word", "localhost:1"], 1, "connection refused"],
    [["login", "-u", "ann", "-p", "pass-word", "no-such-host.invalid"], 1, "no-such-host.invalid"],
    [["login", "-u", "ann", "-p", "pass-word", "--tls-verify", "HOST"], 1, "does not speak TLS"],
    [["login", "-u", "ann", "-p", "pass-word", "--cert-dir", "/no/such", "HOST"], 1, "/no/such"],
    [["login", "-u", "ann", "-p", "pass-word", "what is this"], 1, "is not a registry host"],
    [["login", "--get-login", "HOST"], 1, "not logged in to"],
    [["pull", "--creds", "pass-word", "HOST/a"], 125, "--creds needs a user name and a password"],
    [["pull", "--creds", "ann:pass-word", "HOST/a"], 1, "the stored credentials were not accepted"],
    [["pull", "--authfile", "/no/such.json", "HOST/a"], 1, "there is no credentials file /no/such.json"],
    [["logout", "--all", "HOST"], 125, "--all takes no server"],
  ])("kasane %p", async (args, code, message) => {
    const root = ["--root", join(work, "store")];
    const result = await call([...root, ...args.map((word) => word.replace("HOST", host))]);
    expect(result.err).toContain(message);
    expect(result.err).not.toContain("pass-word");
    expect(result.code).toBe(code);
    expect(await Bun.file(authFile()).exists()).toBe(false);
  });

  test("also where the file is not JSON", async () => {
    await Bun.write(authFile(), `{"auths": "${secret}`);
    for (const args of [
      ["login", "-u", "ann", "--password-stdin", host],
      ["logout", host],
      ["logout", "-a"],
    ]) {
      const { code, err } = await call(args, secret);
      expect({ code, isTold: err.includes("is not JSON") }).toEqual({ code: 1, isTold: true });
      expect(err).not.toContain(secret);
    }
    expect(await Bun.file(authFile()).text()).toBe(`{"auths": "${secret}`);
  });
});

test("the password reaches a helper by its standard input, never by a command line", async () => {
  const log = join(work, "helper.log");
  await Bun.write(
    join(work, "bin/docker-credential-watch"),
    `#!/bin/sh\ntr '\\0' ' ' < /proc/$$/cmdline >> ${log}\ntr '\\0' ' ' < /proc/$PPID/cmdline >> ${log}\ntr '\\0' '\\n' < /proc/$$/environ >> ${log}\ncat > ${join(work, "given")}\n`,
  );
  await run(["chmod", "+x", join(work, "bin/docker-credential-watch")]);
  await Bun.write(authFile(), '{"credsStore": "watch"}');
  const result = await run([kasane, "login", "-u", "ann", "--password-stdin", host], {
    env: { ...env(), PATH: `${join(work, "bin")}:${process.env.PATH}` },
    stdin: new Blob([secret]),
  });
  expect(result).toEqual({ code: 0, out: "Login Succeeded\n", err: "" });
  expect(await Bun.file(join(work, "given")).text()).toContain(secret);
  expect(await Bun.file(log).text()).toContain("store");
  expect(await Bun.file(log).text()).not.toContain("horse");
});
