import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { copyImage, layoutSink } from "../../image/mod.ts";
import type { BuildOptions, NamedContext } from "../options.ts";
import { buildFixture, type ContextFiles, layerLines, writeFiles } from "../testing/build-fixture.ts";
import { gitServer, hasGit } from "../testing/git-server.ts";

async function fixtureWith(files: ContextFiles) {
  const fixture = await buildFixture({ own: "own" });
  const other = join(fixture.directory, "other");
  mkdirSync(other);
  writeFiles(other, files);
  const named = (name: string, context: NamedContext = { kind: "directory", path: other }) => ({
    contexts: new Map([[name, context]]),
  });
  const last = async (dockerfile: string, options: Partial<BuildOptions>) =>
    (await layerLines(fixture.store, await fixture.build(dockerfile, options))).at(-1);
  return { ...fixture, other, named, last, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
}

const files = { a: "a", "d/b": "b", hidden: "h", ".dockerignore": "hidden\n.dockerignore" };

test.each([
  ["other", "other"],
  ["Other", "oTHER"],
  ["example.com/image:v1", "example.com/image:v1"],
  ["alpine", "docker.io/library/alpine:latest"],
])("COPY --from=%s reads the context of the name %s", async (from, name) => {
  await using fixture = await fixtureWith(files);
  expect(await fixture.last(`FROM scratch\nCOPY --from=${from} / /x/`, fixture.named(name))).toEqual([
    "d 755 0:0 x",
    'f 644 0:0 x/a "a"',
    "d 755 0:0 x/d",
    'f 644 0:0 x/d/b "b"',
  ]);
});

test("a context stands for a stage of its name, which is not built", async () => {
  await using fixture = await fixtureWith(files);
  const dockerfile = `FROM example.com/nowhere AS deps\nRUN false\nFROM scratch\nCOPY --from=deps a /\nFROM deps AS last\nCOPY own /`;
  expect(await fixture.last(dockerfile, { ...fixture.named("deps"), target: "1" })).toEqual([
    'f 644 0:0 a "a"',
  ]);
  const image = await fixture.build(dockerfile, fixture.named("deps"));
  expect(await layerLines(fixture.store, image)).toEqual([
    ['f 644 0:0 a "a"', "d 755 0:0 d", 'f 644 0:0 d/b "b"'],
    ['f 644 0:0 own "own"'],
  ]);
});

test("FROM a directory has its files and nothing else", async () => {
  await using fixture = await fixtureWith(files);
  const image = await fixture.build("FROM files\nENV A=1", fixture.named("files"));
  expect((await layerLines(fixture.store, image)).length).toBe(1);
  expect(image.config.config?.Env).toContain("A=1");
  // The same files, the same layer.
  expect((await fixture.build("FROM files\nENV A=1", fixture.named("files"))).id).toBe(image.id);
});

test("an image's name can stand for another image, and a stage's for another stage", async () => {
  await using fixture = await fixtureWith({});
  await fixture.build("FROM scratch\nLABEL made=here\nCOPY own /from-base", {
    tags: ["docker.io/library/base:latest"],
  });
  const reference = { host: "docker.io", repository: "library/base", tag: "latest" };
  const image = await fixture.build(
    "FROM debian:12\nCOPY own /",
    fixture.named("debian:12", { kind: "image", reference }),
  );
  expect(image.config.config?.Labels).toEqual({ made: "here" });
  expect(image.manifest.layers).toHaveLength(2);
  const dockerfile = "FROM scratch AS one\nCOPY own /one\nFROM scratch\nCOPY --from=two /one /";
  expect(await fixture.last(dockerfile, fixture.named("two", { kind: "stage", name: "one" }))).toEqual([
    'f 644 0:0 one "own"',
  ]);
  expect(
    fixture.build("FROM two\nFROM scratch AS one", fixture.named("two", { kind: "stage", name: "one" })),
  ).rejects.toThrow("must come before");
});

test("an OCI layout is an image, found by its tag or digest", async () => {
  await using fixture = await fixtureWith({});
  const base = await fixture.build("FROM scratch\nLABEL made=here\nCOPY own /from-base");
  const path = join(fixture.directory, "layout");
  const source = fixture.store.source(base.raw.digest);
  await copyImage(source, layoutSink(path, { ref: "v1" }), { platforms: "all" });
  for (const ref of [undefined, "v1", `@${base.raw.digest}`]) {
    const image = await fixture.build(
      "FROM base\nCOPY --from=base /from-base /x",
      fixture.named("base", { kind: "layout", path, ...(ref && { ref }) }),
    );
    expect(image.config.config?.Labels).toEqual({ made: "here" });
    expect(image.manifest.layers[0]).toEqual(base.manifest.layers[0]!);
  }
  await expect(
    fixture.build("FROM base", fixture.named("base", { kind: "layout", path, ref: "v2" })),
  ).rejects.toThrow("v2");
});

test("an http context is the file that was downloaded", async () => {
  await using fixture = await fixtureWith({});
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("hello") });
  const context = { kind: "http", address: `http://127.0.0.1:${server.port}/x/data.txt?y` } as const;
  expect(
    await fixture.last("FROM scratch\nCOPY --from=web data.txt /", fixture.named("web", context)),
  ).toEqual(['f 600 0:0 data.txt "hello"']);
  await server.stop(true);
});

test.skipIf(!hasGit())(
  "a repository as a named context, and as the context itself",
  async () => {
    await using fixture = await fixtureWith({});
    await using server = gitServer();
    const { address } = server.repository("app.git", {
      Dockerfile: "FROM scratch\nCOPY . /s\n",
      ".dockerignore": "hidden\n.d*",
      hidden: "h",
      "sub/Dockerfile": "FROM scratch\nCOPY x /sub\n",
      "sub/x": "x",
    });
    const context = { kind: "git", address: `${address}#main:sub` } as const;
    expect(await fixture.last("FROM scratch\nCOPY --from=repo x /", fixture.named("repo", context))).toEqual([
      'f 644 0:0 x "x"',
    ]);
    const { build } = await import("../build.ts");
    const { store } = fixture;
    const lines = async (options: Partial<BuildOptions>) =>
      (await layerLines(store, await build({ store, context, ...options }))).at(-1);
    expect(await lines({})).toEqual(['f 644 0:0 sub "x"']);
    const whole = { kind: "git", address } as const;
    const expected = [
      "d 755 0:0 s",
      'f 644 0:0 s/Dockerfile "FROM scratch\\nCOPY . /s\\n"',
      "d 755 0:0 s/sub",
      'f 644 0:0 s/sub/Dockerfile "FROM scratch\\nCOPY x /sub\\n"',
      'f 644 0:0 s/sub/x "x"',
    ];
    expect(await lines({ context: whole })).toEqual(expected);
    expect(
      (await lines({ context: { ...whole, keepGitDir: true } }))!.some((line) =>
        line.includes("s/.git/HEAD"),
      ),
    ).toBe(true);
    const named = { context: whole, dockerfile: { kind: "path", path: "sub/Dockerfile" } } as const;
    await expect(lines(named)).rejects.toThrow("x was not found");
    const outside = { context: whole, dockerfile: { kind: "path", path: "../../etc/passwd" } } as const;
    await expect(lines(outside)).rejects.toThrow("there is no ../../etc/passwd in the build context");
  },
  60_000,
);

test("what is not there says which context it was", async () => {
  await using fixture = await fixtureWith({});
  const missing = fixture.named("other", { kind: "directory", path: join(fixture.directory, "none") });
  await expect(fixture.build("FROM scratch\nCOPY --from=other a /", missing)).rejects.toThrow(
    "the build context other is not there",
  );
  await expect(
    fixture.build("FROM scratch\nCOPY --from=other nothing /", fixture.named("other")),
  ).rejects.toThrow("nothing was not found in the build context other");
});
