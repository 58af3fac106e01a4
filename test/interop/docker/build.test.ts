import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing, runOk } from "../../outside.ts";
import { type Builder, buildCases } from "../build-cases.ts";
import { type KasaneBuilder, kasaneBuilder, wholeDockerfile } from "../build-with-kasane.ts";
import { type BuiltImage, builtArchive } from "../compare-build.ts";
import { type DockerDaemon, type Scratch, scratch, startDockerd } from "../peers.ts";

const isMissing = missing("docker", "dockerd", "busybox") || process.getuid?.() !== 0;
let directory: Scratch;
let kasane: KasaneBuilder;
let daemon: DockerDaemon;

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker-build");
  kasane = await kasaneBuilder(directory.path);
  daemon = await startDockerd();
  await daemon.docker("load", "-i", kasane.baseArchive);
}, 60_000);

afterAll(async () => {
  if (isMissing) return;
  await daemon[Symbol.asyncDispose]();
  await kasane[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

describe.skipIf(isMissing).each(["buildkit", "classic"] as const)(
  "Kasane builds what docker's %s builder builds",
  (builder: Builder) => {
    test.each(buildCases.filter(({ except }) => !except?.[builder]))("$name", async (one) => {
      const ours = await kasane.build(one);
      const dockerfile = join(directory.path, "Dockerfile");
      writeFileSync(dockerfile, wholeDockerfile(one.dockerfile));
      const options = Object.entries(one.args ?? {}).flatMap(([name, value]) => [
        "--build-arg",
        `${name}=${value}`,
      ]);
      if (one.target) options.push("--target", one.target);
      const argv = [...daemon.docker.argv, "build", "--network", "none", "-t", "out", "-f", dockerfile];
      await runOk([...argv, ...options, kasane.context], {
        env: { ...daemon.docker.env, DOCKER_BUILDKIT: builder === "buildkit" ? "1" : "0" },
      });
      const archive = join(directory.path, "out.tar");
      await daemon.docker("save", "-o", archive, "out");
      expect(ours).toEqual(withoutMountPoints(ours, await builtArchive(archive, directory.path)));
    }, 60_000);
  },
);

/** BuildKit of 20.10 leaves the mount points of RUN in its layers. */
function withoutMountPoints(ours: BuiltImage, { tree, config }: BuiltImage): BuiltImage {
  const known = new Set(ours.tree);
  return {
    tree: tree.filter((line) => known.has(line) || !/^(dev|proc|sys) directory 755 0:0$/.test(line)),
    config,
  };
}
