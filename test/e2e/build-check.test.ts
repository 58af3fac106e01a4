/** `kasane build --check`, and what an ordinary build says of the same things. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kasane, run } from "../outside.ts";

describe("kasane build --check", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "kasane-check-"));
    writeFileSync(join(directory, "hello"), "hello\n");
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const build = (dockerfile: string, ...flags: string[]) => {
    writeFileSync(join(directory, "Dockerfile"), dockerfile);
    return run([kasane, "--root", join(directory, "store"), "build", ...flags, directory]);
  };
  const images = async () =>
    (await run([kasane, "--root", join(directory, "store"), "images", "-q", "-a"])).out.trim();

  test("says that there is nothing to say", async () => {
    const { code, out } = await build('FROM scratch\nCOPY hello /\nCMD ["/hello"]\n', "--check");
    expect({ code, out }).toEqual({ code: 0, out: "Check complete, no warnings found.\n" });
  });

  test("shows each warning with its place, builds nothing, and ends with 1", async () => {
    const { code, out } = await build("FROM scratch\nCOPY hello /\nCMD /hello\n", "--call", "check");
    expect(code).toBe(1);
    expect(out).toContain("1 warning has been found");
    expect(out).toContain("WARNING: JSONArgsRecommended - https://");
    expect(out).toContain("Dockerfile:3\n  3 | CMD /hello\n    | ^^^^^^^^^^\n");
    expect(await images()).toBe("");
  });

  test("knows the ignore file, build arguments and the stage", async () => {
    writeFileSync(join(directory, ".dockerignore"), "hello\n");
    const dockerfile = "ARG BASE\nFROM $BASE AS a\nCOPY hello /\nFROM scratch\n";
    const { out } = await build(dockerfile, "--check", "--build-arg", "BASE=scratch", "--target", "a");
    rmSync(join(directory, ".dockerignore"));
    expect(out.match(/WARNING: \w+/g)).toEqual([
      "WARNING: InvalidDefaultArgInFrom",
      "WARNING: CopyIgnoredFile",
    ]);
  });

  test("goes on where a base image cannot be looked at, and says so", async () => {
    const { code, out, err } = await build("FROM 127.0.0.1:1/nothing\nCOPY $X /\nCMD x\n", "--check");
    expect(code).toBe(1);
    expect(err).toContain("base image 127.0.0.1:1/nothing:latest");
    expect(out.match(/WARNING: \w+/g)).toEqual(["WARNING: JSONArgsRecommended"]);
  });

  test("a Dockerfile that cannot be built is an error after the warnings", async () => {
    const { code, out, err } = await build("ARG X\nFROM $X AS Base\n", "--check");
    expect(code).toBe(1);
    expect(out).toContain("StageNameCasing");
    expect(err).toContain("Dockerfile:2");
  });

  test("an ordinary build warns, and ends where the file asks for it", async () => {
    const warned = await build("FROM scratch\nCOPY hello /\nCMD x\n");
    expect(warned.code).toBe(0);
    expect(warned.err).toMatch(/^#0 WARN: JSONArgsRecommended: .* \(line 3\)$/m);
    const before = await images();
    const refused = await build("# check=error=true\nFROM scratch\nCOPY hello /a\nCMD x\n");
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("Dockerfile:4");
    expect(refused.err).not.toContain("COPY hello /a\n#");
    expect(await images()).toBe(before);
    const skipped = await build(
      "FROM scratch\nCOPY hello /b\nCMD x\n",
      "--build-arg",
      "BUILDKIT_DOCKERFILE_CHECK=skip=all",
    );
    expect(skipped.err).not.toContain("warning");
  });

  test.each([
    ["# check=nonsense\nFROM scratch\n", [], "Dockerfile:1: invalid check option"],
    ["FROM scratch\n", ["--build-arg", "BUILDKIT_DOCKERFILE_CHECK=x"], "BUILDKIT_DOCKERFILE_CHECK: invalid"],
    ["FROM scratch\n", ["--call", "outlin"], 'invalid --call: "outlin"\nhint: did you mean outline?'],
  ])("refuses %j with %j", async (dockerfile, flags, message) => {
    const { code, err } = await build(dockerfile, "--check", ...flags);
    expect(code).not.toBe(0);
    expect(err).toContain(message);
  });
});
