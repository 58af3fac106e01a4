/** The real programs that tests meet, brought up on a machine without systemd. Whoever starts one here disposes of it. */
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, runOk, searchPath } from "../outside.ts";
import { type Started, startDaemon } from "./start-daemon.ts";

/** Where a program is. Tests that use it begin with `test.skipIf(missing("name"))`. */
export function peer(name: string): string {
  // The daemon's own client, where a newer one of another origin is installed as well.
  if (name === "docker" && existsSync("/usr/bin/docker")) return "/usr/bin/docker";
  const path = Bun.which(name, { PATH: searchPath });
  if (path === null) throw new Error(`this test needs the program ${name}, which is not installed`);
  return path;
}

export interface Scratch extends AsyncDisposable {
  readonly path: string;
}

/** An empty directory, in memory where the machine offers that: peers write thousands of small files. */
export async function scratch(purpose: string): Promise<Scratch> {
  const path = await mkdtemp(join(memoryDirectory() ?? tmpdir(), `kasane-${purpose}-`));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The images of all tests at once, with room to spare: containers often have but 64 MB. */
const memoryNeededBytes = 4 * 2 ** 30;

function memoryDirectory(): string | undefined {
  try {
    accessSync("/dev/shm", constants.W_OK);
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize < memoryNeededBytes ? undefined : "/dev/shm";
  } catch {
    return undefined;
  }
}

/** A command of one peer with its own configuration and storage. */
export interface Peer {
  /** Ends well or throws with everything the program said; returns standard output. */
  (...args: string[]): Promise<string>;
  readonly argv: readonly string[];
  readonly env: Record<string, string>;
}

function command(argv: readonly string[], env: Record<string, string> = {}): Peer {
  return Object.assign((...args: string[]) => runOk([...argv, ...args], { env }), { argv, env });
}

export function skopeo(): Peer {
  return command([peer("skopeo"), "--insecure-policy"], { REGISTRY_AUTH_FILE: "/nonexistent/auth.json" });
}

export function umoci(): Peer {
  return command([peer("umoci")]);
}

/** podman or buildah with storage below `directory`, which removePodmanStorage() empties. */
export async function podman(directory: string, program: "podman" | "buildah" = "podman"): Promise<Peer> {
  await mkdir(directory, { recursive: true });
  // Raising a hard limit and making cgroups are what a container on a build machine may not do.
  const configuration = [
    "[containers]",
    "default_ulimits = []",
    "[engine]",
    'runtime = "runc"',
    'cgroup_manager = "cgroupfs"',
    'events_logger = "none"',
  ];
  await writeFile(join(directory, "containers.conf"), `${configuration.join("\n")}\n`);
  await writeFile(
    join(directory, "registries.conf"),
    'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "permissive"\n',
  );
  // podman will not pull without the file that the variable names.
  await writeFile(join(directory, "auth.json"), "{}");
  const argv = [peer(program), "--root", join(directory, "root"), "--runroot", join(directory, "run")];
  return command([...argv, "--storage-driver", "overlay"], {
    CONTAINERS_CONF: join(directory, "containers.conf"),
    CONTAINERS_REGISTRIES_CONF: join(directory, "registries.conf"),
    REGISTRY_AUTH_FILE: join(directory, "auth.json"),
    TMPDIR: directory,
  });
}

/** Removes images, containers and mounts, so that the directory can go. */
export async function removePodmanStorage(directory: string): Promise<void> {
  // Of a container that ran, podman's monitor tidies up a moment later, and mounts once more for that.
  for (let tries = 0; ; tries++) {
    await unmountBelow(directory);
    try {
      return await rm(directory, { recursive: true, force: true });
    } catch (error) {
      if (tries === 20) throw error;
      await Bun.sleep(100);
    }
  }
}

export interface Daemon extends AsyncDisposable {
  /** `host:port`, or the URL of a socket. */
  readonly address: string;
}

/** A registry with a store in a directory. */
export interface RegistryDaemon extends Daemon {
  /** The root directory of its store; it goes with the daemon. */
  readonly data: string;
}

/** Debian's docker-registry on a free port of the loopback interface, over plain HTTP, empty. `env` is over its configuration. */
export async function startDockerRegistry(env: Record<string, string> = {}): Promise<RegistryDaemon> {
  const directory = await scratch("registry");
  const configuration = join(directory.path, "config.yml");
  const lines = [
    "version: 0.1",
    `storage: { filesystem: { rootdirectory: ${join(directory.path, "data")} }, delete: { enabled: true } }`,
    "http: { addr: 127.0.0.1:0 }",
  ];
  await writeFile(configuration, `${lines.join("\n")}\n`);
  const argv = [peer("docker-registry"), "serve", configuration];
  return registryIn(directory, () => startDaemon(argv, /listening on ([\d.]+:\d+)/, env));
}

/** Distribution v3 on a free port of the loopback interface, over plain HTTP, empty. */
export async function startDistribution(): Promise<RegistryDaemon> {
  const directory = await scratch("distribution");
  const configuration = join(directory.path, "config.yml");
  const lines = [
    "version: 0.1",
    "log: { accesslog: { disabled: true } }",
    `storage: { filesystem: { rootdirectory: ${join(directory.path, "data")} }, delete: { enabled: true } }`,
    "http: { addr: 127.0.0.1:0 }",
  ];
  await writeFile(configuration, `${lines.join("\n")}\n`);
  const argv = [peer("distribution-registry"), "serve", configuration];
  // Left alone it looks for somebody who collects traces.
  const env = { OTEL_TRACES_EXPORTER: "none" };
  return registryIn(directory, () => startDaemon(argv, /listening on ([\d.]+:\d+)/, env));
}

/** olareg with a directory for its store and everything allowed, on a free port of the loopback interface, over plain HTTP, empty. */
export async function startOlareg(): Promise<RegistryDaemon> {
  const directory = await scratch("olareg");
  // It does not say which port it took, so it is told one.
  const port = await freePort();
  const argv = [
    peer("olareg"),
    "serve",
    "--verbosity",
    "info",
    "--addr",
    "127.0.0.1",
    "--port",
    String(port),
  ];
  argv.push("--store-type", "dir", "--dir", join(directory.path, "data"));
  argv.push("--api-delete", "--api-blob-delete", "--api-sparse-image", "--api-sparse-index");
  return registryIn(directory, async () => {
    const started = await startDaemon(argv, /addr=([\d.]+:\d+)/);
    // It says so before it listens.
    await answers(`http://${started.match[1]}/v2/`);
    return started;
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(url: string): Promise<void> {
  for (const deadline = Date.now() + 10_000; ; await Bun.sleep(10)) {
    if ((await fetch(url).catch(() => undefined))?.ok) return;
    if (Date.now() > deadline) throw new Error(`${url} does not answer`);
  }
}

async function registryIn(directory: Scratch, launch: () => Promise<Started>): Promise<RegistryDaemon> {
  const { match, dispose } = await inDirectory(directory, launch);
  return { address: match[1]!, data: join(directory.path, "data"), [Symbol.asyncDispose]: dispose };
}

/** A daemon and the directory that goes with it. */
async function inDirectory(
  directory: Scratch,
  launch: () => Promise<Started>,
): Promise<Started & { dispose(): Promise<void> }> {
  const started = await launch().catch(async (error: unknown) => {
    await directory[Symbol.asyncDispose]();
    throw error;
  });
  return {
    ...started,
    async dispose() {
      await started.stop();
      await unmountBelow(directory.path);
      await directory[Symbol.asyncDispose]();
    },
  };
}

export interface DockerDaemon extends Daemon {
  /** The docker command, talking to this daemon. */
  readonly docker: Peer;
  readonly pid: number;
}

/** dockerd with storage of its own, without networks: containers run with `--network none` or `host`. Needs root. */
export async function startDockerd(...options: string[]): Promise<DockerDaemon> {
  const directory = await scratch("dockerd");
  const at = (name: string) => join(directory.path, name);
  const address = `unix://${at("docker.sock")}`;
  const argv = [peer("dockerd"), "--iptables=false", "--ip6tables=false", "--bridge=none", ...options];
  argv.push("--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid"), "-H", address);
  // A socket of a containerd of this machine would be shared with everybody else on it.
  const { pid, dispose } = await inDirectory(directory, () =>
    startDaemon(argv, /API listen on/, { PATH: searchPath }),
  );
  return {
    address,
    pid,
    docker: command([peer("docker"), "-H", address], {
      DOCKER_CONFIG: at("client"),
      DOCKER_BUILDKIT: "0",
    }),
    [Symbol.asyncDispose]: dispose,
  };
}

export interface BuildkitDaemon extends Daemon {
  /** buildctl, talking to this daemon. */
  readonly buildctl: Peer;
  readonly pid: number;
}

/** buildkitd with storage of its own; its steps have the host's network. Registries of `insecure` are spoken to over HTTP. Needs root. */
export async function startBuildkitd(
  insecure: readonly string[] = [],
  options: { readonly cdiSpecDirs?: readonly string[] } = {},
): Promise<BuildkitDaemon> {
  const directory = await scratch("buildkitd");
  const at = (name: string) => join(directory.path, name);
  const address = `unix://${at("buildkitd.sock")}`;
  const lines = insecure.map((host) => `[registry."${host}"]\n  http = true\n  insecure = true\n`);
  if (options.cdiSpecDirs) lines.push(`[cdi]\n  specDirs = ${JSON.stringify(options.cdiSpecDirs)}\n`);
  await writeFile(at("buildkitd.toml"), lines.join(""));
  const argv = [peer("buildkitd"), "--config", at("buildkitd.toml"), "--root", at("data"), "--addr", address];
  argv.push("--containerd-worker=false", "--oci-worker-net=host", "--oci-worker-gc=false");
  const { pid, dispose } = await inDirectory(directory, () =>
    startDaemon(argv, /running server on/, { PATH: searchPath }),
  );
  return {
    address,
    pid,
    buildctl: command([peer("buildctl"), "--addr", address], { DOCKER_CONFIG: at("client") }),
    [Symbol.asyncDispose]: dispose,
  };
}

/** What a killed engine may leave mounted. */
async function unmountBelow(directory: string): Promise<void> {
  const mounts = (await Bun.file("/proc/self/mounts").text())
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((point) => point.startsWith(`${directory}/`));
  for (const point of mounts.reverse()) await run(["umount", "--lazy", point]);
}
