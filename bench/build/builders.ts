import { join } from "node:path";
import {
  type Peer,
  podman,
  removePodmanStorage,
  startBuildkitd,
  startDockerd,
} from "../../test/interop/peers.ts";
import { checkout, missing, runOk } from "../../test/outside.ts";
import { family, sum, ticksOf } from "../processes.ts";

/** What one or more commands took, from before their start to after their end. */
export interface Spent {
  readonly ms: number;
  /** Processor time, the daemon's as well. */
  readonly processorMs: number;
}

/** A builder with a store of its own that has the base image. */
export interface Builder extends AsyncDisposable {
  readonly name: string;
  /** What FROM says. */
  readonly base: string;
  build(context: string): Promise<Spent>;
  buildAndPush(context: string): Promise<Spent>;
}

export interface Setting {
  /** For stores; in memory. */
  readonly directory: string;
  /** The base image as docker's archive. */
  readonly archive: string;
  /** `host:port` of a registry over HTTP that has the base image. */
  readonly registry: string;
  readonly base: string;
}

/** Those whose programs are on this machine, Kasane first. */
export const builders: readonly {
  name: string;
  programs: readonly string[];
  start(setting: Setting): Promise<Builder>;
}[] = [
  {
    name: "kasane",
    programs: [],
    start: (setting) => kasaneBuilder("kasane", join(checkout, "dist/kasane"), setting),
  },
  {
    name: "kasane checkout",
    programs: [],
    start: (setting) => kasaneBuilder("kasane checkout", join(checkout, "bin/kasane"), setting),
  },
  { name: "buildkit", programs: ["buildkitd", "buildctl", "runc"], start: buildkit },
  {
    name: "buildkit 20.10",
    programs: ["dockerd", "docker"],
    start: (setting) => docker("buildkit 20.10", "1", setting),
  },
  {
    name: "docker classic",
    programs: ["dockerd", "docker"],
    start: (setting) => docker("docker classic", "0", setting),
  },
  { name: "buildah", programs: ["buildah", "runc"], start: buildah },
];

export function presentBuilders(wanted: readonly string[] | undefined) {
  return builders.filter(({ name, programs }) => {
    if (wanted !== undefined && !wanted.includes(name)) return false;
    if (!programs.some((program) => missing(program))) return true;
    console.log(`${name} is not installed (${programs.join(", ")})`);
    return false;
  });
}

async function kasaneBuilder(
  name: string,
  program: string,
  { directory, archive, registry, base }: Setting,
): Promise<Builder> {
  const argv = [program, "--root", join(directory, name.replace(" ", "-"))];
  await runOk([...argv, "load", "-i", archive]);
  return {
    name,
    base,
    build: (context) => spend([[...argv, "build", "-t", "bench", context]]),
    buildAndPush(context) {
      const image = `${registry}/bench/${name.replace(" ", "-")}:latest`;
      return spend([[...argv, "build", "--push", "-t", image, context]]);
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function buildkit({ registry, base }: Setting): Promise<Builder> {
  const daemon = await startBuildkitd([registry]);
  const image = `${registry}/bench/buildkit:latest`;
  const call = (context: string, output: string): string[][] => [
    [
      ...daemon.buildctl.argv,
      "build",
      "--frontend=dockerfile.v0",
      `--local=context=${context}`,
      `--local=dockerfile=${context}`,
      `--output=${output}`,
    ],
  ];
  const options = { env: daemon.buildctl.env, daemon: daemon.pid };
  return {
    name: "buildkit",
    base: `${registry}/bench/${base}`,
    build: (context) => spend(call(context, `type=image,name=${image}`), options),
    buildAndPush: (context) => spend(call(context, `type=image,name=${image},push=true`), options),
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

async function docker(
  name: string,
  buildkit: "0" | "1",
  { archive, registry, base }: Setting,
): Promise<Builder> {
  const daemon = await startDockerd("--insecure-registry", registry);
  await daemon.docker("load", "-i", archive);
  const image = `${registry}/bench/${name.replace(" ", "-")}:latest`;
  const options = { env: { ...daemon.docker.env, DOCKER_BUILDKIT: buildkit }, daemon: daemon.pid };
  const build = (context: string): string[] => [
    ...daemon.docker.argv,
    "build",
    "--network=none",
    "-t",
    image,
    context,
  ];
  return {
    name,
    base,
    build: (context) => spend([build(context)], options),
    buildAndPush: (context) => spend([build(context), [...daemon.docker.argv, "push", image]], options),
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

async function buildah({ directory, archive, registry, base }: Setting): Promise<Builder> {
  const storage = join(directory, "buildah");
  const buildah: Peer = await podman(storage, "buildah");
  // Under a host of its own, whatever name the archive gives it.
  const id = (await buildah("pull", "-q", `docker-archive:${archive}`)).trim();
  await buildah("tag", id, `localhost/${base}`);
  const image = `${registry}/bench/buildah:latest`;
  const build = (context: string): string[] => [
    ...buildah.argv,
    "build",
    "--layers",
    "--network=none",
    "-t",
    image,
    context,
  ];
  const options = { env: buildah.env };
  return {
    name: "buildah",
    base: `localhost/${base}`,
    build: (context) => spend([build(context)], options),
    buildAndPush: (context) =>
      spend([build(context), [...buildah.argv, "push", "--tls-verify=false", image]], options),
    [Symbol.asyncDispose]: () => removePodmanStorage(storage),
  };
}

/** One process after the other. @throws where one does not end well, with what it said */
export async function spend(
  calls: readonly (readonly string[])[],
  options: { env?: Record<string, string>; daemon?: number } = {},
): Promise<Spent> {
  const { env = {}, daemon } = options;
  const before = daemonMs(daemon);
  let processorMs = 0;
  const started = performance.now();
  for (const argv of calls) {
    const child = Bun.spawn([...argv], {
      env: { ...process.env, ...env },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    const said = new Response(child.stderr).text();
    if ((await child.exited) !== 0)
      throw new Error(`${argv.join(" ")} ended with ${child.exitCode}:\n${await said}`);
    processorMs += Number(child.resourceUsage()!.cpuTime.total) / 1000;
  }
  return { ms: performance.now() - started, processorMs: processorMs + daemonMs(daemon) - before };
}

function daemonMs(pid: number | undefined): number {
  return pid === undefined ? 0 : sum(family(pid).map((one) => ticksOf(one, { withEnded: true }))) * 10;
}
