import { expect, test } from "bun:test";
import { join } from "node:path";
import { collect } from "../../lib/mod.ts";
import { writeTar } from "../../tar/mod.ts";
import { build } from "../build.ts";
import type { BuildOptions } from "../options.ts";
import { buildFixture, type ContextFiles, layerLines } from "../testing/build-fixture.ts";

async function lines(files: ContextFiles, options: Partial<BuildOptions> = {}): Promise<string[]> {
  await using fixture = await buildFixture(files);
  const result = await build({
    store: fixture.store,
    context: { kind: "directory", path: fixture.context },
    ...options,
    ...(options.dockerfile?.kind === "path"
      ? { dockerfile: { kind: "path", path: join(fixture.context, options.dockerfile.path) } }
      : {}),
  });
  return (await layerLines(fixture.store, result)).flat();
}

const copyAll = "FROM scratch\nCOPY . /\n";

test("the Dockerfile is Dockerfile, else Containerfile, else what was named", async () => {
  expect(await lines({ Dockerfile: "FROM scratch\nCOPY a /", Containerfile: "x", a: "1" })).toEqual([
    'f 644 0:0 a "1"',
  ]);
  expect(await lines({ Containerfile: "FROM scratch\nCOPY a /", a: "1" })).toEqual(['f 644 0:0 a "1"']);
  const named = { kind: "path", path: "sub/web.Dockerfile" } as const;
  expect(
    await lines({ "sub/web.Dockerfile": "FROM scratch\nCOPY a /", a: "1" }, { dockerfile: named }),
  ).toEqual(['f 644 0:0 a "1"']);
  expect(lines({ a: "1" })).rejects.toMatchObject({
    code: "not-found",
    hint: "name another file with --file",
  });
});

test("an ignore file beside the Dockerfile wins over .dockerignore", async () => {
  const files = {
    Dockerfile: copyAll,
    ".dockerignore": "a",
    "Dockerfile.dockerignore": "b\n*ockerfile*\n.d*",
    a: "1",
    b: "2",
  };
  expect(await lines(files)).toEqual(['f 644 0:0 a "1"']);
});

test("messages name the file as it stands in the context", async () => {
  const dockerfile = { kind: "path", path: "sub/Dockerfile" } as const;
  expect(lines({ "sub/Dockerfile": "FROM scratch\nCOPY x /" }, { dockerfile })).rejects.toThrow(
    "sub/Dockerfile:2: x was not found",
  );
  expect(lines({ Dockerfile: copyAll, ".dockerignore": "[" })).rejects.toThrow(".dockerignore:1");
});

async function tarContext(files: Readonly<Record<string, string>>): Promise<BuildOptions["context"]> {
  const inputs = Object.entries(files).map(([path, text]) => ({
    entry: {
      path,
      type: "file" as const,
      mode: 0o644,
      uid: 5,
      gid: 5,
      sizeBytes: text.length,
      modified: { seconds: 99, nanoseconds: 0 },
    },
    content: [new TextEncoder().encode(text)],
  }));
  return {
    kind: "tar",
    stream: [Bun.gzipSync(Buffer.from(await collect(writeTar(inputs), 1_000_000, "tar")))],
  };
}

test("a tar is a context like a directory: owners and times do not count, .dockerignore does", async () => {
  const context = await tarContext({
    "./Dockerfile": copyAll,
    "a/b": "1",
    "a/skip": "2",
    "gone/x": "3",
    ".dockerignore": "a/skip\ngone\nDockerfile\n.dockerignore",
  });
  expect(await lines({}, { context })).toEqual(["d 755 0:0 a", 'f 644 0:0 a/b "1"']);
  const missing = await tarContext({
    Dockerfile: "FROM scratch\nCOPY gone/x /",
    "gone/x": "3",
    ".dockerignore": "gone",
  });
  expect(lines({}, { context: missing })).rejects.toMatchObject({
    hint: "it is there, but .dockerignore hides it",
  });
});

test("what is no tar is the Dockerfile itself, without a context", async () => {
  const context = {
    kind: "tar",
    stream: [new TextEncoder().encode("FROM scratch\nCOPY <<EOF /x\n1\nEOF\n")],
  } as const;
  expect(await lines({}, { context })).toEqual(['f 644 0:0 x "1\\n"']);
});

test("a build without a context has nothing to copy", async () => {
  const dockerfile = { kind: "text", text: "FROM scratch\nCOPY a /" } as const;
  expect(lines({}, { context: { kind: "none" }, dockerfile })).rejects.toThrow(
    "the build context (there is none)",
  );
});

test.each(["/nonexistent/context", "/etc/passwd"])("%s is no context", async (path) => {
  expect(lines({}, { context: { kind: "directory", path } })).rejects.toMatchObject({
    message: expect.stringContaining(path),
  });
});
