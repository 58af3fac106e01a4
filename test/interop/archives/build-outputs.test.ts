/** What other programs make of what `kasane build` leaves: archives, layouts, pushed indexes, and what is attached. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kasane, missing, runOk } from "../../outside.ts";
import {
  type DockerDaemon,
  peer,
  podman,
  type RegistryDaemon,
  removePodmanStorage,
  type Scratch,
  scratch,
  skopeo,
  startDistribution,
  startDockerd,
  startDockerRegistry,
  umoci,
} from "../peers.ts";

setDefaultTimeout(60_000);

const isRoot = process.getuid?.() === 0;
const both = "--platform=linux/amd64,linux/arm64";

let directory: Scratch;
const at = (name: string) => join(directory.path, name);
const build = (...flags: string[]) =>
  runOk([kasane, "--root", at("store"), "build", "-q", ...flags, at("context")]).then((id) => id.trim());

beforeAll(async () => {
  directory = await scratch("build-outputs");
  mkdirSync(at("context"));
  writeFileSync(at("context/hello"), "hello\n");
  writeFileSync(
    at("context/Dockerfile"),
    'FROM scratch\nARG TARGETARCH\nCOPY hello /$TARGETARCH\nCOPY hello /b\nCMD ["/b"]\n',
  );
  for (const [name, flags] of Object.entries(shapes)) {
    for (const format of ["oci", "docker"])
      await build(...flags, "-t", "app:1", "-o", `type=${format},dest=${at(`${format}-${name}.tar`)}`);
    ids.set(name, await build("--platform=linux/amd64", ...flags.filter((flag) => flag !== both)));
  }
});
afterAll(() => directory?.[Symbol.asyncDispose]());

/** The image ID for amd64 of each. */
const ids = new Map<string, string>();
const shapes: Record<string, string[]> = {
  plain: ["--platform=linux/amd64"],
  index: [both],
  zstd: ["--platform=linux/amd64", "--compression=zstd"],
  uncompressed: ["--platform=linux/amd64", "--compression=uncompressed"],
  docker: ["--platform=linux/amd64", "--format=docker"],
  squashed: ["--platform=linux/amd64", "--squash"],
  attested: ["--platform=linux/amd64", "--provenance"],
};
const names = Object.keys(shapes);

describe.skipIf(missing("skopeo"))("skopeo", () => {
  test.each(names)("reads the archives of %s", async (name) => {
    const platform = ["--override-arch=amd64", "--override-os=linux"];
    for (const place of [
      `oci-archive:${at(`oci-${name}.tar`)}:1`,
      `docker-archive:${at(`docker-${name}.tar`)}`,
    ]) {
      const config = JSON.parse(await skopeo()(...platform, "inspect", "--config", place));
      expect(config.config.Cmd).toEqual(["/b"]);
      await skopeo()(...platform, "copy", place, `dir:${at(`dir-${name}`)}`);
    }
  });
});

describe.skipIf(missing("podman", "runc") || !isRoot)("podman", () => {
  test("loads them, with the same IDs", async () => {
    const engine = await podman(at("podman"));
    try {
      for (const name of names) {
        await engine("load", "-i", at(`docker-${name}.tar`));
        const id = await engine("image", "inspect", "--format", "{{.Id}}", "docker.io/library/app:1");
        expect([name, `sha256:${id.trim()}`]).toEqual([name, ids.get(name)!]);
        await engine("rmi", "-f", "docker.io/library/app:1");
      }
    } finally {
      await removePodmanStorage(at("podman"));
    }
  });
});

describe.skipIf(missing("dockerd", "docker") || !isRoot)("docker", () => {
  let daemon: DockerDaemon;
  beforeAll(async () => {
    daemon = await startDockerd();
  });
  afterAll(() => daemon?.[Symbol.asyncDispose]());

  // Docker 20.10 knows no zstd.
  test.each(names.filter((name) => name !== "zstd"))("loads %s, with the same ID", async (name) => {
    await daemon.docker("load", "-i", at(`docker-${name}.tar`));
    const id = await daemon.docker("image", "inspect", "--format", "{{.Id}}", "app:1");
    expect(id.trim()).toBe(ids.get(name)!);
    await daemon.docker("rmi", "-f", "app:1");
  });
});

describe.skipIf(missing("umoci"))("umoci", () => {
  test("unpacks a layout that stands beside others", async () => {
    await build("-t", "one:first", "-o", `type=oci,tar=false,dest=${at("layout")}`);
    await build("-t", "two:second", "--squash", "-o", `type=oci,tar=false,dest=${at("layout")}`);
    for (const tag of ["first", "second"]) {
      await umoci()("unpack", "--rootless", "--image", `${at("layout")}:${tag}`, at(`unpacked-${tag}`));
      expect(await Bun.file(at(`unpacked-${tag}/rootfs/b`)).text()).toBe("hello\n");
    }
  });
});

describe.each([
  ["docker-registry", startDockerRegistry],
  ["distribution-registry", startDistribution],
] as const)("pushed to %s", (program, start) => {
  describe.skipIf(missing(program))("a registry without referrers of its own", () => {
    let registry: RegistryDaemon;
    let name: string;
    let digest: string;
    beforeAll(async () => {
      registry = await start();
      name = `${registry.address}/team/app:1`;
      digest = await build(both, "--provenance", "--push", "-t", name);
    });
    afterAll(() => registry?.[Symbol.asyncDispose]());

    test.skipIf(missing("crane"))("crane takes each platform", async () => {
      expect((await runOk([peer("crane"), "digest", "--insecure", name])).trim()).toBe(digest);
      for (const architecture of ["amd64", "arm64"]) {
        const config = await runOk([
          peer("crane"),
          "config",
          "--insecure",
          "--platform",
          `linux/${architecture}`,
          name,
        ]);
        expect(JSON.parse(config).architecture).toBe(architecture);
      }
      await runOk([peer("crane"), "validate", "--insecure", "--remote", name]);
    });

    test.skipIf(missing("regctl"))("regctl finds the provenance of each platform", async () => {
      const env = { HOME: at("home"), REGCTL_CONFIG: at("regctl.json") };
      const regctl = (...args: string[]) =>
        runOk([peer("regctl"), "--host", `reg=${registry.address},tls=disabled`, ...args], { env });
      const index = JSON.parse(await regctl("manifest", "get", "--format", "{{jsonPretty .}}", name));
      expect(index.manifests).toHaveLength(2);
      for (const { digest: platform } of index.manifests) {
        const repository = name.replace(/:1$/, "");
        const listed = JSON.parse(
          await regctl("artifact", "list", "--format", "{{jsonPretty .}}", `${repository}@${platform}`),
        );
        const descriptors = listed.manifests ?? listed.descriptors;
        expect(descriptors.map((one: { artifactType: string }) => one.artifactType)).toEqual([
          "application/vnd.docker.attestation.manifest.v1+json",
        ]);
        const statement = JSON.parse(
          await regctl("artifact", "get", `${repository}@${descriptors[0].digest}`),
        );
        expect(statement.subject[0].digest.sha256).toBe(platform.slice("sha256:".length));
      }
    });

    test.skipIf(missing("oras"))("oras discovers it", async () => {
      const repository = name.replace(/:1$/, "");
      const index = JSON.parse(await runOk([peer("oras"), "manifest", "fetch", "--plain-http", name]));
      const found = await runOk([
        peer("oras"),
        "discover",
        "--plain-http",
        "--format",
        "json",
        `${repository}@${index.manifests[0].digest}`,
      ]);
      expect(found).toContain("application/vnd.docker.attestation.manifest.v1+json");
    });

    test.skipIf(missing("skopeo"))("skopeo copies all of it", async () => {
      await skopeo()(
        "copy",
        "--all",
        "--src-tls-verify=false",
        `docker://${name}`,
        `dir:${at(`copied-${program}`)}`,
      );
    });

    test.skipIf(missing("buildx-imagetools"))("buildx shows the index", async () => {
      const shown = await runOk([peer("buildx-imagetools"), "inspect", name]);
      expect(shown).toContain(digest);
      for (const platform of ["linux/amd64", "linux/arm64"]) expect(shown).toContain(platform);
    });
  });
});
