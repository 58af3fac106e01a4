/** Images for several platforms, put together here and in registries. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf } from "../../src/oci/mod.ts";
import { kasane, run, runOk } from "../outside.ts";
import { type ServeProcess, serveStore } from "../serve-process.ts";

let work: string;
let served: ServeProcess;
let host: string;
let count = 0;
let root: string;
const at = (name: string) => join(work, name);
const call = (...args: string[]) => run([kasane, "--root", root, ...args], { cwd: work });
const ok = (...args: string[]) => runOk([kasane, "--root", root, ...args], { cwd: work });
const inspect = async (...args: string[]) => JSON.parse(await ok("manifest", "inspect", ...args));
const platforms = (index: { manifests: { platform: Record<string, string> }[] }) =>
  index.manifests.map(({ platform }) => Object.values(platform).join("/"));
const digests = (index: { manifests: { digest: string }[] }) => index.manifests.map(({ digest }) => digest);
/** The digest of what a registry has under a name. */
const inRegistry = async (name: string) =>
  digestOf(await ok("buildx", "imagetools", "inspect", "--raw", name));

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "kasane-lists-"));
  served = await serveStore(at("served"));
  host = served.address;
  await mkdir(at("rootfs"));
  root = at("images");
  for (const architecture of ["amd64", "arm64", "riscv64"]) {
    await Bun.write(at("rootfs/arch"), architecture);
    const name = `${host}/app:${architecture}`;
    await ok("import", "--platform", `linux/${architecture}`, "rootfs", name);
    if (architecture !== "riscv64") await ok("push", "-q", name);
  }
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  rmSync(work, { recursive: true, force: true });
});
beforeEach(() => {
  // A store that has nothing.
  root = at(`store${++count}`);
});

describe("manifest", () => {
  test("create, inspect, push, rm: of images in a registry nothing is downloaded, and they stay what they are", async () => {
    expect(await ok("manifest", "create", `${host}/app:v1`, `${host}/app:amd64`, `${host}/app:arm64`)).toBe(
      `Created manifest list ${host}/app:v1\n`,
    );
    const list = await inspect(`${host}/app:v1`);
    expect(platforms(list)).toEqual(["amd64/linux", "arm64/linux"]);
    expect(digests(list)).toEqual([
      await inRegistry(`${host}/app:amd64`),
      await inRegistry(`${host}/app:arm64`),
    ]);
    // The list is the only blob.
    expect(await runOk(["find", join(root, "blobs"), "-type", "f", "-printf", "x"])).toBe("x");
    const pushed = (await ok("manifest", "push", "--purge", `${host}/app:v1`)).trim();
    expect(pushed).toBe(await inRegistry(`${host}/app:v1`));
    expect((await call("manifest", "exists", `${host}/app:v1`)).code).toBe(1);
    await ok("pull", "-q", "--platform", "linux/arm64", `${host}/app:v1`);
    expect(JSON.parse(await ok("inspect", `${host}/app:v1`))[0].Architecture).toBe("arm64");
  });

  test("push to another repository takes everything along, without storing it here", async () => {
    await ok("manifest", "create", "mine:v1", `${host}/app:amd64`, `${host}/app:arm64`);
    const [amd64, arm64] = digests(await inspect("mine:v1"));
    const out = await ok("manifest", "push", "mine:v1", `docker://${host}/other/app:v1`);
    expect(out.split("\n")).toEqual([
      `Pushed ref ${host}/other/app@${amd64} with digest: ${amd64}`,
      `Pushed ref ${host}/other/app@${arm64} with digest: ${arm64}`,
      await inRegistry(`${host}/other/app:v1`),
      "",
    ]);
    expect(await runOk(["find", join(root, "blobs"), "-type", "f", "-printf", "x"])).toBe("x");
    await ok("pull", "-q", "--platform", "all", `${host}/other/app:v1`);
  });

  test("images of this store need no registry, and may be lists themselves", async () => {
    root = at("images");
    await ok("tag", `${host}/app:riscv64`, "local:riscv64");
    await ok("manifest", "create", "local:one", "local:riscv64");
    await ok("manifest", "create", "local:two", "local:one", `${host}/app:amd64`);
    expect(platforms(await inspect("local:two"))).toEqual(["riscv64/linux", "amd64/linux"]);
    const id = (await ok("images", "-q", "local:riscv64")).trim();
    await ok("manifest", "create", "local:three", id);
    expect(digests(await inspect("local:three"))).toEqual(digests(await inspect("local:one")));
    await ok("manifest", "push", "-q", "local:two", `${host}/from-here:v1`);
    expect(await inRegistry(`${host}/from-here:v1`)).toBe(
      (await ok("manifest", "push", "-q", "local:two", `${host}/from-here:v1`)).trim() as never,
    );
    await ok("manifest", "rm", "local:one", "local:two", "local:three");
    expect((await ok("images", "-q", "local:riscv64")).trim()).toBe(id);
  });

  test("annotate, add and remove change one entry", async () => {
    await ok("manifest", "create", "list", `${host}/app:amd64`);
    await ok("manifest", "add", "--arch", "arm", "--variant", "v6", "list", `${host}/app:arm64`);
    await ok(
      ...["manifest", "annotate", "list", `${host}/app:arm64`, "--variant", "v7", "--os-version", "10.0"],
      ...["--os-features", "a,b", "--annotation", "com.example.x=y=z"],
    );
    const list = await inspect("list");
    expect(list.manifests[1]).toMatchObject({
      annotations: { "com.example.x": "y=z" },
      platform: {
        architecture: "arm",
        os: "linux",
        variant: "v7",
        "os.version": "10.0",
        "os.features": ["a", "b"],
      },
    });
    const [entry] = JSON.parse(await ok("manifest", "inspect", "-v", "list"));
    expect(entry.Ref).toBe(`${host}/app:amd64@${entry.Descriptor.digest}`);
    expect(digestOf(Buffer.from(entry.Raw, "base64"))).toBe(entry.Descriptor.digest);
    expect(entry.OCIManifest.layers).toHaveLength(1);
    const one = await ok("manifest", "inspect", "list", `${host}/app:amd64`);
    expect(JSON.parse(one)).toEqual(entry.OCIManifest);
    await ok("manifest", "remove", "list", list.manifests[1].digest);
    expect(digests(await inspect("list"))).toEqual([entry.Descriptor.digest]);
    // What became of the list in between has left nothing.
    expect((await ok("images", "-aq")).split("\n")).toHaveLength(2);
  });

  test("ten at once all get in", async () => {
    await ok("manifest", "create", "many");
    const names = ["amd64", "arm64"].flatMap((name) => Array<string>(5).fill(`${host}/app:${name}`));
    const archs = names.map((_, index) => `a${index}`);
    await Promise.all(
      names.map((name, index) =>
        ok("manifest", "add", "--annotation", `com.example.${archs[index]}=x`, "many", name),
      ),
    );
    const { manifests } = await inspect("many");
    const noted = manifests.flatMap(({ annotations }: { annotations: object }) => Object.keys(annotations));
    expect(noted.sort()).toEqual(archs.map((name) => `com.example.${name}`).sort());
  });

  test("inspect asks the registry for what was pulled from it, and is content with this store without", async () => {
    const other = await serveStore(at(`other${count}`));
    await ok(
      "buildx",
      "imagetools",
      "create",
      "-t",
      `${other.address}/m:1`,
      `${host}/app:amd64`,
      `${host}/app:arm64`,
    );
    await ok("pull", "-q", "--platform", "linux/amd64", `${other.address}/m:1`);
    expect(platforms(await inspect(`${other.address}/m:1`))).toEqual(["amd64/linux", "arm64/linux"]);
    await other[Symbol.asyncDispose]();
    expect(await inspect(`${other.address}/m:1`)).toMatchObject({ layers: [{}], config: {} });
  });

  test.each([
    [
      ["manifest", "create", "list", "HOST/app:amd64"],
      1,
      "the manifest list docker.io/library/list:latest exists already",
    ],
    [["manifest", "create", "image", "HOST/app:amd64"], 1, "that is the name of an image"],
    [["manifest", "create", "new", "HOST/app:nope"], 1, "no such manifest: HOST/app:nope"],
    [["manifest", "create", "new@sha256:00", "HOST/app:amd64"], 1, "is not a digest"],
    [["manifest", "create", "new", "localhost:1/a"], 1, "connection refused"],
    [["manifest", "create", "--annotation", "x", "new", "HOST/app:amd64"], 125, "is not KEY=VALUE"],
    [
      ["manifest", "annotate", "list", "HOST/app:arm64"],
      1,
      "does not exist in docker.io/library/list:latest",
    ],
    [
      ["manifest", "annotate", "nope", "HOST/app:arm64"],
      1,
      "no such manifest list: docker.io/library/nope:latest",
    ],
    [["manifest", "push", "nope"], 1, "no such manifest list"],
    [["manifest", "push", "list", "localhost:1/a"], 1, "connection refused"],
    [["manifest", "rm", "image"], 1, "no such manifest list: docker.io/library/image:latest"],
    [["manifest", "inspect", "HOST/nope"], 1, "no such manifest: HOST/nope:latest"],
    [["manifest", "inspect", "UPPER"], 1, "lower case"],
    [["manifest"], 1, "'kasane manifest' needs a command"],
    [["manifest", "insepct", "x"], 1, "did you mean 'kasane manifest inspect'?"],
  ])("kasane %p is one clear error", async (args, code, message) => {
    root = at("mistakes");
    await ok("import", "rootfs", "image");
    await ok("manifest", "create", "--amend", "list", `${host}/app:amd64`);
    const result = await call(...args.map((word) => word.replace("HOST", host)));
    expect(result.err).toContain(message.replace("HOST", host));
    expect(result.code).toBe(code);
    expect(digests(await inspect("list"))).toHaveLength(1);
  });
});

describe("buildx imagetools", () => {
  const create = (...args: string[]) => ok("buildx", "imagetools", "create", "--progress", "none", ...args);

  test("create makes, appends to, filters and copies", async () => {
    const name = `${host}/tools:1`;
    await create("-t", name, "-t", `${host}/tools:2`, "-t", `${host}/elsewhere:1`, `${host}/app:amd64`);
    expect(await inRegistry(`${host}/tools:2`)).toBe(await inRegistry(name));
    expect(await inRegistry(`${host}/elsewhere:1`)).toBe(await inRegistry(name));
    await create("-t", name, "--append", `${host}/app:arm64`);
    expect(platforms(await inspect(name))).toEqual(["amd64/linux", "arm64/linux"]);
    await create("-t", `${host}/copy:1`, name);
    expect(await inRegistry(`${host}/copy:1`)).toBe(await inRegistry(name));
    await create("-t", `${host}/copy:2`, "-p", "linux/arm64", name);
    expect(platforms(await inspect(`${host}/copy:2`))).toEqual(["arm64/linux"]);
    await create("-t", `${host}/copy:3`, "--prefer-index=false", `${host}/app:amd64`);
    expect(await inRegistry(`${host}/copy:3`)).toBe(await inRegistry(`${host}/app:amd64`));
    await ok("pull", "-q", "--platform", "linux/arm64", `${host}/copy:2`);
  });

  test("create takes digests, descriptors in files, annotations; and says what it made", async () => {
    const amd64 = await inRegistry(`${host}/app:amd64`);
    const arm64 = await inRegistry(`${host}/app:arm64`);
    await Bun.write(
      at("descriptor.json"),
      JSON.stringify({ digest: arm64, platform: { os: "linux", architecture: "arm64", variant: "v8" } }),
    );
    await create(
      ...["-t", `${host}/app:noted`, "-f", "descriptor.json", "--metadata-file", "made.json"],
      ...["--annotation", "index:a=b", "--annotation", "manifest-descriptor[linux/amd64]:c=d", amd64],
    );
    const made = await inspect(`${host}/app:noted`);
    expect(made).toMatchObject({
      annotations: { a: "b" },
      manifests: [
        { digest: arm64, platform: { variant: "v8" } },
        { digest: amd64, annotations: { c: "d" } },
      ],
    });
    const metadata = await Bun.file(at("made.json")).json();
    expect(metadata).toMatchObject({
      "containerimage.descriptor": { digest: await inRegistry(`${host}/app:noted`) },
      "image.name": `${host}/app`,
    });
  });

  test("inspect shows it as text, raw and by template", async () => {
    const name = `${host}/shown:1`;
    await create("-t", name, `${host}/app:amd64`, `${host}/app:arm64`);
    const [amd64, arm64] = digests(await inspect(name));
    expect(await ok("buildx", "imagetools", "inspect", name)).toBe(
      [
        `Name:      ${name}`,
        "MediaType: application/vnd.oci.image.index.v1+json",
        `Digest:    ${await inRegistry(name)}`,
        "           ",
        "Manifests: ",
        `  Name:      ${name}@${amd64}`,
        "  MediaType: application/vnd.oci.image.manifest.v1+json",
        "  Platform:  linux/amd64",
        "             ",
        `  Name:      ${name}@${arm64}`,
        "  MediaType: application/vnd.oci.image.manifest.v1+json",
        "  Platform:  linux/arm64",
        "",
      ].join("\n"),
    );
    const details = JSON.parse(await ok("buildx", "imagetools", "inspect", "--format", "json", name));
    expect(details.image["linux/arm64"].architecture).toBe("arm64");
    expect(details.manifest.manifests).toHaveLength(2);
  });

  test.each([
    [["create", "HOST/app:amd64"], 125, "there is nowhere to push to"],
    [["create", "-t", "HOST/x:1"], 125, "no sources are given"],
    [["create", "--dry-run", "HOST/app:nope"], 1, "no such manifest"],
    [
      ["create", "--dry-run", "-p", "linux/s390x", "HOST/app:amd64", "HOST/app:arm64"],
      1,
      "nothing for the platform linux/s390x",
    ],
    [["create", "--dry-run", "--annotation", "manifest:a=b", "HOST/app:amd64"], 125, "cannot be set here"],
    [["create", "--dry-run", "--progress", "loud", "HOST/app:amd64"], 125, 'unknown progress "loud"'],
    [["create", "--dry-run", "-f", "no-such.json"], 1, "cannot read no-such.json"],
    [["create", "--dry-run", '{"schemaVersion": 2}'], 1, "is a manifest or index"],
    [["create", "-t", "HOST/x@sha256:00", "HOST/app:amd64"], 1, "is not a digest"],
    [["inspect", "HOST/app:nope"], 1, "no such manifest: HOST/app:nope"],
    [["inspect", "--raw", "--format", "json", "HOST/app:amd64"], 125, "cannot be used together"],
  ])("kasane buildx imagetools %p is one clear error", async (args, code, message) => {
    const result = await call("buildx", "imagetools", ...args.map((word) => word.replace("HOST", host)));
    expect(result.err).toContain(message.replace("HOST", host));
    expect(result.code).toBe(code);
  });
});
