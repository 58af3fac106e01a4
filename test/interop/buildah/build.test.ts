import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing } from "../../outside.ts";
import { buildCases } from "../build-cases.ts";
import { type KasaneBuilder, kasaneBuilder, wholeDockerfile } from "../build-with-kasane.ts";
import { type BuiltImage, builtArchive } from "../compare-build.ts";
import { type Peer, podman, removePodmanStorage, type Scratch, scratch } from "../peers.ts";

const isMissing = missing("buildah", "busybox") || process.getuid?.() !== 0;
let directory: Scratch;
let kasane: KasaneBuilder;
let buildah: Peer;

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("buildah-build");
  kasane = await kasaneBuilder(directory.path);
  buildah = await podman(join(directory.path, "storage"), "buildah");
  await Bun.write(buildah.env.REGISTRY_AUTH_FILE!, "{}");
  await buildah("pull", `docker-archive:${kasane.baseArchive}`);
}, 60_000);

afterAll(async () => {
  if (isMissing) return;
  await removePodmanStorage(join(directory.path, "storage"));
  await kasane[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

describe.skipIf(isMissing)("Kasane builds what buildah builds", () => {
  test.each(buildCases.filter(({ except }) => !except?.buildah))("$name", async (one) => {
    const ours = await kasane.build(one);
    const dockerfile = join(directory.path, "Dockerfile");
    writeFileSync(dockerfile, wholeDockerfile(one.dockerfile));
    const options = Object.entries(one.args ?? {}).flatMap(([name, value]) => [
      "--build-arg",
      `${name}=${value}`,
    ]);
    if (one.target) options.push("--target", one.target);
    await buildah(
      "bud",
      "--format",
      "docker",
      "--network",
      "none",
      "-t",
      "out",
      "-f",
      dockerfile,
      ...options,
      kasane.context,
    );
    const archive = join(directory.path, "out.tar");
    rmSync(archive, { force: true });
    await buildah("push", "out", `docker-archive:${archive}`);
    expect(ours).toEqual(withoutTraces(await builtArchive(archive, directory.path)));
  }, 60_000);
});

/** buildah leaves mount points in layers of RUN, and a label of its own in every image. */
function withoutTraces({ tree, config }: BuiltImage): BuiltImage {
  const labels = { ...(config.Labels as Record<string, string> | undefined) };
  delete labels["io.buildah.version"];
  const { Labels: _, ...settings } = config;
  return {
    tree: tree.filter((line) => !/^(dev|proc|run|sys|etc\/(hosts|hostname|resolv\.conf))[/ ]/.test(line)),
    config: Object.keys(labels).length > 0 ? { ...settings, Labels: labels } : settings,
  };
}
