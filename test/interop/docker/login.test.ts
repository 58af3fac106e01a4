/** Logins of docker, podman, skopeo and Kasane in one file: what one stores the others use and remove. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { type ServeProcess, startServe } from "../../serve-process.ts";
import { sampleImage } from "../archive-file.ts";
import { peer, type Scratch, scratch, startDockerd } from "../peers.ts";
import { pushImage } from "../registry/kasane-server.ts";

const isMissing = missing("htpasswd");
const isRoot = process.getuid?.() === 0;
const [user, password] = ["ann", "ann's : password"];

let directory: Scratch;
let registries: Record<"htpasswd" | "tokens", ServeProcess>;
const at = (...names: string[]) => join(directory.path, ...names);
beforeAll(async () => {
  directory = await scratch("logins");
  if (isMissing) return;
  await Bun.write(at("htpasswd"), await runOk([peer("htpasswd"), "-Bbn", user, password]));
  const start = async (name: string, access: object) => {
    const auth = { htpasswd: { realm: "Test", path: at("htpasswd") } };
    const storage = { filesystem: { rootdirectory: at(name) } };
    const configuration = { version: "0.1", storage, http: { addr: "127.0.0.1:0" }, auth, ...access };
    await Bun.write(at(`${name}.yml`), JSON.stringify(configuration));
    return startServe({ args: [at(`${name}.yml`)] });
  };
  registries = {
    htpasswd: await start("plain", {}),
    // Its token server gives identity tokens as well.
    tokens: await start("tokens", { kasane: { access: { issuer: { service: "test" } } } }),
  };
  const credentials = { find: async () => ({ kind: "password" as const, username: user, password }) };
  for (const { address } of Object.values(registries)) {
    await pushImage(`${address}/team/app:v1`, await sampleImage(), { credentials });
  }
});
afterAll(async () => {
  for (const served of Object.values(registries ?? {})) await served[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

/** Programs on one configuration directory of docker's. */
function programs(config: string) {
  const file = join(config, "config.json");
  const env = { DOCKER_CONFIG: config, HOME: directory.path, REGISTRY_AUTH_FILE: file };
  const call = (argv: string[]) => run(argv, { env, stdin: new Blob([`${password}\n`]) });
  return {
    file,
    kasane: (...args: string[]) => call([kasane, "--root", join(config, "store"), ...args]),
    podman: (...args: string[]) => call([peer("podman"), ...args]),
    skopeo: (...args: string[]) => call([peer("skopeo"), ...args]),
    docker: (host: string, ...args: string[]) =>
      call([peer("docker"), "--config", config, "-H", host, ...args]),
  };
}

describe.skipIf(isMissing).each(["htpasswd", "tokens"] as const)("a registry with %s", (kind) => {
  const host = () => registries[kind].address;
  const logIn = ["login", "-u", user, "--password-stdin"];
  const insecure = "--tls-verify=false";
  let config: string;
  let count = 0;
  const fresh = async () => {
    config = at(`${kind}${++count}`);
    await mkdir(config);
    return programs(config);
  };

  test.skipIf(missing("podman"))("podman and Kasane use and remove each other's logins", async () => {
    const { kasane: own, podman, file } = await fresh();
    expect(await own(...logIn, host())).toMatchObject({ code: 0, out: "Login Succeeded\n" });
    expect((await podman("login", insecure, "--get-login", host())).out).toBe(`${user}\n`);
    expect(await podman("logout", host())).toMatchObject({ code: 0 });
    expect((await own("pull", `${host()}/team/app:v1`)).err).toContain("401");
    expect(await podman(...logIn, insecure, host())).toMatchObject({ code: 0, out: "Login Succeeded!\n" });
    expect(await own("pull", "-q", `${host()}/team/app:v1`)).toMatchObject({ code: 0 });
    expect((await own("login", "--get-login", host())).out).toBe(`${user}\n`);
    expect((await own("logout", host())).code).toBe(0);
    expect(await Bun.file(file).json()).toEqual({ auths: {} });
    expect((await podman("login", insecure, "--get-login", host())).code).not.toBe(0);
  });

  test.skipIf(missing("podman"))("a namespace has its own login, as podman has it", async () => {
    const { kasane: own, podman } = await fresh();
    expect((await own(...logIn, `${host()}/team`)).code).toBe(0);
    expect((await own("pull", "-q", `${host()}/team/app:v1`)).code).toBe(0);
    expect((await own("pull", `${host()}/other/app:v1`)).err).toContain("401");
    expect((await podman("login", insecure, "--get-login", `${host()}/team`)).out).toBe(`${user}\n`);
    expect((await podman("logout", `${host()}/team`)).code).toBe(0);
    expect((await own("login", "--get-login", `${host()}/team`)).code).toBe(1);
    expect((await podman(...logIn, insecure, `${host()}/team`)).code).toBe(0);
    expect((await own("pull", "-q", `${host()}/team/app:v1`)).code).toBe(0);
  });

  test.skipIf(missing("skopeo"))("skopeo uses what Kasane stored", async () => {
    const { kasane: own, skopeo } = await fresh();
    await own(...logIn, host());
    expect(await skopeo("inspect", insecure, `docker://${host()}/team/app:v1`)).toMatchObject({ code: 0 });
  });

  test.skipIf(missing("docker", "dockerd") || !isRoot)(
    "docker and Kasane write the same file, and use and remove each other's logins",
    async () => {
      await using daemon = await startDockerd();
      const first = await fresh();
      expect(await first.kasane(...logIn, host())).toMatchObject({ code: 0, out: "Login Succeeded\n" });
      const pull = ["pull", "-q", `${host()}/team/app:v1`];
      expect(await first.docker(daemon.address, ...pull)).toMatchObject({ code: 0 });
      const mine = await Bun.file(first.file).json();
      expect(await first.docker(daemon.address, "logout", host())).toMatchObject({
        code: 0,
        out: `Removing login credentials for ${host()}\n`,
      });
      expect((await first.kasane("login", "--get-login", host())).code).toBe(1);

      const second = await fresh();
      expect(await second.docker(daemon.address, ...logIn, host())).toMatchObject({
        code: 0,
        out: "Login Succeeded\n",
      });
      const theirs = await Bun.file(second.file).json();
      // Identity tokens are new each time; everything else is to be equal.
      const identityToken = "identitytoken";
      for (const file of [mine, theirs]) {
        const entry = file.auths[host()];
        if (entry[identityToken]) entry[identityToken] = "…";
      }
      expect(mine.auths).toEqual(theirs.auths);
      expect(await second.kasane(...pull)).toMatchObject({ code: 0 });
      expect(await second.kasane("logout", host())).toMatchObject({
        code: 0,
        out: `Removing login credentials for ${host()}\n`,
      });
      expect((await second.docker(daemon.address, ...pull)).code).not.toBe(0);
    },
  );

  test.skipIf(missing("docker", "dockerd") || !isRoot)("a helper keeps the login for both", async () => {
    await using daemon = await startDockerd();
    const { kasane: own, docker, file } = await fresh();
    const helper = at("bin/docker-credential-kept");
    const script = `#!/bin/sh
input=$(cat)
case $1 in
store) printf %s "$input" > ${config}/kept ;;
get) cat ${config}/kept 2>/dev/null || { echo credentials not found in native keychain; exit 1; } ;;
erase) rm ${config}/kept ;;
esac
`;
    await Bun.write(helper, script);
    await runOk(["chmod", "+x", helper]);
    await Bun.write(file, '{"credsStore": "kept"}');
    const path = process.env.PATH;
    process.env.PATH = `${at("bin")}:${path}`;
    try {
      expect(await own(...logIn, host())).toMatchObject({ code: 0, out: "Login Succeeded\n", err: "" });
      expect(await docker(daemon.address, "pull", "-q", `${host()}/team/app:v1`)).toMatchObject({ code: 0 });
      expect((await docker(daemon.address, "logout", host())).code).toBe(0);
      expect((await own("pull", `${host()}/team/app:v1`)).err).toContain("401");
      expect((await docker(daemon.address, ...logIn, host())).code).toBe(0);
      expect((await own("pull", "-q", `${host()}/team/app:v1`)).code).toBe(0);
      expect(await Bun.file(file).text()).not.toContain(btoa(`${user}:${password}`));
    } finally {
      process.env.PATH = path;
    }
  });
});
