/** Where the command line takes contexts and Dockerfiles from. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GitServer, gitServer, hasGit } from "../../src/build/testing/git-server.ts";
import { kasane, missing, run, runOk } from "../outside.ts";

setDefaultTimeout(60_000);

describe.skipIf(missing("tar"))("kasane build", () => {
  let directory: string;
  let files: ReturnType<typeof Bun.serve>;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "kasane-contexts-"));
    const context = join(directory, "context");
    mkdirSync(join(context, "sub"), { recursive: true });
    writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY hello.txt /\nLABEL from=Dockerfile\n");
    writeFileSync(
      join(context, "sub/other.Dockerfile"),
      "FROM scratch\nCOPY hello.txt /\nLABEL from=other\n",
    );
    writeFileSync(join(context, "hello.txt"), "hello");
    await runOk(["tar", "-czf", join(directory, "context.tar.gz"), "-C", context, "."]);
    files = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const file = Bun.file(join(directory, new URL(request.url).pathname));
        return (await file.exists()) ? new Response(file) : new Response("none", { status: 404 });
      },
    });
  });
  afterAll(async () => {
    await files.stop(true);
    rmSync(directory, { recursive: true, force: true });
  });

  const build = async (
    argv: readonly string[],
    options: { stdin?: string; env?: Record<string, string> } = {},
  ) =>
    run([kasane, "--root", join(directory, "store"), "build", ...argv], {
      ...(options.env && { env: options.env }),
      ...(options.stdin !== undefined && { stdin: new Blob([options.stdin]) }),
    });
  /** The label that the Dockerfile set, and the files of the image. */
  const built = async (argv: readonly string[], options: { stdin?: string } = {}) => {
    const { code, err } = await build([...argv, "-t", "result"], options);
    if (code !== 0) return err;
    const root = join(directory, "store");
    const label = await runOk([kasane, "--root", root, "inspect", "-f", "{{.Config.Labels.from}}", "result"]);
    const list = await runOk([kasane, "--root", root, "ls", "result"]);
    return [
      label.trim(),
      ...list
        .trim()
        .split("\n")
        .map((line) => line.split(/\s+/).at(-1)),
    ];
  };
  const address = (path: string) => `http://127.0.0.1:${files.port}/${path}`;
  const dockerfile = "FROM scratch\nLABEL from=stdin\n";

  test("an archive from an address, with its Dockerfile or another", async () => {
    expect(await built([address("context.tar.gz")])).toEqual(["Dockerfile", "hello.txt"]);
    expect(await built(["-f", "sub/other.Dockerfile", address("context.tar.gz")])).toEqual([
      "other",
      "hello.txt",
    ]);
    expect(
      await built(["-f", "-", address("context.tar.gz")], { stdin: `${dockerfile}COPY hello.txt /x\n` }),
    ).toEqual(["stdin", "x"]);
  });

  test("a Dockerfile alone: from an address, with a context, from standard input", async () => {
    writeFileSync(
      join(directory, "alone"),
      "FROM scratch\nADD --chmod=600 <<EOF /note\nhi\nEOF\nLABEL from=alone\n",
    );
    expect(await built([address("alone")])).toEqual(["alone", "note"]);
    expect(await built(["-f", address("context/sub/other.Dockerfile"), join(directory, "context")])).toEqual([
      "other",
      "hello.txt",
    ]);
    expect(await built(["-"], { stdin: `${dockerfile}COPY <<EOF /y\nEOF\n` })).toEqual(["stdin", "y"]);
    expect(
      await built(["-f", "-", join(directory, "context")], { stdin: `${dockerfile}COPY . /\n` }),
    ).toEqual(["stdin", "Dockerfile", "hello.txt", "sub"]);
    const none = await build([address("none")]);
    expect(none.code).not.toBe(0);
    expect(none.err).toContain("the server answered 404");
  });

  test("--build-context: a directory, another image, and what is wrong with it", async () => {
    const argv = ["-f", "-", "--build-context", `extra=${join(directory, "context/sub")}`];
    const stdin = `${dockerfile}COPY --from=extra / /\n`;
    expect(await built([...argv, join(directory, "context")], { stdin })).toEqual([
      "stdin",
      "other.Dockerfile",
    ]);
    expect(
      await built(["--build-context", "alpine=docker-image://scratch-like", "-f", "-", directory], {
        stdin: "FROM alpine\n",
      }),
    ).toContain("scratch-like");
    for (const [value, message] of [
      ["extra", "invalid build context"],
      ["extra=ftp://x", "a build context cannot come from ftp://"],
      ["a b=x", "cannot be the name of a build context"],
      ["extra=/nowhere", "the build context extra is not there"],
    ] as const) {
      const { code, err } = await build(["--build-context", value, "-f", "-", directory], { stdin });
      expect(code).not.toBe(0);
      expect(err).toContain(message);
    }
  });

  describe("a file for the C preprocessor", () => {
    const file = () => join(directory, "Containerfile.in");
    const call = () => ["-f", file(), join(directory, "context")];
    beforeAll(() => writeFileSync(file(), "#define FILE hello.txt\nFROM scratch\nCOPY FILE /\n"));

    test.skipIf(missing("cpp"))("is what that makes of it", async () => {
      expect(await built(call())).toContain("hello.txt");
      writeFileSync(join(directory, "empty.in"), "#if 1\n");
      const nothing = await build(["-f", join(directory, "empty.in"), directory]);
      expect(nothing.code).not.toBe(0);
      const given = { BUILDAH_CPPFLAGS: "-UFILE -DFILE=nowhere", PATH: process.env.PATH! };
      writeFileSync(file(), "FROM scratch\nCOPY FILE /\n");
      expect((await build(call(), { env: given })).err).toContain("nowhere");
    });

    test("is refused where there is none", async () => {
      const { code, err } = await build(call(), { env: { PATH: join(directory, "nowhere") } });
      expect(code).not.toBe(0);
      expect(err).toContain("C preprocessor");
    });
  });

  describe.skipIf(!hasGit())("from git", () => {
    let server: GitServer;
    beforeAll(() => {
      server = gitServer();
      server
        .repository("app.git", {
          Dockerfile: "FROM scratch\nCOPY a /a\nLABEL from=git\n",
          a: "a",
          "sub/Dockerfile": "ARG SOURCE_DATE_EPOCH=context\nFROM scratch\nCOPY . /\nLABEL from=sub\n",
        })
        .git("tag", "v1");
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test("a repository, and a directory of it at a tag", async () => {
      expect(await built([`${server.address}/app.git`])).toEqual(["git", "a"]);
      expect(await built([`${server.address}/app.git#v1:sub`])).toEqual(["sub", "Dockerfile"]);
      const created = await runOk([
        kasane,
        "--root",
        join(directory, "store"),
        "inspect",
        "-f",
        "{{.Created}}",
        "result",
      ]);
      expect(created.trim()).toStartWith("2024-01-02T03:04:05");
    });

    test("with a token, and with the repository kept", async () => {
      server.require(`basic ${Buffer.from("x-access-token:t0ken").toString("base64")}`);
      expect((await build([`${server.address}/app.git`])).err).toContain("--secret id=GIT_AUTH_TOKEN");
      const argv = [
        "--secret",
        "id=GIT_AUTH_TOKEN,env=TOKEN",
        "--build-arg",
        "BUILDKIT_CONTEXT_KEEP_GIT_DIR=1",
      ];
      const { code, err } = await build([...argv, "-f", "-", `${server.address}/app.git`], {
        stdin: "FROM scratch\nCOPY .git/HEAD /\n",
        env: { TOKEN: "t0ken" },
      });
      expect(code, err).toBe(0);
      expect(err).not.toContain("t0ken");
    });

    test("without git, the error names the package", async () => {
      const programs = join(directory, "programs");
      mkdirSync(programs);
      for (const name of readdirSync("/usr/bin")) {
        if (!name.startsWith("git")) symlinkSync(join("/usr/bin", name), join(programs, name));
      }
      const { code, err } = await build([`${server.address}/app.git`], { env: { PATH: programs } });
      expect(code).not.toBe(0);
      expect(err).toContain("install the package git");
    });
  });
});
