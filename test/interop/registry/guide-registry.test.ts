/**
 * The private registries of the third guide, section 5.4, with the variables as they stand there: as processes, and as the containers that the
 * guide starts, of an image that Kasane makes of itself.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { missing, run, runOk } from "../../outside.ts";
import { startServe } from "../../serve-process.ts";
import { sampleImage, save } from "../archive-file.ts";
import {
  type Peer,
  peer,
  podman,
  removePodmanStorage,
  type Scratch,
  scratch,
  skopeo,
  startDockerd,
} from "../peers.ts";

const isMissing = missing("openssl", "htpasswd", "curl");
const isRoot = process.getuid?.() === 0;
const user = "testuser:testpassword";

let directory: Scratch;
const at = (...names: string[]) => join(directory.path, ...names);
beforeAll(async () => {
  directory = await scratch("guide");
  if (isMissing) return;
  await mkdir(at("certs"));
  await mkdir(at("trusted"));
  // biome-ignore format: as it would be typed
  await runOk(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "30", "-subj", "/CN=localhost",
    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", at("certs/domain.key"), "-out", at("certs/domain.crt")]);
  await Bun.write(at("trusted/ca.crt"), Bun.file(at("certs/domain.crt")));
  await Bun.write(at("htpasswd"), await runOk([peer("htpasswd"), "-Bbn", "testuser", "testpassword"]));
  await save(at("image.tar"), "docker", {
    image: await sampleImage(),
    names: ["docker.io/library/myapp:latest"],
  });
});
afterAll(() => directory[Symbol.asyncDispose]());

interface SetUp {
  readonly name: string;
  readonly isSecure: boolean;
  readonly hasUsers: boolean;
}
const setUps: SetUp[] = [
  { name: "without TLS and users", isSecure: false, hasUsers: false },
  { name: "HTTPS", isSecure: true, hasUsers: false },
  { name: "htpasswd", isSecure: false, hasUsers: true },
  { name: "HTTPS and htpasswd", isSecure: true, hasUsers: true },
];

/** A registry that runs. */
interface Running extends AsyncDisposable {
  readonly port: number;
  said(): Promise<string>;
}

function variables(
  { isSecure, hasUsers }: SetUp,
  files: { certs: string; htpasswd: string },
): Record<string, string> {
  return {
    ...(isSecure && {
      REGISTRY_HTTP_TLS_CERTIFICATE: join(files.certs, "domain.crt"),
      REGISTRY_HTTP_TLS_KEY: join(files.certs, "domain.key"),
    }),
    ...(hasUsers && {
      REGISTRY_AUTH: "htpasswd",
      REGISTRY_AUTH_HTPASSWD_PATH: files.htpasswd,
      REGISTRY_AUTH_HTPASSWD_REALM: "Registry Realm",
    }),
  };
}

async function startProcess(setUp: SetUp): Promise<Running> {
  const serve = await startServe({
    env: {
      ...variables(setUp, { certs: at("certs"), htpasswd: at("htpasswd") }),
      REGISTRY_HTTP_ADDR: setUp.isSecure ? "0.0.0.0:0" : "127.0.0.1:0",
      REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: at(`data-${setUp.isSecure}-${setUp.hasUsers}`),
    },
  });
  return {
    port: serve.port,
    said: async () => serve.said(),
    [Symbol.asyncDispose]: () => serve[Symbol.asyncDispose](),
  };
}

let compiled: Promise<(...args: string[]) => Promise<string>> | undefined;

/** The compiled program with a store that has an image of it. */
async function compile(): Promise<(...args: string[]) => Promise<string>> {
  const program = at("kasane");
  await runOk([process.execPath, join(import.meta.dir, "../../../scripts/build.ts"), program]);
  const call = (...args: string[]) => runOk([program, "--root", at("store"), ...args]);
  await call("registry", "image", "-t", "registry:2");
  return call;
}

/** As the guide starts it, but for the port of this machine, which is any. */
async function startContainer(setUp: SetUp): Promise<Running> {
  compiled ??= compile();
  const call = await compiled;
  const name = `registry-${Number(setUp.isSecure)}${Number(setUp.hasUsers)}`;
  const inner = setUp.isSecure ? 443 : 5000;
  const settings = {
    ...variables(setUp, { certs: "/certs", htpasswd: "/auth/htpasswd" }),
    ...(setUp.isSecure && { REGISTRY_HTTP_ADDR: "0.0.0.0:443" }),
  };
  await call(
    ...["run", "-d", "--name", name, "-p", `127.0.0.1::${inner}`, "-v", `${name}-data:/var/lib/registry`],
    ...(setUp.isSecure ? ["-v", `${at("certs")}:/certs`] : []),
    ...(setUp.hasUsers ? ["-v", `${at("htpasswd")}:/auth/htpasswd`] : []),
    ...Object.entries(settings).flatMap(([key, value]) => ["-e", `${key}=${value}`]),
    setUp.isSecure ? "registry:2" : "docker.io/registry:2",
  );
  const said = async () => (await call("logs", name)).toString();
  for (let tries = 0; !(await said()).includes("listening on") && tries < 100; tries++) await Bun.sleep(100);
  return {
    port: Number((await call("port", name, `${inner}/tcp`)).trim().split(":").at(-1)),
    said,
    async [Symbol.asyncDispose]() {
      await call("rm", "-f", "-v", name);
    },
  };
}

const ways = [
  { way: "a process", start: startProcess },
  ...(isRoot ? [{ way: "a container", start: startContainer }] : []),
];
const cases = ways.flatMap((way) => setUps.map((setUp) => ({ ...way, ...setUp, setUp })));

describe.skipIf(isMissing).each(cases)("the guide's registry as $way: $name", (each) => {
  const { start, setUp, isSecure, hasUsers } = each;
  let registry: Running;
  let host: string;
  beforeAll(async () => {
    registry = await start(setUp);
    host = `localhost:${registry.port}`;
  }, 200_000);
  afterAll(async () => {
    const said = await registry.said();
    await registry[Symbol.asyncDispose]();
    expect(said).not.toContain("testpassword");
    expect(said).not.toContain("error:");
  });

  const curl = (path: string, ...more: string[]) =>
    runOk([
      ...["curl", "-sS", "-w", " %{http_code}", ...more],
      ...(isSecure ? ["--cacert", at("certs/domain.crt")] : []),
      `${isSecure ? "https" : "http"}://${host}${path}`,
    ]);
  const credentials = hasUsers ? ["-u", user] : [];

  test("curl looks what is there, with the password and not without", async () => {
    expect(await curl("/v2/", ...credentials)).toBe("{} 200");
    if (!hasUsers) return;
    expect(await curl("/v2/", "-i")).toMatch(
      /www-authenticate: Basic realm="Registry Realm".*"code":"UNAUTHORIZED".* 401$/is,
    );
    expect(await curl("/v2/", "-u", "testuser:wrong")).toEndWith(" 401");
  });

  test.skipIf(missing("skopeo"))("skopeo pushes and pulls", async () => {
    const trust = (side: "src" | "dest") => [
      ...(isSecure ? [`--${side}-cert-dir`, at("trusted")] : [`--${side}-tls-verify=false`]),
      ...(hasUsers ? [`--${side}-creds`, user] : []),
    ];
    await skopeo()(
      "copy",
      ...trust("dest"),
      `docker-archive:${at("image.tar")}`,
      `docker://${host}/skopeo:latest`,
    );
    await skopeo()("copy", ...trust("src"), `docker://${host}/skopeo:latest`, `dir:${at(`back-${host}`)}`);
    expect(await curl("/v2/_catalog", ...credentials)).toContain('"skopeo"');
    expect(await curl("/v2/skopeo/tags/list", ...credentials)).toBe(
      '{"name":"skopeo","tags":["latest"]} 200',
    );
    if (!hasUsers) return;
    const stranger = skopeo();
    const trusted = isSecure ? ["--src-cert-dir", at("trusted")] : ["--src-tls-verify=false"];
    const refused = await run(
      [...stranger.argv, "copy", ...trusted, `docker://${host}/skopeo:latest`, `dir:${at("no")}`],
      { env: stranger.env },
    );
    expect(refused.code).not.toBe(0);
    expect(refused.err).toMatch(/unauthorized|authentication required/);
  });

  test.skipIf(missing("podman") || !isRoot)("podman: tag, login, push, pull, look", async () => {
    const storage = at(`p${Number(isSecure)}${Number(hasUsers)}${each.way.length}`);
    const engine: Peer = await podman(storage);
    const trust = isSecure ? ["--cert-dir", at("trusted")] : ["--tls-verify=false"];
    await engine("load", "-i", at("image.tar"));
    await engine("tag", "myapp:latest", `${host}/myapp:latest`);
    if (hasUsers) await engine("login", ...trust, "-u", "testuser", "-p", "testpassword", host);
    await engine("push", ...trust, `${host}/myapp:latest`);
    await engine("rmi", `${host}/myapp:latest`);
    await engine("pull", ...trust, `${host}/myapp:latest`);
    expect(await curl("/v2/_catalog", ...credentials)).toContain('"myapp"');
    expect(await curl("/v2/myapp/tags/list", ...credentials)).toBe('{"name":"myapp","tags":["latest"]} 200');
    await removePodmanStorage(storage);
  });

  if (isSecure !== hasUsers) return;
  test.skipIf(missing("docker", "dockerd") || !isRoot)("docker: login, push, pull", async () => {
    await using daemon = await startDockerd();
    // What Docker documents for a registry with a certificate of its own.
    const certificates = `/etc/docker/certs.d/${host}`;
    await mkdir(certificates, { recursive: true });
    try {
      if (isSecure) await Bun.write(join(certificates, "ca.crt"), Bun.file(at("certs/domain.crt")));
      await daemon.docker("load", "-i", at("image.tar"));
      await daemon.docker("tag", "myapp:latest", `${host}/docker:latest`);
      if (hasUsers) await daemon.docker("login", "-u", "testuser", "-p", "testpassword", host);
      await daemon.docker("push", `${host}/docker:latest`);
      await daemon.docker("rmi", `${host}/docker:latest`);
      await daemon.docker("pull", `${host}/docker:latest`);
    } finally {
      await run(["rm", "-r", certificates]);
    }
  });
});

describe.skipIf(isMissing || !isRoot)("the image of the registry runs elsewhere as well", () => {
  /** The port of this machine that nobody has. */
  const freePort = async () => {
    await using server = await startServe({
      env: { REGISTRY_HTTP_ADDR: "127.0.0.1:0" },
      cwd: directory.path,
    });
    return server.port;
  };
  async function check(engine: (...args: string[]) => Promise<string>): Promise<void> {
    const port = await freePort();
    const address = `REGISTRY_HTTP_ADDR=127.0.0.1:${port}`;
    await engine("run", "-d", "--name", "elsewhere", "--network", "host", "-e", address, "registry:2");
    try {
      const url = `http://127.0.0.1:${port}/v2/_catalog`;
      const listed = await runOk([
        "curl",
        "-sS",
        "--retry",
        "50",
        "--retry-connrefused",
        "--retry-delay",
        "1",
        url,
      ]);
      expect(JSON.parse(listed)).toEqual({ repositories: [] });
    } finally {
      await engine("rm", "-f", "-v", "elsewhere");
    }
  }
  const archive = async () => {
    compiled ??= compile();
    await (await compiled)("save", "-o", at("registry.tar"), "registry:2");
    return at("registry.tar");
  };

  test.skipIf(missing("docker", "dockerd"))("docker", async () => {
    const file = await archive();
    await using daemon = await startDockerd();
    await daemon.docker("load", "-i", file);
    await check(daemon.docker);
  });

  test.skipIf(missing("podman"))("podman", async () => {
    const storage = at("p-elsewhere");
    const engine: Peer = await podman(storage);
    await engine("load", "-i", await archive());
    await check(engine);
    await removePodmanStorage(storage);
  });
});

describe.skipIf(isMissing || missing("skopeo"))("the guide's mirroring", () => {
  test("skopeo sync from one registry to another", async () => {
    const data = (name: string) => ({
      REGISTRY_HTTP_ADDR: "127.0.0.1:0",
      REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: at(name),
    });
    await using source = await startServe({ env: data("sync-from") });
    await using target = await startServe({ env: data("sync-to") });
    const [from, to] = [source, target].map(({ port }) => `localhost:${port}`);
    for (const tag of ["latest", "1.21"]) {
      await skopeo()(
        "copy",
        "--dest-tls-verify=false",
        `docker-archive:${at("image.tar")}`,
        `docker://${from}/library/nginx:${tag}`,
      );
    }
    await Bun.write(
      at("sync.yaml"),
      `${from}:\n  tls-verify: false\n  images:\n    library/nginx:\n      - "latest"\n      - "1.21"\n`,
    );
    await skopeo()(
      "sync",
      "--src",
      "yaml",
      "--dest",
      "docker",
      "--dest-tls-verify=false",
      at("sync.yaml"),
      to!,
    );
    const listed = await runOk(["curl", "-sS", `http://${to}/v2/_catalog`]);
    const [repository] = (JSON.parse(listed) as { repositories: string[] }).repositories;
    expect(repository).toContain("nginx");
    expect(await runOk(["curl", "-sS", `http://${to}/v2/${repository}/tags/list`])).toContain(
      '["1.21","latest"]',
    );
  });
});
