import { join } from "node:path";
import { type Peer, podman, removePodmanStorage, startBuildkitd, startDockerd } from "../peers.ts";
import type { PeerName } from "./build-case.ts";
import type { BaseImage, WrittenCase } from "./build-with-kasane.ts";
import { type BuiltImage, builtArchive } from "./compare-build.ts";

/** A builder that has the base image under the name `base`. */
export interface PeerBuilder extends AsyncDisposable {
  build(written: WrittenCase, directory: string): Promise<BuiltImage>;
  /** An image, its own or Kasane's, without the traces that this builder leaves in every image. */
  comparable(image: BuiltImage): BuiltImage;
}

interface Setting {
  readonly base: BaseImage;
  /** For storage and archives. */
  readonly directory: string;
}

export const peerBuilders: Readonly<
  Record<PeerName, { programs: readonly string[]; start(setting: Setting): Promise<PeerBuilder> }>
> = {
  buildkit: { programs: ["buildkitd", "buildctl", "runc"], start: startBuildkit },
  classic: { programs: ["dockerd", "docker"], start: startClassic },
  buildah: { programs: ["buildah", "runc"], start: startBuildah },
};

async function startBuildkit({ base, directory }: Setting): Promise<PeerBuilder> {
  const daemon = await startBuildkitd();
  const build = [
    "build",
    "--progress",
    "plain",
    "--frontend",
    "dockerfile.v0",
    "--oci-layout",
    `base=${base.layout}`,
  ];
  const options = [`context:base=oci-layout://base@${base.digest}`, "force-network-mode=none"];
  return {
    async build({ test: { args = {}, target }, context, dockerfile }, temporary) {
      const archive = join(temporary, "buildkit.tar");
      const more = Object.entries(args).map(([name, value]) => `build-arg:${name}=${value}`);
      if (target) more.push(`target=${target}`);
      await daemon.buildctl(
        ...build,
        ...["--local", `context=${context}`, "--local", `dockerfile=${join(dockerfile, "..")}`],
        ...[...options, ...more].flatMap((option) => ["--opt", option]),
        ...["--output", `type=oci,dest=${archive},compression=uncompressed`],
      );
      return builtArchive(archive, directory);
    },
    comparable: comparableToBuildkit,
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

async function startClassic({ base, directory }: Setting): Promise<PeerBuilder> {
  const daemon = await startDockerd();
  await daemon.docker("load", "-i", base.archive);
  let count = 0;
  return {
    async build({ test: { args = {}, target }, context, dockerfile }, temporary) {
      const name = `out:${count++}`;
      const archive = join(temporary, "classic.tar");
      const options = buildArguments(args, target);
      await daemon.docker("build", "--network", "none", "-t", name, "-f", dockerfile, ...options, context);
      await daemon.docker("save", "-o", archive, name);
      return builtArchive(archive, directory);
    },
    comparable: comparableToClassic,
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

async function startBuildah({ base, directory }: Setting): Promise<PeerBuilder> {
  const storage = join(directory, "buildah");
  const buildah: Peer = await podman(storage, "buildah");
  await buildah("pull", `docker-archive:${base.archive}`);
  return {
    async build({ test: { args = {}, target }, context, dockerfile }, temporary) {
      const archive = join(temporary, "buildah.tar");
      const format = ["--format", "docker", "--network", "none", "-t", `docker-archive:${archive}`];
      await buildah("bud", ...format, "-f", dockerfile, ...buildArguments(args, target), context);
      return builtArchive(archive, directory);
    },
    comparable: comparableToBuildah,
    [Symbol.asyncDispose]: () => removePodmanStorage(storage),
  };
}

function buildArguments(args: Readonly<Record<string, string>>, target: string | undefined): string[] {
  const options = Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  return target ? [...options, "--target", target] : options;
}

/** Each instruction, and whether it made a layer: older builders spell the rest in ways of their own, and write down ONBUILD before its time. */
function instructions(history: readonly string[]): string[] {
  return history.map(kindOf).filter((kind) => !kind.startsWith("ONBUILD"));
}

function kindOf(line: string): string {
  const [, word, nop] = /^([A-Z]+) |#\(nop\) +([A-Za-z]+) /.exec(line) ?? [];
  const kind = word ?? nop?.toUpperCase() ?? "RUN";
  return line.endsWith(" (empty)") ? `${kind} (empty)` : kind;
}

/** BuildKit's history is Kasane's, but for what docs/differences.md says of HEALTHCHECK and WORKDIR. */
function comparableToBuildkit({ tree, config, history }: BuiltImage): BuiltImage {
  return {
    tree,
    config: without(config, "ArgsEscaped"),
    history: history.map((line) =>
      line
        .replace(/ # buildkit(?= \(empty\)$|$)/, "")
        .replace(/^(HEALTHCHECK) .*/, "$1")
        .replace(/^(WORKDIR .*) \(empty\)$/, "$1"),
    ),
  };
}

/** Of a RUN that changes nothing it keeps no layer. */
function comparableToClassic({ tree, config, history }: BuiltImage): BuiltImage {
  return {
    tree,
    config: without(config, "ArgsEscaped", "Image"),
    history: instructions(history).map((kind) => kind.replace("RUN (empty)", "RUN")),
  };
}

/** buildah makes one layer of everything, and leaves a label in every image. */
function comparableToBuildah({ tree, config, history }: BuiltImage): BuiltImage {
  const labels = without((config.Labels as Record<string, unknown> | undefined) ?? {}, "io.buildah.version");
  return {
    tree,
    config: {
      ...without(config, "ArgsEscaped", "Hostname", "Labels"),
      ...(Object.keys(labels).length > 0 ? { Labels: labels } : {}),
    },
    history: instructions(history).map((kind) => kind.replace(" (empty)", "")),
  };
}

function without(object: Record<string, unknown>, ...keys: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
