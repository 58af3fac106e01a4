/** Lists of images as docker, buildx, crane, regctl, skopeo and podman make and read them, beside Kasane's. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createRegistryClient } from "../../../src/distribution/mod.ts";
import { copyImage, registrySource } from "../../../src/image/mod.ts";
import { addTestImage, MemoryImage } from "../../../src/image/testing/memory-image.ts";
import { digestOf, parsePlatform, parseReference } from "../../../src/oci/mod.ts";
import { kasane, missing, runOk } from "../../outside.ts";
import { peer, podman, removePodmanStorage, type Scratch, scratch, skopeo } from "../peers.ts";
import { type KasaneServer, pushImage, startKasane } from "./kasane-server.ts";

let directory: Scratch;
let served: KasaneServer;
let host: string;
let names: { oci: string[]; docker: string[] };
const own = (...args: string[]) => runOk([kasane, "--root", join(directory.path, "store"), ...args]);
const raw = (name: string) => own("buildx", "imagetools", "inspect", "--raw", name);

beforeAll(async () => {
  directory = await scratch("lists");
  served = await startKasane();
  host = served.host;
  names = { oci: [], docker: [] };
  for (const family of ["oci", "docker"] as const) {
    for (const text of ["linux/amd64", "linux/arm/v7", "linux/arm64/v8"]) {
      const name = `${host}/${family}/app:${text.replaceAll("/", "-")}`;
      const image = new MemoryImage();
      await addTestImage(image, { family, platform: parsePlatform(text), layers: [{ a: text }] });
      await pushImage(name, image);
      names[family].push(name);
    }
  }
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

/** Everything a list names is there, whole. */
async function checkWhole(name: string): Promise<string[]> {
  const reference = parseReference(name);
  const client = createRegistryClient({ host: reference.host });
  const image = new MemoryImage();
  await copyImage(registrySource({ client, reference }), image, { platforms: "all" });
  return [...image.manifests.keys()].sort();
}

describe.each(["oci", "docker"] as const)("%s images", (family) => {
  test.skipIf(missing("buildx-imagetools"))("buildx makes and prints the same bytes", async () => {
    const buildx = (...args: string[]) => runOk([peer("buildx-imagetools"), ...args]);
    const make = (...args: string[]) => own("buildx", "imagetools", "create", "--dry-run", ...args);
    expect(await make(...names[family])).toBe(await buildx("create", ...names[family]));
    expect(await make(names[family][0]!)).toBe(await buildx("create", names[family][0]!));
    if (family === "oci") {
      expect(await make("--annotation", "index:com.example=<a & b>", ...names[family])).toBe(
        await buildx("create", ...names[family], "com.example=<a & b>"),
      );
    }
    const name = `${host}/${family}/list:1`;
    await own("buildx", "imagetools", "create", "-t", name, ...names[family]);
    for (const shown of [name, names[family][0]!]) {
      expect(await own("buildx", "imagetools", "inspect", shown)).toBe(await buildx("inspect", shown));
      expect(await raw(shown)).toBe(await buildx("inspect", "--raw", shown));
      expect(await own("buildx", "imagetools", "inspect", "--format", "{{.Manifest}}", shown)).toBe(
        await buildx("inspect", shown, "{{.Manifest}}"),
      );
    }
    for (const [shown, template] of [
      [name, "{{.Name}} {{.Manifest.MediaType}} {{.Manifest.Digest}} {{.Manifest.Size}}"],
      [
        name,
        "{{range .Manifest.Manifests}}{{.Digest}} {{.Platform.OS}}/{{.Platform.Architecture}}{{.Platform.Variant}};{{end}}",
      ],
      [name, '{{(index .Image "linux/amd64").Architecture}} {{len .Image}}'],
      [name, "{{range $key, $value := .Image}}{{$key}} {{$value.OS}} {{len $value.RootFS.DiffIDs}};{{end}}"],
      [
        names[family][0]!,
        "{{.Name}} {{.Manifest.Digest}} {{.Image.OS}} {{.Image.Config.Cmd}} {{.Image.RootFS.DiffIDs}}",
      ],
    ] as const) {
      expect(await own("buildx", "imagetools", "inspect", "--format", template, shown)).toBe(
        `${await buildx("inspect", shown, template)}\n`,
      );
    }
    const json = async (text: Promise<string>) => JSON.parse(await text);
    expect((await json(own("buildx", "imagetools", "inspect", "--format", "json", name))).manifest).toEqual(
      await json(buildx("inspect", name, "{{json .Manifest}}")),
    );
  });

  test.skipIf(missing("crane"))("crane finds a list whole, and takes from and adds to it", async () => {
    const crane = (...args: string[]) => runOk([peer("crane"), ...args, "--insecure"]);
    const name = `${host}/${family}/crane:1`;
    await own("manifest", "create", "--amend", name, ...names[family].slice(0, 2));
    await own("manifest", "push", name);
    await crane("validate", "--remote", name);
    expect(`${await crane("digest", name)}`.trim()).toBe(digestOf(await raw(name)));
    await crane("index", "append", "-t", `${host}/${family}/crane:2`, name, "-m", names[family][2]!);
    await own("buildx", "imagetools", "create", "-t", `${host}/${family}/crane:3`, ...names[family]);
    expect((await checkWhole(`${host}/${family}/crane:2`)).slice(0, 0)).toEqual([]);
    const children = async (tag: string) =>
      JSON.parse(await raw(`${host}/${family}/crane:${tag}`)).manifests.map(
        ({ digest }: { digest: string }) => digest,
      );
    expect(await children("2")).toEqual(await children("3"));
  });

  test.skipIf(missing("regctl"))("regctl makes a list of the same images", async () => {
    const name = `${host}/${family}/regctl:1`;
    const refs = names[family].flatMap((ref) => ["--ref", ref]);
    const config = { REGCTL_CONFIG: join(directory.path, "regctl.json") };
    const regctl = (...args: string[]) =>
      runOk([peer("regctl"), "--host", `reg=${host},tls=disabled`, ...args], { env: config });
    await regctl("index", "create", name, ...refs);
    await own("buildx", "imagetools", "create", "-t", `${host}/${family}/regctl:2`, ...names[family]);
    const theirs = JSON.parse(await raw(name)).manifests;
    const mine = JSON.parse(await raw(`${host}/${family}/regctl:2`)).manifests;
    const digests = (list: { digest: string }[]) => list.map(({ digest }) => digest);
    expect(digests(mine)).toEqual(digests(theirs));
    const shown = await regctl("manifest", "get", "--format", "raw-body", `${host}/${family}/regctl:2`);
    expect(shown).toBe(await raw(`${host}/${family}/regctl:2`));
  });

  test.skipIf(missing("skopeo"))("skopeo copies a list with everything, byte for byte", async () => {
    const [from, to] = [`${host}/${family}/skopeo:1`, `${host}/${family}/skopeo-copy:1`];
    await own("buildx", "imagetools", "create", "-t", from, ...names[family]);
    expect(await skopeo()("inspect", "--raw", "--tls-verify=false", `docker://${from}`)).toBe(
      await raw(from),
    );
    const flags = ["--all", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false"];
    await skopeo()("copy", ...flags, `docker://${from}`, `docker://${to}`);
    expect(await checkWhole(to)).toEqual(await checkWhole(from));
  });
});

test.skipIf(missing("docker"))(
  "docker manifest inspect and push say the same of the same images",
  async () => {
    const config = join(directory.path, "docker");
    const docker = (...args: string[]) =>
      runOk([peer("docker"), "--config", config, "manifest", ...args], {
        env: { DOCKER_CLI_EXPERIMENTAL: "enabled" },
      });
    const [amd64, arm] = names.docker as [string, string];
    // One image: to the byte.
    expect(await own("manifest", "inspect", "--insecure", amd64)).toBe(
      await docker("inspect", "--insecure", amd64),
    );
    // Older dockers do not show the bytes.
    const json = async (text: Promise<string>) =>
      JSON.parse(await text, (key, value) => (key === "Raw" ? undefined : value));
    expect(await json(own("manifest", "inspect", "-v", amd64))).toEqual(
      await json(docker("inspect", "--insecure", "-v", amd64)),
    );
    // A list in a registry.
    const list = `${host}/docker/both:1`;
    await own("buildx", "imagetools", "create", "-t", list, ...names.docker);
    for (const flags of [[], ["-v"]]) {
      expect(await json(own("manifest", "inspect", ...flags, list))).toEqual(
        await json(docker("inspect", "--insecure", ...flags, list)),
      );
    }
    // A list under construction, in two repositories.
    const target = `${host}/docker/elsewhere:1`;
    expect(await own("manifest", "create", target, amd64, arm)).toBe(
      await docker("create", "--insecure", target, amd64, arm),
    );
    for (const call of [own.bind(null, "manifest"), docker]) {
      await call("annotate", target, arm, "--variant", "v6", "--os-features", "x", "--os-version", "1.0");
    }
    const mine = await json(own("manifest", "inspect", target));
    expect(mine).toEqual(await json(docker("inspect", target)));
    const pushed = (await own("manifest", "push", target)).trim().split("\n");
    const pushedByDocker = (await docker("push", "--insecure", target)).trim().split("\n");
    // Docker writes images anew, and says itself that they have other digests then: docker/cli#3350.
    const refs = (lines: string[]) => lines.slice(0, -1).map((line) => line.replace(/ with digest: .*/, ""));
    expect(refs(pushed).sort()).toEqual(refs(pushedByDocker).sort());
    for (const line of pushed.slice(0, -1)) expect(line).toMatch(/@(sha256:\w+) with digest: \1$/);
    expect(await json(raw(target))).toMatchObject({ manifests: [{}, {}] });
    await own("manifest", "rm", target);
    await docker("rm", target);
  },
);

test.skipIf(missing("podman") || process.getuid?.() !== 0)(
  "podman reads Kasane's lists, and Kasane podman's",
  async () => {
    const storage = join(directory.path, "podman");
    const engine = await podman(storage);
    try {
      const registries = join(storage, "registries.conf");
      const before = await Bun.file(registries).text();
      await Bun.write(registries, `${before}[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
      const mine = `${host}/oci/for-podman:1`;
      await own("manifest", "create", mine, ...names.oci);
      await own("manifest", "push", mine);
      await engine("pull", "-q", "--tls-verify=false", "--platform", "linux/amd64", mine);
      const shown = JSON.parse(await engine("manifest", "inspect", mine));
      const digests = (list: { manifests: { digest: string }[] }) =>
        list.manifests.map(({ digest }) => digest);
      expect(digests(shown)).toEqual(digests(JSON.parse(await raw(mine))));
      const theirs = `${host}/oci/of-podman:1`;
      await engine("manifest", "create", "--all", "list", ...names.oci.map((name) => `docker://${name}`));
      await engine("manifest", "push", "--tls-verify=false", "--all", "list", `docker://${theirs}`);
      expect(digests(JSON.parse(await own("manifest", "inspect", theirs)))).toEqual(
        digests(JSON.parse(await raw(mine))),
      );
      await own("manifest", "create", "again:1", theirs);
      expect(digests(JSON.parse(await own("manifest", "inspect", "again:1")))).toEqual(
        digests(JSON.parse(await raw(mine))),
      );
    } finally {
      await removePodmanStorage(storage);
    }
  },
);
