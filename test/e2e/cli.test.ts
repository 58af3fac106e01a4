/** The command line as it is typed: help, mistakes, exit codes, output that a pipe cuts off. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aliases, commands } from "../../src/cli/catalogue.ts";
import { kasane, missing, run, runOk } from "../outside.ts";

let work: string;
const call = (...args: string[]) => run([kasane, "--root", join(work, "store"), ...args], { cwd: work });

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "kasane-cli-"));
  mkdirSync(join(work, "rootfs"));
  writeFileSync(join(work, "rootfs/hello.txt"), "hello\n");
  await runOk(
    [kasane, "--root", join(work, "store"), "import", "-c", 'CMD ["/hello"]', "rootfs", "demo:v1"],
    { cwd: work },
  );
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("--help", () => {
  test("is the same for the management form", async () => {
    expect((await call("image", "ls", "--help")).out).toBe((await call("images", "--help")).out);
    expect((await call("help", "images")).out).toBe((await call("images", "--help")).out);
  });

  test("of kasane names every command", async () => {
    const { out, code } = await call("--help");
    expect(code).toBe(0);
    for (const name of Object.keys(commands)) expect(out).toContain(`  ${name} `);
  });

  test.each([[["registry", "--help"]], [["help", "registry"]]])("kasane %p is of a group", async (words) => {
    const { code, out, err } = await call(...words);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("\n  registry serve       Serve a registry over HTTP\n");
    expect(out).toContain("\n  registry import      Take over");
  });

  test("belongs to the program that is run once its name has been said", async () => {
    const { code, err } = await call("run", "--pull", "never", "nothing-here", "ls", "--help");
    expect({ code, isImageMissing: err.includes("nothing-here") }).toEqual({
      code: 125,
      isImageMissing: true,
    });
  });
});

test("aliases point to commands", () => {
  for (const name of Object.values(aliases)) expect(Object.keys(commands)).toContain(name);
});

describe("a mistake is one clear error", () => {
  test.each([
    [["bild"], 1, "'bild' is not a kasane command\nhint: did you mean 'kasane build'?"],
    [["registy", "serve"], 1, "hint: did you mean 'kasane registry'?"],
    [["image"], 1, "'kasane image' needs a command"],
    [
      ["buildx", "imagetools"],
      1,
      "'kasane buildx imagetools' needs a command\nhint: one of: create, inspect",
    ],
    [["buildx", "imagetools", "insepct", "x"], 1, "did you mean 'kasane buildx imagetools inspect'?"],
    [["buildx", "imagetol", "inspect"], 1, "did you mean 'kasane buildx imagetools'?"],
    [["manifest", "frobnicate"], 1, "hint: see 'kasane manifest --help'"],
    [["manifest", "rm", "dmeo:v1"], 1, "hint: did you mean demo:v1?"],
    [["images", "--root", "x"], 125, "hint: it stands before the command: kasane --root DIR images"],
    [["registry", "nothing-like-it"], 1, "hint: see 'kasane registry --help'"],
    [["registry", "garbage-collect", "-m", "config.yml"], 1, "'kasane --root DIR gc'"],
    [["images", "--nope"], 125, "unknown flag: --nope\nhint: see 'kasane images --help'"],
    [["--nope"], 125, "unknown flag: --nope"],
    [
      ["registry", "deleted", "--format", "{{.tag"],
      1,
      "template parsing error: template: :1: unclosed action",
    ],
    [["version", "--format", "{{"], 64, "template parsing error: template: :1: unclosed action"],
    [["version", "-f", "{{.Vresion}}"], 1, "can't evaluate field Vresion in type system.versionInfo"],
    [
      ["images", "--filter", "colour=red"],
      1,
      "invalid filter 'colour'\nhint: 'kasane images' filters by dangling",
    ],
    [["images", "--filter", "red"], 125, "bad format of filter (expected name=value)"],
    [["images", "--filter", "dangling=perhaps"], 1, "invalid filter 'dangling=[perhaps]'"],
    [["images", "--filter", "until=later"], 1, "invalid filter 'until=[later]'"],
    [["images", "--filter", "before=nope"], 1, "no such image: nope"],
    [["images", "de[mo"], 1, "syntax error in pattern"],
    [["inspect", "--type", "cat", "demo:v1"], 1, '"cat" is not a valid value for --type'],
    [["image", "inspect", "nope"], 1, "no such image: nope"],
    [["container", "inspect", "nope"], 1, "no such container: nope"],
    [["tag", "one"], 1, '"kasane tag" requires at least 2 arguments'],
    [["pull"], 1, '"kasane pull" requires exactly 1 argument'],
    [["rmi", "nope"], 1, "no such image: nope"],
    [["inspect", "nope"], 1, "no such object: nope"],
    [["history", "demo:v2"], 1, "demo:v2"],
    [
      ["tag", "demo:v1", "UPPER"],
      1,
      "the repository name must be lower case\nhint: a name is [HOST[:PORT]/]NAME",
    ],
    [["pull", "local host/x"], 1, "\nhint: a name"],
    [["inspect", "sha256:00"], 1, "no such object: sha256:00\nhint: list the images that are here"],
    [["push", "demo:v9"], 1, "an image does not exist locally"],
    [["push", "localhost:1/dmeo:v1"], 1, "hint: did you mean demo:v1?"],
    [["run", "localhost:1/dmeo:v1"], 125, "connection refused\nhint: did you mean demo:v1?"],
    [["run", "--network", "hots", "demo:v1"], 125, "network hots not found\nhint: did you mean host?"],
    [["load", "-i", "missing.tar"], 1, "missing.tar"],
    [["build", "missing-directory"], 1, "missing-directory"],
    [["pull", "localhost:1/nothing"], 1, "connection refused"],
    [["save", "demo:v1", "-o", "no/such/dir.tar"], 1, "no such directory"],
    [["--root", "/proc/kasane", "images"], 1, "/proc/kasane"],
  ])("kasane %p", async (args, code, message) => {
    const result = await call(...args);
    expect(result.err).toContain(message);
    expect(result.err).not.toContain("    at ");
    expect(result.code).toBe(code);
    if (args[0] !== "inspect") expect(result.out.split("\n").length).toBeLessThanOrEqual(4);
  });
});

test("a build tells of images that are near the one that it cannot fetch", async () => {
  writeFileSync(join(work, "rootfs/Dockerfile"), "FROM localhost:1/dmeo:v1\n");
  const { code, err } = await call("build", "-q", "rootfs");
  rmSync(join(work, "rootfs/Dockerfile"));
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("\nhint: did you mean demo:v1?\n") });
});

test("inspect tells of containers and volumes that are near", async () => {
  await call("create", "--name", "keeper", "demo:v1");
  await call("volume", "create", "letters");
  const object = await call("inspect", "kepper", "leters");
  await call("volume", "rm", "letters");
  const container = await call("inspect", "--type", "container", "kepper");
  expect((await call("export", "kepper", "-o", "x.tar")).err).toContain("hint: did you mean keeper?");
  await call("rm", "keeper");
  expect(object.err).toBe(
    "kasane: no such object: kepper\nhint: did you mean keeper?\nkasane: no such object: leters\nhint: did you mean letters?\n",
  );
  expect(container.err).toBe("kasane: no such container: kepper\nhint: did you mean keeper?\n");
});

describe("images", () => {
  test("prints docker's columns", async () => {
    const { out } = await call("images");
    expect(out.split("\n")[0]).toMatch(/^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$/);
    expect(out.split("\n")[1]).toMatch(/^demo +v1 +[0-9a-f]{12} +.+ +6B$/);
  });
  test("-q --no-trunc prints what inspect calls Id", async () => {
    const id = (await call("images", "-q", "--no-trunc")).out.trim();
    expect(JSON.parse((await call("inspect", "demo:v1")).out)[0].Id).toBe(id);
    expect(JSON.parse((await call("inspect", id.slice(7, 15))).out)[0].RepoTags).toEqual(["demo:v1"]);
  });
  test("ends quietly when nobody reads any more", async () => {
    const { code, err } = await run(["sh", "-c", `${kasane} --root ${work}/store images | true`]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });
});

describe.each(["version", "images"])("the output of %s", (command) => {
  const shell = (script: string) =>
    run(["sh", "-c", script], { env: { KASANE: kasane, KASANE_ROOT: join(work, "store") } });

  test("that nobody reads any more ends it quietly", async () => {
    const script = `{ "$KASANE" ${command}; echo "code $?" >&2; } | true`;
    const { err } = await shell(script);
    // Whether the reader is gone already is a race.
    expect(err).toMatch(/^code (0|141)\n$/);
  });
  test("that finds no room is an error", async () => {
    const { code, err } = await shell(`"$KASANE" ${command} > /dev/full`);
    expect(code).toBe(1);
    expect(err).toStartWith("kasane: cannot write to standard output: no space left on the device\n");
  });
  test("is added to a file, at the place where that is", async () => {
    const script = `{ echo first; "$KASANE" ${command}; echo last; } > file && sed '1d;$d' file && sed -n '1p;$p' file`;
    const { out } = await run(["sh", "-c", script], {
      cwd: work,
      env: { KASANE: kasane, KASANE_ROOT: join(work, "store") },
    });
    expect(ageless(out)).toBe(ageless(`${(await call(command)).out}first\nlast\n`));
  });
  test.skipIf(missing("python3"))("waits for a pipe that is full and does not block", async () => {
    // A writer that must not block, as Node leaves the pipes of those it starts.
    const script = [
      "import fcntl, os, subprocess, sys",
      "r, w = os.pipe()",
      "fcntl.fcntl(w, fcntl.F_SETFL, os.O_NONBLOCK)",
      "filled = 0",
      "try:",
      "    while True: filled += os.write(w, b'.' * 4096)",
      "except BlockingIOError: pass",
      "child = subprocess.Popen(sys.argv[1:], stdout=w)",
      "os.close(w)",
      "data = b''",
      "while True:",
      "    part = os.read(r, 4096)",
      "    if not part: break",
      "    data += part",
      "sys.stdout.write(data[filled:].decode())",
      "sys.exit(child.wait())",
    ].join("\n");
    const { code, out } = await run([
      "python3",
      "-c",
      script,
      kasane,
      "--root",
      join(work, "store"),
      command,
    ]);
    expect({ code, out: ageless(out) }).toEqual({ code: 0, out: ageless((await call(command)).out) });
  });
});

/** An image may be a second older the next time. */
function ageless(text: string): string {
  return text.replaceAll(/(\d+|Less than a) seconds? ago +/g, "");
}

test("save writes the same bytes twice, and load gives the image back", async () => {
  const first = await call("save", "-o", "a.tar", "demo:v1");
  expect(first).toEqual({ code: 0, out: "", err: "" });
  await call("save", "-o", "b.tar", "demo:v1");
  expect(await runOk(["cmp", join(work, "a.tar"), join(work, "b.tar")])).toBe("");
  expect((await call("rmi", "demo:v1")).out).toMatch(/^Untagged: demo:v1\nDeleted: sha256:/);
  expect((await call("load", "-i", "a.tar")).out).toBe("Loaded image: demo:v1\n");
});

describe("what can be read only once", () => {
  const shell = (script: string) =>
    run(["bash", "-c", `set -o pipefail; ${script}`], {
      cwd: work,
      env: { KASANE: kasane, KASANE_ROOT: join(work, "store") },
    });
  beforeAll(async () => {
    await runOk(["tar", "-cf", join(work, "rootfs.tar"), "-C", join(work, "rootfs"), "."]);
    await call("save", "-o", "once.tar", "demo:v1");
  });

  test.each([
    "cat once.tar | $KASANE load -i /dev/stdin",
    "$KASANE load -i /dev/stdin < once.tar",
    "$KASANE load -i <(cat once.tar)",
    "$KASANE load -i <(gzip -c once.tar)",
    "cat once.tar | $KASANE load",
  ])("%s", async (script) => {
    expect(await shell(script)).toEqual({ code: 0, out: "Loaded image: demo:v1\n", err: "" });
  });
  test.each([
    "cat rootfs.tar | $KASANE import /dev/stdin once:1",
    "$KASANE import <(gzip -c rootfs.tar) once:1",
    "cat rootfs.tar | $KASANE import - once:1",
    "$KASANE volume create once && $KASANE volume import once <(cat rootfs.tar) && echo sha256:",
  ])("%s", async (script) => {
    const { code, out, err } = await shell(script);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("sha256:");
  });
  test("a device without an archive is none", async () => {
    const { code, err } = await shell("$KASANE load -i /dev/null");
    expect(code).toBe(1);
    expect(err).toStartWith("kasane: this is no image archive: ");
  });
});
