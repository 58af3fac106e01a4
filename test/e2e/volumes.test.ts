/** Volumes and mounts of containers, with and without root: filled, kept, shared, removed; and nothing of them gets outside. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing } from "../outside.ts";
import { Caller } from "./sandbox/caller.ts";
import { makeModes } from "./sandbox/modes.ts";

setDefaultTimeout(120_000);
const isMissing = missing("busybox");
const modes = makeModes();

const describeTree =
  'cd /data && find . | sort | while read f; do stat -c "%n %F %a %u:%g %h %s" "$f"; done; readlink soft';

describe.skipIf(isMissing).each(modes.map((mode) => [mode.name, mode] as const))(
  "volumes as %s",
  (_, mode) => {
    let caller: Caller;
    const at = (name: string) => join(caller.directory, name);
    const sh = (script: string, image = "box") => [image, "sh", "-c", script];
    const ok = async (...argv: string[]) => {
      const outcome = await caller.call(...argv);
      expect([argv.join(" "), outcome.code, outcome.err]).toEqual([argv.join(" "), 0, ""]);
      return outcome.out.trim();
    };
    const names = async (...filter: string[]) =>
      (await ok("volume", "ls", "-q", ...filter)).split("\n").filter(Boolean);

    beforeAll(async () => {
      caller = new Caller(mode);
      await caller.prepare();
      const script = [
        "mkdir -p /data/sub; echo content > /data/f; ln /data/f /data/hard; ln -s f /data/soft; mkfifo /data/fifo",
        "chmod 640 /data/f; touch /data/sub/deep; chmod 4711 /data/sub/deep; chown 33:44 /data /data/f",
        "chmod 2750 /data; ln -s /data /to-data; for i in $(seq 300); do echo $i > /data/sub/$i; done",
      ];
      await ok("run", "--name", "base", ...sh(script.join("; ")));
      await ok("commit", "base", "files");
      await ok("commit", "-c", "VOLUME /data", "base", "app");
      await ok("rm", "base");
    });
    afterAll(() => caller.dispose());

    test("begin with what the image has there: owners, modes, links", async () => {
      const wanted = await ok("run", "--rm", ...sh(describeTree, "files"));
      expect(wanted).toContain("./sub/300 ");
      expect(await ok("run", "--rm", "-v", "first:/data", ...sh(describeTree, "files"))).toBe(wanted);
      // By a path that leads there, too.
      expect(await ok("run", "--rm", "-v", "second:/to-data", ...sh(describeTree, "files"))).toBe(wanted);
      expect(await ok("run", "--rm", "-v", "third:/data:nocopy", ...sh("ls -A /data", "files"))).toBe("");
      // Only once: what was taken away stays away.
      await ok("run", "--rm", "-v", "first:/data", ...sh("rm -r /data/sub", "files"));
      expect(await ok("run", "--rm", "-v", "first:/data", ...sh("ls /data", "files"))).toBe(
        "f\nfifo\nhard\nsoft",
      );
      await ok("volume", "rm", "first", "second", "third");
    });

    test("stay when containers go, but for those that were made for one", async () => {
      await ok(
        "run",
        "--name",
        "one",
        "-v",
        "kept:/kept",
        "-v",
        "/anon",
        ...sh("echo a > /kept/a; echo b > /data/b", "app"),
      );
      expect(await names()).toHaveLength(3);
      const inUse = await caller.call("volume", "rm", "kept");
      expect([inUse.code, inUse.err]).toEqual([
        1,
        expect.stringContaining("remove kept: volume is in use - ["),
      ]);
      expect(await names("--filter", "dangling=true")).toEqual([]);
      // Another one that has them all keeps them.
      expect(
        await ok(
          "run",
          "--name",
          "two",
          "--volumes-from",
          "one:ro",
          ...sh("cat /kept/a /data/b; touch /kept/x 2>/dev/null || echo ro"),
        ),
      ).toBe("a\nb\nro");
      await ok("rm", "-v", "one");
      expect(await names()).toHaveLength(3);
      await ok("rm", "-v", "two");
      expect(await names()).toEqual(["kept"]);
      await ok("run", "--name", "three", ...sh("true", "app"));
      await ok("rm", "three");
      expect(await names()).toHaveLength(2);
      expect(await ok("volume", "prune", "-f")).toStartWith("Deleted Volumes:");
      expect(await names()).toEqual(["kept"]);
      await ok("run", "--rm", ...sh("true", "app"));
      await ok("container", "prune", "-f");
      expect(await names()).toEqual(["kept"]);
      expect(await ok("run", "--rm", "-v", "kept:/k", ...sh("cat /k/a"))).toBe("a");
      await ok("volume", "prune", "-a", "-f");
      expect(await names()).toEqual([]);
    });

    test("nest, whatever the order they are given in, and can be read-only in part", async () => {
      mkdirSync(at("host"));
      writeFileSync(at("host/file"), "of the host\n");
      if (mode.user)
        for (const path of ["host", "host/file"]) chownSync(at(path), mode.user.uid, mode.user.gid);
      const call = [
        ...["run", "--rm", "--read-only", "-v", "inner:/top/in/side", "-v", `${at("host")}:/top/in:ro`],
        ...["-v", "outer:/top", "-v", `${at("host/file")}:/top/one-file`, "--tmpfs", "/top/memory:size=1m"],
        ...["--mount", "type=tmpfs,dst=/t,ro"],
        ...sh(
          "echo x > /top/a; echo y > /top/memory/b; cat /top/in/file; touch /top/in/side/c; for d in / /top/in /t; do touch $d/new 2>/dev/null || echo no $d; done; echo z > /top/one-file; grep -c ' /top' /proc/mounts",
        ),
      ];
      // A mount point cannot be made where nothing may be written.
      const refused = await caller.call(...call);
      expect(refused).toMatchObject({ code: 125, err: expect.stringContaining("cannot mount /top/in/side") });
      mkdirSync(at("host/side"));
      if (mode.user) chownSync(at("host/side"), mode.user.uid, mode.user.gid);
      expect(await ok(...call)).toBe("of the host\nno /\nno /top/in\nno /t\n5");
      expect(readFileSync(at("host/file"), "utf8")).toBe("z\n");
      expect(await ok("run", "--rm", "-v", "outer:/o", "-v", "inner:/i", ...sh("ls /o; ls /i"))).toBe(
        "a\nin\nmemory\none-file\nc",
      );
    });

    test("of a volume can be a part, and none of its links leads out of it", async () => {
      await ok(
        "run",
        "--rm",
        "-v",
        "parts:/v",
        ...sh(
          "mkdir -p /v/a/b; echo part > /v/a/b/f; ln -s / /v/out; ln -s a /v/link; ln -s ../../../.. /v/up",
        ),
      );
      const part = (path: string) =>
        caller.call("run", "--rm", "--mount", `src=parts,dst=/p,volume-subpath=${path}`, ...sh("ls /p"));
      expect(await part("a/b")).toMatchObject({ code: 0, out: "f\n" });
      expect(await part("link/b")).toMatchObject({ code: 0, out: "f\n" });
      // The volume is their root.
      expect(await part("out/a/b")).toMatchObject({ code: 0, out: "f\n" });
      expect(await part("up/up/a/b")).toMatchObject({ code: 0, out: "f\n" });
      expect(await part("out/etc")).toMatchObject({
        code: 125,
        err: expect.stringContaining("it does not exist"),
      });
    });

    test("of an image with links are mounted inside, wherever those lead", async () => {
      const outside = at("outside");
      mkdirSync(outside, { mode: 0o777 });
      await ok(
        "run",
        "--name",
        "trap",
        ...sh(`ln -s ${outside} /abs; ln -s ../../../../../../..${outside} /rel; ln -s /abs /twice`),
      );
      await ok("commit", "trap", "trap");
      for (const target of ["/abs", "/rel/in", "/twice/deeper/still"]) {
        const out = await ok(
          "run",
          "--rm",
          "-v",
          "caught:/safe",
          "-v",
          `caught:${target}`,
          ...sh(`touch ${target}/mark; ls /safe; rm /safe/mark`, "trap"),
        );
        expect([target, out, readdirSync(outside)]).toEqual([target, "mark", []]);
      }
      // Also where the link is in a volume, which anybody may have filled.
      await ok(
        "run",
        "--rm",
        "-v",
        "bait:/b",
        ...sh(`ln -s ${outside} /b/link; ln -s ../../..${outside} /b/up`),
      );
      for (const name of ["link", "up"]) {
        await ok("run", "--rm", "-v", "bait:/b", "-v", `caught:/b/${name}/new`, ...sh("true"));
        expect(readdirSync(outside)).toEqual([]);
      }
      await ok("rm", "trap");
    });

    test("shared with somebody who exchanges directories for links meanwhile are mounted inside, and as read-only as they were asked for", async () => {
      const outside = at("exchange");
      mkdirSync(outside, { mode: 0o777 });
      await ok("run", "--rm", "-v", "race:/r", ...sh(`mkdir /r/dir /r/other; ln -s ${outside} /r/link`));
      const swap =
        "cd /r; while :; do mv dir t && mv link dir && mv t link; mv dir t && mv link dir && mv t link; done 2>/dev/null";
      await ok("run", "-d", "--name", "swapper", "-v", "race:/r", ...sh(swap));
      await ok("run", "--rm", "-v", "precious:/p", ...sh("echo precious > /p/f"));
      for (let round = 0; round < 4; round++) {
        // Where it ends up is a matter of luck, or it fails; the mount with the file must not be writable.
        const { out, code } = await caller.call(
          ...["run", "--rm", "-v", "race:/r", "-v", "precious:/r/dir:ro"],
          ...sh(
            "for m in $(grep -v ' /r ' /proc/mounts | cut -d' ' -f2); do test -f $m/f && echo broken > $m/f; done; true",
          ),
        );
        expect([0, 125]).toContain(code);
        expect([out, readdirSync(outside)]).toEqual(["", []]);
      }
      await ok("rm", "-f", "swapper");
      expect(await ok("run", "--rm", "-v", "precious:/p", ...sh("cat /p/f"))).toBe("precious");
    });

    test("are reached by cp, in a container that runs and in one that does not", async () => {
      writeFileSync(at("in"), "copied\n", { mode: 0o644 });
      await ok(
        "create",
        "--name",
        "still",
        "--read-only",
        "-v",
        "cp:/v",
        "-v",
        "cp:/ro:ro",
        ...sh("cat /v/in"),
      );
      await ok("cp", at("in"), "still:/v/in");
      expect(await ok("start", "-a", "still")).toBe("copied");
      for (const path of ["/ro/x", "/x"]) {
        const { code, err } = await caller.call("cp", at("in"), `still:${path}`);
        expect([path, code, err]).toEqual([path, 1, expect.stringContaining("read-only")]);
      }
      await ok("run", "-d", "--name", "busy", "-v", "cp:/v", ...sh("sleep 1000"));
      await ok("cp", at("in"), "busy:/v/second");
      rmSync(at("back"), { force: true });
      await ok("cp", "still:/v/second", at("back"));
      expect(readFileSync(at("back"), "utf8")).toBe("copied\n");
      // Neither is what is in a volume a change of the container.
      expect(await ok("diff", "still")).toBe("");
      await ok("rm", "-f", "busy", "still");
    });

    test("are filled or empty, however early the first container is killed", async () => {
      for (const delayMs of [150, 300, 450, 600]) {
        const child = caller.spawn("run", "--rm", "-v", "killed:/data", ...sh("true", "files"));
        await Bun.sleep(delayMs);
        child.kill("SIGKILL");
        await child.exited;
        const count = await ok("run", "--rm", "-v", "killed:/k:nocopy", ...sh("find /k | wc -l"));
        expect(["1", "307"]).toContain(count);
      }
      expect(await ok("run", "--rm", "-v", "killed:/data", ...sh("find /data | wc -l", "files"))).toBe("307");
      await ok("volume", "rm", "killed");
      await ok("image", "prune", "-f");
      expect(readdirSync(join(caller.root, "tmp"))).toEqual([]);
    });

    test("are written as a tar and unpacked from one, over what is there", async () => {
      await ok("run", "--rm", "-v", "from:/data", "app", "true");
      const tar = at("from.tar");
      await ok("volume", "export", "-o", tar, "from");
      await ok("volume", "create", "to");
      await ok("run", "--rm", "-v", "to:/data:nocopy", ...sh("echo old > /data/f; echo kept > /data/own"));
      await ok("volume", "import", "to", tar);
      const inside = async (name: string) =>
        ok("run", "--rm", "-v", `${name}:/data:nocopy`, ...sh(describeTree));
      const lines = (await inside("to")).split("\n").filter((line) => !line.startsWith("./own "));
      expect(lines).toEqual((await inside("from")).split("\n"));
      expect(await ok("run", "--rm", "-v", "to:/data", ...sh("cat /data/f /data/own"))).toBe("content\nkept");
      const compressed = Bun.gzipSync(await Bun.file(tar).bytes());
      await ok("volume", "create", "third");
      expect(await caller.feed(new Blob([compressed]), "volume", "import", "third")).toMatchObject({
        code: 0,
      });
      expect(await inside("third")).toBe(await inside("from"));
      for (const argv of [
        ["export", "nope"],
        ["import", "nope", tar],
        ["import", "to", "/nope.tar"],
      ])
        expect((await caller.call("volume", ...argv)).code).toBe(1);
      await ok("volume", "rm", "from", "to", "third");
    });

    test("are checked by fsck, and described again where that is damaged", async () => {
      await ok("run", "--rm", "-v", "hurt:/h", ...sh("echo alive > /h/f"));
      writeFileSync(join(caller.root, "volumes/hurt/volume.json"), "{");
      const { code, out } = await caller.call("fsck", "--quick");
      expect([code, out]).toEqual([1, expect.stringContaining("hurt")]);
      expect((await caller.call("volume", "inspect", "hurt")).err).toContain("fsck --repair");
      await ok("fsck", "--quick", "--repair");
      expect(await ok("run", "--rm", "-v", "hurt:/h", ...sh("cat /h/f"))).toBe("alive");
    });

    test("made by many at once is one, and by many removers goes once", async () => {
      const runs = Array.from({ length: 4 }, (_, index) =>
        caller.call(
          "run",
          "--rm",
          "-v",
          "crowd:/data",
          ...sh(`touch /data/by-${index}; find /data | wc -l`, "files"),
        ),
      );
      for (const { code, out } of await Promise.all(runs)) {
        expect(code).toBe(0);
        expect(Number(out)).toBeGreaterThanOrEqual(308);
      }
      const removals = await Promise.all([1, 2, 3].map(() => caller.call("volume", "rm", "crowd")));
      expect(removals.filter(({ code }) => code === 0)).toHaveLength(1);
      expect(existsSync(join(caller.root, "volumes/crowd"))).toBe(false);
    });
  },
);

const isRoot = modes.some(({ name }) => name === "root");

describe.skipIf(isMissing || !isRoot || missing("mount"))("mounts as root", () => {
  let caller: Caller;
  beforeAll(async () => {
    caller = new Caller(modes.find(({ name }) => name === "root")!);
    await caller.prepare();
  });
  afterAll(() => caller.dispose());

  test("of this machine that are made later are seen through rslave, and not without", async () => {
    const top = join(caller.directory, "top");
    mkdirSync(join(top, "later"), { recursive: true });
    const run = (...argv: string[]) => expect(Bun.spawnSync(argv).exitCode).toBe(0);
    run("mount", "--bind", top, top);
    try {
      run("mount", "--make-shared", top);
      const wait = ["box", "sh", "-c", "until test -e /signal/go; do sleep 0.1; done; ls /m/later"];
      const signal = join(caller.directory, "signal");
      mkdirSync(signal);
      for (const [name, option] of [
        ["with", ":rslave"],
        ["without", ""],
      ]) {
        const { code } = await caller.call(
          "run",
          "-d",
          "--name",
          name!,
          "-v",
          `${top}:/m${option}`,
          "-v",
          `${signal}:/signal`,
          ...wait,
        );
        expect(code).toBe(0);
      }
      run("mount", "-t", "tmpfs", "none", join(top, "later"));
      try {
        writeFileSync(join(top, "later/seen"), "");
        writeFileSync(join(signal, "go"), "");
        await caller.call("wait", "with", "without");
        expect((await caller.call("logs", "with")).out).toBe("seen\n");
        expect((await caller.call("logs", "without")).out).toBe("");
      } finally {
        run("umount", join(top, "later"));
      }
    } finally {
      run("umount", "--lazy", top);
    }
    const other = await caller.call("run", "--rm", "-v", `${caller.directory}:/m:rshared`, "box", "true");
    expect(other).toMatchObject({ code: 125, err: expect.stringContaining("but it is not a shared mount") });
  });

  test("that filled the disk go, with the container they were made for or by name", async () => {
    const disk = join(caller.directory, "disk");
    mkdirSync(disk);
    expect(Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=32m", "none", disk]).exitCode).toBe(0);
    try {
      const small = (...argv: string[]) => caller.call("--root", join(disk, "store"), ...argv);
      const archive = join(caller.directory, "box.tar");
      expect((await small("import", archive, "box")).code).toBe(0);
      const fill = ["box", "sh", "-c", "cat /dev/zero > /v/big 2>/dev/null"];
      expect((await small("run", "--rm", "-v", "/v", ...fill)).code).toBe(1);
      expect((await small("volume", "ls", "-q")).out).toBe("");
      expect((await small("run", "--rm", "-v", "full:/v", ...fill)).code).toBe(1);
      expect(await small("volume", "rm", "full")).toEqual({ code: 0, out: "full\n", err: "" });
      expect((await small("ps", "-aq")).out).toBe("");
    } finally {
      Bun.spawnSync(["umount", "--lazy", disk]);
    }
  });

  test("of an image show its files, and cannot be written", async () => {
    const { out } = await caller.call(
      "run",
      "--rm",
      "--mount",
      "type=image,src=box,dst=/i",
      "box",
      "sh",
      "-c",
      "ls -d /i/bin; touch /i/x 2>/dev/null || echo no",
    );
    expect(out).toBe("/i/bin\nno\n");
  });

  test("given to the container's user belong to it", async () => {
    const { out } = await caller.call(
      "run",
      "--rm",
      "-u",
      "33:44",
      "-v",
      "own:/o:U",
      "box",
      "sh",
      "-c",
      "stat -c %u:%g /o; touch /o/x && echo can",
    );
    expect(out).toBe("33:44\ncan\n");
  });
});
