/** The image of context.ts in Kasane's store, two registries, and all peers, each with storage of its own in memory. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../../../src/oci/mod.ts";
import { debianRoot } from "../../debian-root.ts";
import { kasane as program, runOk } from "../../outside.ts";
import { serveStore } from "../../serve-process.ts";
import {
  type Peer,
  podman,
  removePodmanStorage,
  scratch,
  skopeo,
  startDockerd,
  startDockerRegistry,
  umoci,
} from "../peers.ts";
import { toolsDockerfile, writeContext } from "./context.ts";

export const realName = "localhost/real:v1";
export const toolsName = "localhost/tools:v1";

export interface World extends AsyncDisposable {
  /** A path that does not exist yet; what a test puts there is removed after it. */
  fresh(name: string): string;
  /** A path for what later tests use as well. */
  kept(name: string): string;
  removeFresh(): Promise<void>;
  /** Does something once and remembers what came of it. */
  once<T>(key: string, make: () => Promise<T>): Promise<T>;
  /** Kasane with the store that has the image `realName`. */
  readonly kasane: Kasane;
  /** Kasane with an empty store. */
  newKasane(): Kasane;
  readonly registries: readonly Registry[];
  readonly skopeo: Peer;
  readonly umoci: Peer;
  readonly podman: Peer;
  readonly docker: Peer;
  readonly real: Identity;
  /** The file that `kasane save` wrote of `realName`. */
  saved(format: "docker-archive" | "oci-archive"): Promise<string>;
  /** The name, in podman or docker, of the image that another builder made of the same Dockerfile. */
  built(by: keyof typeof builders): Promise<string>;
  /** The same, saved by its engine and loaded into Kasane's store under the same name. */
  builtAndLoaded(by: keyof typeof builders): Promise<string>;
}

export interface Registry {
  readonly name: "kasane serve" | "docker-registry";
  readonly host: string;
}

export interface Identity {
  /** The digest of the configuration. */
  readonly id: Digest;
  /** The digest of the manifest. */
  readonly digest: Digest;
}

export interface Kasane {
  (...args: string[]): Promise<string>;
  readonly root: string;
  identity(name: string): Promise<Identity>;
}

export async function createWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await scratch("real"));
  let count = 0;
  const kept = (name: string) => join(path, `${count++}-${name}`);
  let temporary: string[] = [];
  const fresh = (name: string) => {
    temporary.push(kept(name));
    return temporary.at(-1)!;
  };
  const memory = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, make: () => Promise<T>): Promise<T> => {
    if (!memory.has(key)) memory.set(key, make());
    return memory.get(key) as Promise<T>;
  };
  const kasane = kasaneAt(kept("store"));
  const context = join(path, "context");
  const podmanDirectory = kept("podman");
  stack.defer(() => removePodmanStorage(podmanDirectory));
  const served = stack.use(await serveStore(kept("registry")));
  const registry = stack.use(await startDockerRegistry());
  const daemon = stack.use(await startDockerd());
  await buildReal(kasane, context);

  const world: Omit<World, keyof AsyncDisposable> = {
    fresh,
    kept,
    async removeFresh() {
      const paths = temporary;
      temporary = [];
      // Everybody may be kept out of some directories.
      await runOk(["rm", "-rf", ...paths]);
    },
    once,
    kasane,
    newKasane: () => kasaneAt(fresh("store")),
    registries: [
      { name: "kasane serve", host: served.address },
      { name: "docker-registry", host: registry.address },
    ],
    skopeo: skopeo(),
    umoci: umoci(),
    podman: await podman(podmanDirectory),
    docker: daemon.docker,
    real: await kasane.identity(realName),
    saved: (format) =>
      once(`saved ${format}`, async () => {
        const archive = kept("saved.tar");
        await kasane("save", "--format", format, "-o", archive, realName);
        return archive;
      }),
    built: (by) =>
      once(`built ${by}`, async () => {
        const engine = by === "podman" ? "podman" : "docker";
        await once(`tools in ${engine}`, async () => {
          const archive = fresh("tools.tar");
          await kasane("save", "-o", archive, toolsName);
          await world[engine]("load", "-i", archive);
        });
        const name = `localhost/by-${by}:v1`;
        await builders[by](world, ["build", "--network", "host", "--tag", name, context]);
        return name;
      }),
    builtAndLoaded: (by) =>
      once(`loaded ${by}`, async () => {
        const image = await world.built(by);
        const archive = fresh(`${by}.tar`);
        await world[by === "podman" ? "podman" : "docker"]("save", "-o", archive, image);
        await kasane("load", "-i", archive);
        return image;
      }),
  };
  const owned = stack.move();
  return { ...world, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const builders = {
  // By default its containers make no devices.
  podman: ({ podman }: Pick<World, "podman">, [command, ...args]: string[]) =>
    podman(command!, "--cap-add", "mknod", ...args),
  docker: ({ docker }: Pick<World, "docker">, args: string[]) => docker(...args),
  buildkit: ({ docker }: Pick<World, "docker">, args: string[]) =>
    runOk([...docker.argv, ...args], { env: { ...docker.env, DOCKER_BUILDKIT: "1" } }),
};

/** debian:bookworm-slim ← localhost/tools:v1 ← localhost/real:v1 */
async function buildReal(kasane: Kasane, context: string): Promise<void> {
  await kasane("import", await debianRoot(), "debian:bookworm-slim");
  mkdirSync(context);
  await Bun.write(join(context, "Dockerfile"), toolsDockerfile);
  await kasane("build", "-t", toolsName, context);
  rmSync(join(context, "Dockerfile"));
  await writeContext(context);
  await kasane("build", "-t", realName, context);
}

/** `kasane --root`, by default as this user. */
export function kasaneAt(root: string, as: As = { argv: [program] }): Kasane {
  const { argv, ...options } = as;
  const call = (...args: string[]) => runOk([...argv, "--root", root, ...args], options);
  return Object.assign(call, {
    root,
    async identity(name: string): Promise<Identity> {
      const [image] = await parsed(call("inspect", name));
      return { id: image.Id, digest: image.Descriptor.digest };
    },
  });
}

interface As {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** What a program prints as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: every program has a shape of its own, and the expectations say which.
export async function parsed(output: Promise<string>): Promise<any> {
  return JSON.parse(await output);
}

/** Unpacks a tar with everything that it says. */
export async function extract(archive: string, directory: string): Promise<string> {
  mkdirSync(directory);
  const all = ["--numeric-owner", "--xattrs", "--xattrs-include=*", "--preserve-permissions"];
  await runOk(["tar", ...all, "--warning=no-timestamp", "-C", directory, "-xf", archive]);
  return directory;
}
