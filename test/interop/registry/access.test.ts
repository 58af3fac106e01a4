import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { AccessConfig } from "../../../src/access/mod.ts";
import { type Finished, missing, run, runOk } from "../../outside.ts";
import { sampleImage, save } from "../archive-file.ts";
import {
  type DockerDaemon,
  type Peer,
  peer,
  podman,
  removePodmanStorage,
  type Scratch,
  scratch,
  skopeo,
  startDockerd,
} from "../peers.ts";
import { type GuardedRegistry, password, startGuarded } from "./guarded-registry.ts";
import { pushImage } from "./kasane-server.ts";

const isRoot = process.getuid?.() === 0;
const isMissing = missing("htpasswd");
const ways: [string, { isOpen: boolean; config: Partial<AccessConfig> }][] = [
  ["passwords, and nothing for others", { isOpen: false, config: {} }],
  ["passwords, and something for everybody", { isOpen: true, config: {} }],
  [
    "tokens, and nothing for others",
    { isOpen: false, config: { issuer: { service: "guarded", issuer: "kasane", lifetimeMs: 300_000 } } },
  ],
];

describe.skipIf(isMissing).each(ways)("a registry with %s", (way, { isOpen, config }) => {
  let registry: GuardedRegistry;
  let directory: Scratch;
  let at: (...names: string[]) => string;
  beforeAll(async () => {
    registry = await startGuarded({ isOpen, config });
    directory = await scratch("access");
    at = (...names) => join(directory.path, ...names);
    await pushImage(`${registry.host}/public/image:v1`, await sampleImage(), alice());
    await save(at("image.tar"), "docker", { image: await sampleImage(), names: ["docker.io/library/x:v1"] });
    await save(at("oci.tar"), "oci", { image: await sampleImage(), names: ["docker.io/library/x:v1"] });
  });
  afterAll(async () => {
    expect(registry.said.filter((line) => line.startsWith("failure"))).toEqual([]);
    // What was said by the registry, to clients and to whoever runs it, in all of these tests.
    const everything = registry.said.join("\n");
    for (const secret of [password, registry.robotSecret, btoa(`alice:${password}`)]) {
      expect(everything).not.toContain(secret);
    }
    expect(everything).not.toMatch(/eyJ[A-Za-z0-9_-]{20}/);
    await registry[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  const alice = () => ({
    credentials: { find: async () => ({ kind: "password" as const, username: "alice", password }) },
  });
  const fails = (finished: Finished) => {
    expect(finished.code).not.toBe(0);
    expect(finished.out + finished.err).toMatch(
      /unauthorized|authentication required|denied|forbidden|no basic auth|invalid username|toomanyrequests/i,
    );
  };

  /** How what everybody may do where the registry is open has ended. */
  const isAsOpen = (finished: Finished) => {
    if (isOpen) expect(finished).toMatchObject({ code: 0 });
    else fails(finished);
  };

  test("Kasane's own client", async () => {
    const image = await sampleImage();
    await pushImage(`${registry.host}/team/own:v1`, image, alice());
    await expect(pushImage(`${registry.host}/other/own:v1`, image, alice())).rejects.toMatchObject({
      code: "denied",
    });
    await expect(pushImage(`${registry.host}/team/own:v2`, image)).rejects.toMatchObject({
      code: "unauthorized",
    });
  });

  test("curl -u, whatever the challenge says", async () => {
    const status = (...args: string[]) =>
      runOk([peer("curl"), "-s", "-o", "/dev/null", "-w", "%{http_code}", ...args]);
    const url = `http://${registry.host}/v2/`;
    expect(await status("-u", `alice:${password}`, url)).toBe("200");
    expect(await status("-u", `robot+ci:${registry.robotSecret}`, url)).toBe("200");
    expect(await status(url)).toBe("401");
    expect(await status(`${url}public/image/manifests/v1`)).toBe(isOpen ? "200" : "401");
    expect(await status(`${url}team/image/manifests/v1`)).toBe("401");
    expect(await status("-u", `alice:${password}`, `${url}other/image/manifests/v1`)).toBe("403");
    expect(await status(`${url}_catalog`)).toBe("401");
  });

  describe.skipIf(missing("skopeo"))("skopeo", () => {
    const insecure = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    const copy = (args: string[]) =>
      run([...skopeo().argv, "copy", ...insecure, ...args], { env: skopeo().env });

    test("pushes, pulls, lists and deletes as a user and as a robot", async () => {
      const image = `docker://${registry.host}/team/skopeo:v1`;
      expect(
        (await copy(["--dest-creds", `alice:${password}`, `oci-archive:${at("oci.tar")}`, image])).code,
      ).toBe(0);
      const robot = `robot+ci:${registry.robotSecret}`;
      const again = `docker://${registry.host}/team/skopeo-again:v1`;
      expect((await copy(["--src-creds", robot, "--dest-creds", robot, image, again])).code).toBe(0);
      const creds = ["--tls-verify=false", "--creds", `alice:${password}`];
      expect(JSON.parse(await skopeo()("list-tags", ...creds, again.replace(/:v1$/, ""))).Tags).toEqual([
        "v1",
      ]);
      fails(await run([...skopeo().argv, "delete", "--tls-verify=false", "--creds", robot, again]));
      await skopeo()("delete", ...creds, again);
    });

    test("pulls anonymously what everybody may, and nothing else", async () => {
      const dir = (name: string) => `dir:${at(`skopeo-${name}`)}`;
      isAsOpen(await copy([`docker://${registry.host}/public/image:v1`, dir("a")]));
      fails(await copy([`docker://${registry.host}/team/own:v1`, dir("b")]));
      fails(
        await copy(["--src-creds", "alice:wrong", `docker://${registry.host}/public/image:v1`, dir("c")]),
      );
      fails(await copy([`oci-archive:${at("oci.tar")}`, `docker://${registry.host}/public/mine:v1`]));
    });
  });

  describe.skipIf(missing("crane"))("crane", () => {
    const crane = async (directoryName: string, ...args: string[]) => {
      await mkdir(at(directoryName), { recursive: true });
      return await run([peer("crane"), ...args, "--insecure"], { env: { DOCKER_CONFIG: at(directoryName) } });
    };

    test("logs in, copies, lists the catalog, tags and deletes", async () => {
      await mkdir(at("crane"), { recursive: true });
      const login = await run(
        [peer("crane"), "auth", "login", registry.host, "-u", "alice", "--password-stdin"],
        {
          env: { DOCKER_CONFIG: at("crane") },
          stdin: new Blob([password]),
        },
      );
      expect(login.code).toBe(0);
      const [from, to] = [`${registry.host}/public/image:v1`, `${registry.host}/team/crane:v1`];
      expect(await crane("crane", "copy", from, to)).toMatchObject({ code: 0 });
      expect(await crane("crane", "tag", to, "v2")).toMatchObject({ code: 0 });
      const catalog = await crane("crane", "catalog", registry.host);
      expect(catalog.out.split("\n")).toContain("team/crane");
      expect(await crane("crane", "delete", to)).toMatchObject({ code: 0 });
    });

    test("pulls anonymously what everybody may, and nothing else", async () => {
      isAsOpen(await crane("none", "manifest", `${registry.host}/public/image:v1`));
      fails(await crane("none", "manifest", `${registry.host}/team/crane:v2`));
      fails(await crane("none", "tag", `${registry.host}/public/image:v1`, "mine"));
    });
  });

  describe.skipIf(missing("podman", "runc") || !isRoot)("podman", () => {
    let engine: Peer;
    beforeAll(async () => {
      engine = await podman(at("podman"));
    });
    afterAll(() => removePodmanStorage(at("podman")));
    const tries = (...args: string[]) => run([...engine.argv, ...args], { env: engine.env });

    test("logs in, pushes, pulls, and is anonymous again after logging out", async () => {
      isAsOpen(await tries("pull", "--tls-verify=false", `${registry.host}/public/image:v1`));
      fails(await tries("pull", "--tls-verify=false", `${registry.host}/team/own:v1`));
      fails(await tries("login", "--tls-verify=false", "-u", "alice", "-p", "wrong", registry.host));
      await engine("login", "--tls-verify=false", "-u", "alice", "-p", password, registry.host);
      await engine("pull", "--tls-verify=false", `${registry.host}/team/own:v1`);
      await engine("pull", "--tls-verify=false", `${registry.host}/public/image:v1`);
      const name = `${registry.host}/team/podman:v1`;
      const local = `${registry.host}/public/image:v1`;
      await engine("push", "--tls-verify=false", local, name);
      fails(await tries("push", "--tls-verify=false", local, `${registry.host}/other/podman:v1`));
      await engine("logout", registry.host);
      fails(await tries("push", "--tls-verify=false", local, `${registry.host}/team/podman:v2`));
    });
  });

  describe.skipIf(missing("docker", "dockerd") || !isRoot)("docker", () => {
    let daemon: DockerDaemon;
    beforeAll(async () => {
      daemon = await startDockerd();
    });
    afterAll(() => daemon[Symbol.asyncDispose]());
    const tries = (...args: string[]) => run([...daemon.docker.argv, ...args], { env: daemon.docker.env });
    const logIn = (user: string, secret: string) =>
      run([...daemon.docker.argv, "login", "-u", user, "--password-stdin", registry.host], {
        env: daemon.docker.env,
        stdin: new Blob([secret]),
      });

    test("logs in, pushes, mounts, pulls, and is anonymous again after logging out", async () => {
      isAsOpen(await tries("pull", `${registry.host}/public/image:v1`));
      fails(await tries("pull", `${registry.host}/team/own:v1`));
      fails(await logIn("alice", "wrong"));
      expect((await logIn("alice", password)).out).toContain("Login Succeeded");
      await daemon.docker("pull", `${registry.host}/team/own:v1`);
      await daemon.docker("load", "-i", at("image.tar"));
      for (const repository of ["team/docker", "team/docker-second"]) {
        await daemon.docker("tag", "x:v1", `${registry.host}/${repository}:v1`);
        await daemon.docker("push", `${registry.host}/${repository}:v1`);
      }
      await daemon.docker("tag", "x:v1", `${registry.host}/other/docker:v1`);
      fails(await tries("push", `${registry.host}/other/docker:v1`));
      const stored = await Bun.file(join(daemon.docker.env.DOCKER_CONFIG!, "config.json")).text();
      // With tokens docker keeps one that stands for the password, and not the password.
      expect(stored.includes("identitytoken")).toBe(isOpen || way.startsWith("tokens"));
      await daemon.docker("logout", registry.host);
      fails(await tries("push", `${registry.host}/team/docker:v1`));
    });

    test("logs in as a robot", async () => {
      expect((await logIn("robot+ci", registry.robotSecret)).out).toContain("Login Succeeded");
      await daemon.docker("pull", `${registry.host}/team/own:v1`);
      expect((await registry.meta.robots.get("ci"))?.usedAtMs).toBeGreaterThan(Date.now() - 600_000);
      await registry.meta.robots.update("ci", { disabledAtMs: Date.now() });
      await Bun.sleep(300);
      fails(await logIn("robot+ci", registry.robotSecret));
    });
  });
});
