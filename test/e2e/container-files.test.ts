/** cp, diff and export: a container's way in and out, also while it runs, with and without root. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { missing } from "../outside.ts";
import { Caller } from "./sandbox/caller.ts";
import { type Mode, makeModes } from "./sandbox/modes.ts";

setDefaultTimeout(60_000);
const isMissing = missing("busybox", "nsenter");
const modes = makeModes();

describe.skipIf(isMissing).each(modes.map((mode) => [mode.name, mode] as const))("files as %s", (_, mode) => {
  let caller: Caller;
  const at = (name: string) => join(caller.directory, name);
  const sh = (script: string) => ["box", "sh", "-c", script];

  beforeAll(async () => {
    caller = new Caller(mode);
    await caller.prepare();
    await caller.call(
      "run",
      "--name",
      "ended",
      ...sh("mkdir -p /d/sub; echo inside > /d/f; ln -s f /d/l; chmod 640 /d/f"),
    );
    give(mode, at("in"));
    writeFileSync(at("in/a"), "outside\n");
    mkdirSync(at("in/sub"));
    writeFileSync(at("in/sub/b"), "b\n");
  });
  afterAll(() => caller.dispose());

  test("go out of a container that has ended, and belong to whoever asked", async () => {
    expect(await caller.call("cp", "ended:/d", at("out"))).toEqual({ code: 0, out: "", err: "" });
    expect(readFileSync(at("out/f"), "utf8")).toBe("inside\n");
    const { uid, mode: bits } = lstatSync(at("out/f"));
    expect([uid, bits & 0o7777]).toEqual([mode.user?.uid ?? process.getuid!(), 0o640]);
    expect(lstatSync(at("out/l")).isSymbolicLink()).toBe(true);
    const tar = caller.spawn("cp", "ended:/d/.", "-");
    const list = Bun.spawnSync(["tar", "-t"], { stdin: await tar.stdout.bytes() });
    expect(list.stdout.toString().split("\n").filter(Boolean).sort()).toEqual(["./", "f", "l", "sub/"]);
  });

  test("go in, and are changes of the container like any others", async () => {
    expect(await caller.call("cp", at("in"), "ended:/d/new")).toEqual({ code: 0, out: "", err: "" });
    const tar = Bun.spawnSync(["tar", "-C", at("in"), "--owner=0", "--group=0", "-c", "a"]).stdout;
    expect(await caller.feed(new Blob([new Uint8Array(tar)]), "cp", "-", "ended:/etc")).toMatchObject({
      code: 0,
    });
    expect((await caller.call("diff", "ended")).out).toBe(
      [
        "A /d",
        "A /d/f",
        "A /d/l",
        "A /d/new",
        "A /d/new/a",
        "A /d/new/sub",
        "A /d/new/sub/b",
        "A /d/sub",
        "C /etc",
        "A /etc/a",
        "",
      ].join("\n"),
    );
    await caller.call("commit", "ended", "with-files");
    const { out } = await caller.call(
      "run",
      "--rm",
      "with-files",
      "sh",
      "-c",
      "cat /d/new/a /etc/a /d/new/sub/b /d/f",
    );
    expect(out).toBe("outside\noutside\nb\ninside\n");
  });

  test("go in and out while it runs, through what is mounted in it", async () => {
    give(mode, at("shared"));
    const script =
      "test -e /came; echo up; while ! test -e /came; do sleep 0.05; done; cat /came; cat /data/more; sleep 1000";
    const child = caller.spawn("run", "--name", "busy", "-v", `${at("shared")}:/data`, ...sh(script));
    const reader = child.stdout.getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await read()).toBe("up\n");
    expect(await caller.call("cp", at("in/sub/b"), "busy:/data/more")).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(at("shared/more"), "utf8")).toBe("b\n");
    expect(await caller.call("cp", at("in/a"), "busy:/came")).toMatchObject({ code: 0, err: "" });
    let said = "";
    while (!said.endsWith("b\n")) said += await read();
    expect(said).toBe("outside\nb\n");
    expect(await caller.call("cp", "busy:/came", at("back"))).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(at("back"), "utf8")).toBe("outside\n");
    child.kill("SIGKILL");
    await child.exited;
    expect((await caller.call("diff", "busy")).out).toBe("A /came\n");
    expect((await caller.call("rm", "busy")).code).toBe(0);
  });

  test("never leave the container by a symlink", async () => {
    await caller.call(
      "run",
      "--name",
      "trap",
      ...sh(`ln -s ${caller.directory} /abs; ln -s ../../../.. /up; echo trap > /etc/in-the-trap`),
    );
    writeFileSync(at("secret"), "of this machine");
    for (const path of ["/abs/secret", "/up/etc/in-the-trap"]) {
      const { code } = await caller.call("cp", `trap:${path}`, at("caught"));
      expect([path, code]).toEqual([path, path.startsWith("/up") ? 0 : 1]);
    }
    expect((await caller.call("cp", at("in/a"), "trap:/abs/a")).code).toBe(1);
    expect(readdirSync(caller.directory)).not.toContain("a");
    // What is there already, as a link, is not written through either.
    mkdirSync(at("target"));
    if (mode.user) chownSync(at("target"), mode.user.uid, mode.user.gid);
    symlinkSync("/nowhere", at("target/sub"));
    const { code, err } = await caller.call("cp", `${"ended"}:/d/.`, at("target"));
    expect([code, err]).toEqual([1, expect.stringContaining("cannot overwrite non-directory")]);
  });

  test("killed on their way, leave what was there or what came, nothing half and nothing mounted", async () => {
    const sizeBytes = 40_000_000;
    writeFileSync(at("in/large"), "new".repeat(sizeBytes / 4));
    const sizes = new Set<number>();
    await caller.call("run", "--name", "killed", ...sh("mkdir /k; echo old > /k/large"));
    for (const direction of ["in", "out"]) {
      for (let round = 0; round < 6; round++) {
        writeFileSync(at("large"), "old\n");
        if (mode.user) chownSync(at("large"), mode.user.uid, mode.user.gid);
        const argv =
          direction === "in" ? [at("in/large"), "killed:/k/large"] : ["killed:/k/large", at("large")];
        const child = caller.spawn("cp", ...argv);
        await Bun.sleep(100 + round * 150);
        child.kill("SIGKILL");
        await child.exited;
        // Whatever it had started ends with it, some of it a moment later.
        for (const deadline = Date.now() + 5000; ; await Bun.sleep(20)) {
          if (!readFileSync("/proc/mounts", "utf8").includes(caller.directory)) break;
          expect(Date.now()).toBeLessThan(deadline);
        }
        if (direction === "out") {
          sizes.add(lstatSync(at("large")).size);
          continue;
        }
        rmSync(at("seen"), { force: true });
        expect(await caller.call("cp", "killed:/k/large", at("seen"))).toMatchObject({ code: 0 });
        sizes.add(lstatSync(at("seen")).size);
      }
    }
    const [old, whole] = ["old\n".length, "new".repeat(sizeBytes / 4).length];
    for (const size of sizes) expect([old, whole]).toContain(size);
    const { out } = await caller.call("diff", "killed");
    expect(out).toBe("A /k\nA /k/large\n");
    expect(readdirSync(caller.directory).filter((name) => name.startsWith(".kasane-"))).toEqual([]);
  });

  test("go out of and into a container that was only created", async () => {
    const created = await caller.call("create", "--name", "made", "-e", "A=1", ...sh("cat /came"));
    expect(created).toEqual({ code: 0, out: expect.stringMatching(/^[0-9a-f]{64}\n$/), err: "" });
    expect((await caller.call("ps", "-a")).out).toMatch(/Created .*made$/m);
    expect(await caller.call("cp", "made:/etc/passwd", at("passwd"))).toMatchObject({ code: 0 });
    expect(readFileSync(at("passwd"), "utf8")).toContain("web:x:33:33");
    expect(await caller.call("cp", at("in/a"), "made:/came")).toMatchObject({ code: 0 });
    expect((await caller.call("diff", "made")).out).toBe("A /came\n");
    expect((await caller.call("rm", "made")).code).toBe(0);
    expect((await caller.call("create", "--pull", "never", "not-there", "true")).code).toBe(1);
  });

  test("go into a device or pipe of this machine, which stays what it is; one in a container is left alone", async () => {
    give(mode, at("special"));
    const [pipe, device] = [at("special/pipe"), at("special/device")];
    Bun.spawnSync(["mkfifo", "-m", "666", pipe]);
    const reader = Bun.spawn(["cat", pipe]);
    expect(await caller.call("cp", "ended:/d/f", pipe)).toEqual({ code: 0, out: "", err: "" });
    expect(await reader.stdout.text()).toBe("inside\n");
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    if (process.getuid!() === 0) {
      Bun.spawnSync(["mknod", "-m", "666", device, "c", "1", "3"]);
      expect(await caller.call("cp", "ended:/d/f", device)).toEqual({ code: 0, out: "", err: "" });
      const link = await caller.call("cp", "ended:/d/l", device);
      expect([link.code, link.err]).toEqual([1, expect.stringContaining("takes files only")]);
      expect(lstatSync(device).isCharacterDevice()).toBe(true);
    }

    const child = caller.spawn("run", "--name", "device", ...sh("echo up; sleep 1000"));
    expect(new TextDecoder().decode((await child.stdout.getReader().read()).value)).toBe("up\n");
    const inside = await caller.call("cp", at("in/a"), "device:/dev/null");
    child.kill("SIGKILL");
    await child.exited;
    expect([inside.code, inside.err]).toEqual([1, expect.stringContaining("there is a device")]);
    expect((await caller.call("rm", "device")).code).toBe(0);
  });

  test("are refused with what to do where the two ends make no sense", async () => {
    const refusals = [
      [["cp", "ended:/d", "ended:/e"], "copying between containers is not supported"],
      [["cp", at("in"), at("x")], "one of the two must be in a container"],
      [["cp", "ended:/nope", at("x")], "no such file in container ended: /nope"],
      [["cp", at("in/a"), "nobody:/d"], "no such container: nobody"],
      [["cp", at("in"), "ended:/d/f"], "cannot copy a directory over"],
      [["cp", at("in/a"), "ended:/no/such/"], "no such directory"],
      [["cp", at("in/a"), "ended:/no/such"], "no such directory in container ended"],
      [["cp", "ended:/d", at("no/such/x")], "does not exist"],
      [["diff", "nobody"], "no such container: nobody"],
    ] as const;
    for (const [argv, message] of refusals) {
      const { code, err } = await caller.call(...argv);
      expect([argv, code, err]).toEqual([argv, 1, expect.stringContaining(message)]);
    }
  });
});

function give(mode: Mode, directory: string): void {
  mkdirSync(directory);
  if (mode.user) chownSync(directory, mode.user.uid, mode.user.gid);
}
