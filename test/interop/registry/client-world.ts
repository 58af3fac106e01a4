import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { RegistryClientOptions } from "../../../src/distribution/mod.ts";
import type { MemoryImage } from "../../../src/image/testing/memory-image.ts";
import { runOk } from "../../outside.ts";
import { sampleImage, sampleIndex, save } from "../archive-file.ts";
import { type Peer, peer } from "../peers.ts";
import { pullImage, pushImage } from "./kasane-server.ts";
import type { Login, RunningRegistry } from "./setting.ts";

/** What clients can be asked to do with a registry. */
export const operations = [
  "push an image, pull it by tag and by digest",
  "push and pull an index with all its platforms",
  "copy to another repository",
  "list tags",
  "list repositories",
  "delete a tag",
  "delete a manifest",
  "delete a blob",
  "push and pull an artifact",
  "list referrers, all and by type",
  "sign and verify",
] as const;
export type Operation = (typeof operations)[number];

export interface Sample {
  readonly image: MemoryImage;
  readonly digest: string;
  /** The same as OCI layout, a directory with this one image. */
  readonly layout: string;
}

/** A registry, things to put into it, and how to see what has arrived. */
export interface World {
  readonly registry: RunningRegistry;
  /** For files; empty for each client. */
  readonly directory: string;
  readonly image: Sample;
  readonly index: Sample;
  /** The image as `docker save` writes it, named docker.io/library/sample:v1. */
  readonly archive: string;
  /** Of which kind the files are that clients read: Docker's configuration with the credentials, and whom to trust. */
  readonly env: Readonly<Record<string, string>>;
  /** By Kasane's own client, which has tests of its own. */
  push(image: MemoryImage, name: string): Promise<void>;
  /** Everything below a name, each byte checked. */
  pull(name: string): Promise<MemoryImage>;
}

/** One operation at work, in a repository of its own. */
export interface Place extends World {
  /** With the host. */
  readonly repository: string;
  /** A path for a file or directory that does not exist yet. */
  fresh(name: string): string;
}

/** A client that is ready to be asked. */
export interface Opened extends AsyncDisposable {
  readonly run: Peer;
}

/** A program that speaks to registries. */
export interface Client<Open extends Opened = Opened> {
  readonly name: string;
  readonly programs: readonly string[];
  readonly needsRoot?: boolean;
  /** What must run or be written before it can be asked. */
  open(world: World): Promise<Open>;
  /** What it has commands for. */
  readonly does: Partial<Record<Operation, Does<Open>>>;
  /** The same program for somebody else, of whom it knows what `world` says. It is gone with `opened`. */
  as(opened: Open, world: World): Promise<Opened> | Opened;
  login(opened: Opened, world: World, login: Login): Promise<unknown>;
  /** One image or file, to `place.repository`. */
  push(opened: Opened, place: Place): Promise<unknown>;
  /** `place.repository:v1`, an image. */
  pull(opened: Opened, place: Place): Promise<unknown>;
}

/** Written as a method, so that clients which open more than a command fit into one list. */
type Does<Open> = { work(opened: Open, place: Place): Promise<void> }["work"];

export function opened(run: Peer): Opened {
  return { run, async [Symbol.asyncDispose]() {} };
}

/** A command with the same arguments and environment each time. */
export function commandOf(argv: readonly string[], env: Readonly<Record<string, string>>): Peer {
  const all = [argv[0]!.startsWith("/") ? argv[0]! : peer(argv[0]!), ...argv.slice(1)];
  return Object.assign((...args: string[]) => runOk([...all, ...args], { env }), { argv: all, env });
}

/** For clients that are nothing but a command with an environment. */
export function asOther({ run }: Opened, { env }: World): Opened {
  return opened(commandOf(run.argv, { ...run.env, ...env }));
}

/** The same world for somebody whom no client knows yet. */
export async function strangerIn(world: World, directory: string): Promise<World> {
  const { credentials: _, ...registry } = world.registry;
  await mkdir(directory, { recursive: true });
  const configuration = join(directory, "config.json");
  await Bun.write(configuration, '{"auths":{}}');
  const env = { ...world.env, DOCKER_CONFIG: directory, REGISTRY_AUTH_FILE: configuration };
  return { ...world, registry, directory, env };
}

export async function makeWorld(registry: RunningRegistry, directory: string): Promise<World> {
  const { host, credentials, authority } = registry;
  const certificates = authority === undefined ? [] : [await Bun.file(authority).text()];
  const options: Partial<RegistryClientOptions> = {
    ...(authority === undefined ? {} : { tlsVerify: true, certificates }),
    ...(credentials === undefined
      ? {}
      : { credentials: { find: async () => ({ kind: "password" as const, ...credentials }) } }),
  };
  const archive = join(directory, "sample.tar");
  const image = await sampleImage();
  await save(archive, "docker", { image, names: ["docker.io/library/sample:v1"] });
  const auth =
    credentials && Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
  const configuration = join(directory, "docker", "config.json");
  await Bun.write(configuration, JSON.stringify({ auths: auth === undefined ? {} : { [host]: { auth } } }));
  return {
    registry,
    directory,
    archive,
    image: await sample(directory, "image", image),
    index: await sample(directory, "index", await sampleIndex()),
    env: {
      DOCKER_CONFIG: join(directory, "docker"),
      REGISTRY_AUTH_FILE: configuration,
      ...(authority === undefined ? {} : { SSL_CERT_FILE: authority }),
    },
    push: (what, name) => pushImage(name, what, options),
    pull: (name) => pullImage(name, options),
  };
}

async function sample(directory: string, name: string, image: MemoryImage): Promise<Sample> {
  const archive = join(directory, `${name}.oci.tar`);
  const layout = join(directory, name);
  await save(archive, "oci", { image, names: [`docker.io/library/${name}:v1`] });
  await mkdir(layout);
  await runOk([peer("tar"), "-xf", archive, "-C", layout]);
  return { image, digest: image.rootDigest!, layout };
}
