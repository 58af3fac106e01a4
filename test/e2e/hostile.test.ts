/** Archives, images and Dockerfiles that want out of their box, onto the terminal, or to be taken for something else: against the whole program. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestEntry } from "../../src/layer/testing/layer-tar.ts";
import { layerTar } from "../../src/layer/testing/layer-tar.ts";
import { kasane, missing, run } from "../outside.ts";
import { HostileImage } from "./hostile-image.ts";

const work = mkdtempSync(join(tmpdir(), "kasane-hostile-"));
const outside = join(work, "outside");
const call = (...args: string[]) => run([kasane, "--root", join(work, "store"), ...args], { cwd: work });
const busybox = Bun.which("busybox");
const inside = ["-v", `${busybox}:/busybox:ro`];

beforeAll(() => {
  mkdirSync(outside);
  writeFileSync(join(outside, "keep"), "kept\n");
});
// Unpacked files may belong to other users than the one who tests.
afterAll(() => run([kasane, "unshare", "rm", "-rf", work]));

/** Loads an image of these layers; its name is `name`. */
async function load(name: string, image: HostileImage, root: ReturnType<HostileImage["image"]>) {
  const path = join(work, `${name}.tar`);
  await Bun.write(path, await image.archive(`${name}:latest`, root));
  const loaded = await call("load", "-i", path);
  rmSync(path);
  return loaded;
}

async function loadLayers(name: string, layers: readonly (readonly (TestEntry | string)[])[]) {
  const image = new HostileImage();
  const descriptors = await Promise.all(layers.map((entries) => image.layer(entries)));
  return load(name, image, image.image(descriptors));
}

async function buildFrom(dockerfile: string) {
  const context = mkdtempSync(join(work, "context-"));
  writeFileSync(join(context, "Dockerfile"), dockerfile);
  return call("build", "--progress", "plain", context);
}

/** Whatever became of an image, these ways lead it out of its layers. */
async function useEverywhere(name: string): Promise<void> {
  if (busybox)
    await call("run", "--rm", ...inside, name, "/busybox", "sh", "-c", "echo x >/esc/run; echo x >>/s");
  await call("export", "-o", join(work, "export.tar"), name);
  await buildFrom(`FROM scratch\nCOPY --from=${name} / /\n`);
}

const file = (path: string): TestEntry => ({ path, content: "pwned" });
const link = (path: string, to: string): TestEntry => ({ path, to });
const hard = (path: string, to: string): TestEntry => ({ path, to, type: "hardlink" });

describe("a layer that wants out", () => {
  const up = `../../../../../../../../../../..${outside}`;
  const attacks: [string, (TestEntry | string)[][]][] = [
    ["by a path that goes up", [[file(`../../..${outside}/new`)]]],
    ["by an absolute path", [[file(`${outside}/new`)]]],
    ["through a symlink of its own", [[link("esc", outside), file("esc/new")]]],
    ["through a symlink of the layer below", [[link("esc", outside)], [file("esc/new")]]],
    ["through a relative symlink", [["a/", link("a/esc", up)], [file("a/esc/new")]]],
    ["with a directory in place of the symlink", [[link("esc", outside)], ["esc/", file("esc/new")]]],
    ["by a whiteout through a symlink", [[link("esc", outside)], ["esc/.wh.keep"]]],
    ["by an opaque whiteout through a symlink", [[link("esc", outside)], ["esc/.wh..wh..opq"]]],
    ["by a whiteout of the directory above", [["a/"], ["a/.wh..."]]],
    ["by a hard link", [[hard("h", `${up}/keep`)], [file("h")]]],
    ["by a hard link to a symlink", [[link("s", `${outside}/keep`), hard("h", "s")], [file("h")]]],
    ["by a hard link through a symlink", [[link("esc", outside)], [hard("h", "esc/keep"), file("h")]]],
    ["by a symlink as its root", [[link(".", outside)], [file("new")]]],
    [
      "by symlinks where files of the system go",
      [["etc/", link("etc/resolv.conf", `${outside}/keep`), link("etc/hosts", `${outside}/new`)]],
    ],
    [
      "by symlinks where mounts go",
      [["dev/", link("dev/shm", outside), link("dev/null", `${outside}/keep`)]],
    ],
  ];
  test.each(attacks)("%s stays inside", async (_, layers) => {
    const loaded = await loadLayers("escape", layers);
    if (loaded.code === 0) await useEverywhere("escape");
    expect(readdirSync(outside)).toEqual(["keep"]);
    expect(readFileSync(join(outside, "keep"), "utf8")).toBe("kept\n");
    await call("rmi", "-f", "escape");
  });
});

/** Everything a terminal would obey, but line ends, tabs and colours. */
const obeyed = /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\x1b(?!\[[0-9;:]*m)/;

describe("nothing from outside reaches the terminal raw", () => {
  const evil = "\x1b]0;pwned\x07\x1b[2J\x9b2J\r\u202e";
  beforeAll(async () => {
    const image = new HostileImage();
    const layer = await image.layer([file(`name${evil}\nkasane: all is well`)]);
    const root = image.image([layer], {
      config: {
        author: evil,
        config: { Cmd: [`sh${evil}`], Labels: { [`key${evil}`]: evil }, Env: [`A=${evil}`], User: evil },
        history: [{ created_by: `RUN ${evil}`, comment: `one\n${evil}` }],
      },
      manifest: { annotations: { a: evil } },
    });
    expect((await load("evil", image, root)).code).toBe(0);
  });

  test.each([
    [["images"]],
    [["history", "evil"]],
    [["history", "--no-trunc", "evil"]],
    [["history", "--format", "json", "evil"]],
    [["inspect", "evil"]],
    [["run", "--rm", "evil"]],
    [["run", "--rm", "-u", "0", "evil"]],
    [["ps", "-a"]],
    [["pull", `x${evil}`]],
    [[evil]],
  ])("%j", async (args) => {
    const { out, err } = await call(...args);
    expect(out + err).not.toMatch(obeyed);
    expect(out + err).not.toBe("");
  });

  test("of inspect is still the same JSON", async () => {
    const [image] = JSON.parse((await call("inspect", "evil")).out);
    expect(Object.entries(image.Config.Labels)).toEqual([[`key${evil}`, evil]]);
  });

  test("of history keeps to its own row", async () => {
    expect((await call("history", "evil")).out.trimEnd().split("\n")).toHaveLength(2);
  });

  test("of a Dockerfile and of what its commands print", async () => {
    const printf = String.raw`printf '\033]0;pwned\007\033[2J\033[31mred\033[0m\rX\n'`;
    for (const dockerfile of [
      `FROM evil\n${evil.replaceAll("\r", "")} x\n`,
      `FROM scratch\nLABEL a="${evil}"\nCOPY nothing${evil.replaceAll("\r", "")} /\n`,
      `FROM evil\nUSER 0\nRUN --mount=type=bind,source=busybox,target=/busybox ["/busybox", "sh", "-c", ${JSON.stringify(`${printf}; exit 3`)}]\n`,
    ]) {
      const context = mkdtempSync(join(work, "context-"));
      writeFileSync(join(context, "Dockerfile"), dockerfile);
      if (busybox) writeFileSync(join(context, "busybox"), readFileSync(busybox), { mode: 0o755 });
      const { out, err, code } = await call("build", "--progress", "plain", context);
      expect(code).not.toBe(0);
      expect(out + err).not.toMatch(obeyed);
      if (busybox && dockerfile.includes("033")) expect({ code, err }).toMatchObject({ code: 3 });
    }
  });
});

describe("taken for what it is", () => {
  test("an index that multiplies itself is one image", async () => {
    const image = new HostileImage();
    let root = image.index([image.image([await image.layer(["a/"])])]);
    for (let level = 0; level < 6; level++) root = image.index(Array.from({ length: 20 }, () => root));
    expect((await load("fan", image, root)).code).toBe(0);
    for (const args of [["images"], ["inspect", "fan"], ["history", "fan"], ["rmi", "fan"]]) {
      expect(await call(...args)).toMatchObject({ code: 0, err: "" });
    }
  });

  test("an artifact is no image", async () => {
    const image = new HostileImage();
    const config = image.add("{}", "application/vnd.example.chart");
    const root = image.image([await image.layer(["a/"])], { manifest: { config } });
    expect((await load("chart", image, root)).code).toBe(0);
    const { code, err } = await buildFrom("FROM chart\nWORKDIR /x\n");
    expect(code).toBe(1);
    expect(err).toContain("no container image but an artifact of type application/vnd.example.chart");
  });

  test.each([
    [
      "other layers than its config says",
      (other: string) => ({ rootfs: { type: "layers", diff_ids: [other] } }),
    ],
    ["more layers than its config says", () => ({ rootfs: { type: "layers", diff_ids: [] } })],
    ["a config of the wrong type", () => ({ config: { Env: "A=B" } })],
  ])("an image with %s is never seen", async (_, config) => {
    const image = new HostileImage();
    const other = await image.layer(["b/"]);
    const root = image.image([await image.layer(["a/"])], { config: config(other.digest) });
    expect((await load("liar", image, root)).code).toBe(1);
    expect((await call("images", "-q", "liar")).out).toBe("");
  });

  test("a gzip in a gzip is no file system", async () => {
    const twice = Bun.gzipSync(Bun.gzipSync(new Uint8Array(await layerTar(["a/"]))));
    await Bun.write(join(work, "twice.tar.gz"), twice);
    expect(await call("import", "twice.tar.gz", "twice")).toMatchObject({ code: 1, out: "" });
    expect((await call("images", "-q", "twice")).out).toBe("");
  });

  test("an archive without images is an error", async () => {
    await Bun.write(join(work, "none.tar"), await layerTar([{ path: "manifest.json", content: "[]" }]));
    expect(await call("load", "-i", "none.tar")).toMatchObject({
      code: 1,
      err: "kasane: the archive has no images\nhint: save it again, with the images' names\n",
    });
  });
});

test.skipIf(missing("busybox"))(
  "a container has no open files of its caller, and none of its environment",
  async () => {
    const image = new HostileImage();
    await load("plain", image, image.image([await image.layer(["a/"])]));
    const secret = join(outside, "keep");
    const script = `exec 7<"${secret}"; SECRET=x exec "$0" --root "${join(work, "store")}" run --rm ${inside.join(" ")} plain /busybox sh -c '/busybox ls /proc/self/fd; /busybox env'`;
    const { out, code } = await run(["sh", "-c", script, kasane]);
    expect(code).toBe(0);
    expect(out.split("\n")).not.toContain("7");
    expect(out).not.toContain("SECRET");
  },
);
