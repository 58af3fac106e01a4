/** Where `kasane build` puts what it built, and what it refuses before it builds. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openArchive } from "../../src/image/mod.ts";
import { readTar } from "../../src/tar/mod.ts";
import { kasane, run } from "../outside.ts";
import { startServe } from "../serve-process.ts";

setDefaultTimeout(60_000);

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "kasane-outputs-"));
  mkdirSync(join(directory, "context"));
  writeFileSync(join(directory, "context/hello"), "hi\n");
  writeFileSync(
    join(directory, "context/Dockerfile"),
    "FROM scratch\nARG TARGETARCH\nCOPY hello /srv/$TARGETARCH\nCOPY hello /two\n",
  );
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const at = (name: string) => join(directory, name);
const build = (...flags: string[]) =>
  run([kasane, "--root", at("store"), "build", "-q", ...flags, "context"], { cwd: directory });
const both = "--platform=linux/amd64,linux/arm64";

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

test("several outputs of one build; without --load the store has none of it", async () => {
  const flags = ["-o", "out", "-o", "type=oci,dest=o.tar,name=one:1", "-o", "type=docker,dest=d.tar"];
  const { code, err } = await build(both, "-t", "named:2", ...flags, "-o", "type=oci,tar=false,dest=layout");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(filesBelow(at("out"))).toEqual([
    "linux_amd64/srv/amd64",
    "linux_amd64/two",
    "linux_arm64/srv/arm64",
    "linux_arm64/two",
  ]);
  const names = async (file: string) => {
    await using archive = await openArchive(at(file), { tempDir: directory });
    return archive.images.map((image) => image.names);
  };
  expect(await names("o.tar")).toEqual([["docker.io/library/one:1"]]);
  expect(await names("d.tar")).toEqual([["docker.io/library/named:2"]]);
  expect(JSON.parse(readFileSync(at("layout/index.json"), "utf8")).manifests).toHaveLength(1);
  const images = await run([kasane, "--root", at("store"), "images", "-q"]);
  expect(images.out).toBe("");
});

test("- is a tar of the files on standard output, and nothing else is on it", async () => {
  const child = Bun.spawn([kasane, "--root", at("store"), "build", "-q", "-o", "-", "context"], {
    cwd: directory,
    stdout: "pipe",
    stderr: "ignore",
  });
  const paths: string[] = [];
  for await (const { path } of readTar(child.stdout)) paths.push(path);
  expect(paths).toContain("two");
  expect(await child.exited).toBe(0);
});

test("mode=delete takes away what is not in the image, mode=copy does not", async () => {
  mkdirSync(at("mirror/old"), { recursive: true });
  writeFileSync(at("mirror/old/file"), "");
  expect((await build("-o", "mirror")).code).toBe(0);
  expect(existsSync(at("mirror/old/file"))).toBe(true);
  expect((await build("-o", "type=local,dest=mirror,mode=delete")).code).toBe(0);
  expect(filesBelow(at("mirror"))).toEqual(["srv/amd64", "two"].map((name) => name.replace("amd64", arch)));
  for (const target of [".", "..", "context", "/"]) {
    const { code, err } = await build("-o", `type=local,dest=${target},mode=delete`);
    expect({ code, err }).toMatchObject({
      code: 125,
      err: expect.stringContaining("mode=delete would empty"),
    });
  }
  expect(existsSync(at("context/hello"))).toBe(true);
});
const arch = process.arch === "x64" ? "amd64" : process.arch;

test("--iidfile and --metadata-file say what was built", async () => {
  const { out } = await build("-t", "one", "--iidfile", "id", "--metadata-file", "metadata.json");
  const metadata = JSON.parse(readFileSync(at("metadata.json"), "utf8"));
  expect(readFileSync(at("id"), "utf8")).toBe(out.trim());
  expect(metadata).toMatchObject({
    "containerimage.config.digest": out.trim(),
    "containerimage.digest": expect.stringMatching(/^sha256:/),
    "containerimage.descriptor": { platform: { os: "linux" } },
    "image.name": "docker.io/library/one:latest",
  });
  const several = await build(both, "--metadata-file", "metadata.json");
  const index = JSON.parse(readFileSync(at("metadata.json"), "utf8"));
  expect(index["containerimage.digest"]).toBe(several.out.trim());
  expect(index["containerimage.config.digest"]).toBeUndefined();
});

test("--format, --compression and --annotation decide how the image is written down", async () => {
  expect((await build("-t", "shaped", "--format=docker")).code).toBe(0);
  const { out } = await run([kasane, "--root", at("store"), "save", "shaped"], {});
  expect(out).toContain("application/vnd.docker.distribution.manifest.v2+json");
  await build("-t", "shaped", "--annotation", "a.b=c,d", "--compression=zstd", "--compression-level=7");
  const again = await run([kasane, "--root", at("store"), "save", "shaped"], {});
  expect(again.out).toContain("application/vnd.oci.image.layer.v1.tar+zstd");
  expect(again.out).toContain('"annotations":{"a.b":"c,d"}');
});

test.each([
  [["-o", "type=ocy"], 'unknown type "ocy"', "did you mean oci?"],
  [["-o", "type=oci,dst=x"], 'has no "dst"', "did you mean dest?"],
  [["-o", "type=oci,tar=maybe,dest=x"], "is true or false", "--help"],
  [["-o", "type=oci,tar=false"], "needs a directory", "--help"],
  [["-o", "type=local"], "needs a directory", "--help"],
  [["-o", "type=local,dest=x,mode=move"], 'unknown mode "move"', "--help"],
  [["-o", "type=image,compression=estargz"], 'unknown compression "estargz"', "--help"],
  [["-o", "type=image,compression-level=12"], "gzip has no compression level 12", "from 1 to 9"],
  [["--compression=zstd", "--compression-level=0"], "zstd has no compression level 0", "from 1 to 19"],
  [["--compression=none", "--compression-level=1"], "none has no compression level 1", "leave the level out"],
  [["-o", "-", "-o", "type=oci"], "two outputs cannot both go to standard output", "--help"],
  [["-o", "type=tar,dest="], "is empty", "--help"],
  [["-o", '"type=tar,dest=x'], "a quote is not closed", "--help"],
  [["-o", "type=tar,dest=nowhere/x.tar"], "no such directory", "make the directory first"],
  [["--metadata-file", "nowhere/m.json"], "no such directory", "make the directory first"],
  [["--push"], "a name is needed to push", "-t REGISTRY"],
  [["-t", "a@b"], "a@b", ""],
  [["--annotation", "x"], "KEY=VALUE is expected", "--help"],
  [["--annotation", "indx:x=y"], 'unknown annotation level "indx"', "did you mean index?"],
  [["--annotation", "index:x=y"], "is for an index", "several platforms"],
  [["--annotation", "index[linux/amd64]:x=y", both], "there is one index", "--help"],
  [["--annotation", "x=y", "--format=docker"], "Docker's media types have no place", "--format docker"],
  [["--squash", "--squash-all"], "cannot both be given", "--help"],
  [["--platform", "linux/amd64,,"], "is not a platform", "os/architecture"],
])("%j is refused before anything is built", async (flags, message, hint) => {
  const { code, err } = await build("--progress=plain", ...flags);
  expect(code).not.toBe(0);
  expect(err).toContain(message);
  expect(err).toContain(hint);
  expect(err).not.toContain("COPY");
});

test.each(["local", "oci,tar=false"])("a file is no directory for type=%s", async (type) => {
  const { code, err } = await build("-o", `type=${type},dest=context/hello`);
  expect(code).toBe(1);
  expect(err).toContain("context/hello is no directory that can be written");
  expect(err).toContain("name another directory");
  expect(readFileSync(at("context/hello"), "utf8")).toBe("hi\n");
});

test("--push puts every name into a registry, and the store has the image too", async () => {
  await using server = await startServe({
    args: ["--addr", "127.0.0.1:0"],
    env: { KASANE_ROOT: at("registry") },
  });
  const { address } = server;
  const named = [`${address}/team/app:1`, `${address}/team/app:2`];
  const { code, out, err } = await build(both, "--push", ...named.flatMap((name) => ["-t", name]));
  expect({ code, err }).toEqual({ code: 0, err: "" });
  for (const tag of ["1", "2"]) {
    const answer = await fetch(`http://${address}/v2/team/app/manifests/${tag}`, {
      headers: { accept: "application/vnd.oci.image.index.v1+json" },
    });
    expect(answer.headers.get("docker-content-digest")).toBe(out.trim());
  }
  const stored = await run([kasane, "--root", at("store"), "images", "--digests", `${address}/team/app`]);
  expect(stored.out).toContain(out.trim());
  const byDigest = `type=image,name=${address}/other,push-by-digest=true,push=true,store=false`;
  const unnamed = await build("-o", byDigest, "--metadata-file", "pushed.json");
  expect(unnamed.code).toBe(0);
  const digest = JSON.parse(readFileSync(at("pushed.json"), "utf8"))["containerimage.digest"];
  const tags = await fetch(`http://${address}/v2/other/tags/list`);
  expect(((await tags.json()) as { tags: unknown }).tags).toEqual([]);
  const manifest = await fetch(`http://${address}/v2/other/manifests/${digest}`, {
    headers: { accept: "*/*" },
  });
  expect(manifest.status).toBe(200);
});
