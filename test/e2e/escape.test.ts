/** Ways out of a container that are known, each tried from inside, as root and rootless. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing, runOk } from "../outside.ts";
import { Caller } from "./sandbox/caller.ts";
import { makeModes } from "./sandbox/modes.ts";

const isMissing = missing("busybox", "cc");
const modes = makeModes();

/** A disk of this machine, for whoever tries to read it from inside. */
const disk = readFileSync("/proc/partitions", "utf8")
  .split("\n")
  .map((line) => line.trim().split(/\s+/))
  .find(([major]) => /^[1-9]\d*$/.test(major ?? ""));

/** What may come of an attempt besides "not permitted": the thing is not there to be tried, or not for writing. */
const otherRefusals: Readonly<Record<string, readonly string[]>> = {
  "disk-root": ["EACCES", "ENXIO", "ENOENT"],
  "disk-tmp": ["EACCES", "ENXIO", "ENOENT"],
  "disk-shm": ["EACCES", "ENXIO", "ENOENT"],
  "disk-dev": ["EACCES", "ENXIO", "ENOENT"],
  ptrace: ["ESRCH"],
  kill: ["ESRCH"],
  core_pattern: ["EROFS", "EACCES"],
  modprobe: ["EROFS", "EACCES", "ENOENT"],
  sysrq: ["EROFS", "EACCES", "ENOENT"],
  kcore: ["EACCES", "ENOENT", "ENODATA"],
  uevent_helper: ["EROFS", "EACCES", "ENOENT"],
  release_agent: ["EROFS", "EACCES", "ENOENT"],
  "cgroup-limit": ["EROFS", "EACCES", "ENOENT"],
  "cgroup-join": ["EROFS", "EACCES", "ENOENT"],
  tiocsti: ["ENOTTY", "EIO"],
};

describe.skipIf(isMissing).each(modes.map((mode) => [mode.name, mode] as const))(
  "out of a container as %s",
  (_, mode) => {
    let caller: Caller;
    let probes: string;
    beforeAll(async () => {
      caller = new Caller(mode);
      await caller.prepare();
      probes = join(caller.directory, "probes");
      mkdirSync(probes);
      for (const name of ["probe", "overwrite"]) {
        const source = join(import.meta.dir, `escape/${name}.c`);
        await runOk(["cc", "-static", "-O1", "-o", join(probes, name), source]);
      }
      chmodSync(probes, 0o755);
    });
    afterAll(async () => {
      const { out } = await caller.call("ps", "-aq");
      if (out.trim()) await caller.call("rm", "-f", ...out.trim().split("\n"));
      caller.dispose();
    });
    const mounted = () => ["-v", `${probes}:/probes:ro`];

    const attempts = async (...argv: string[]) => {
      const { out, err } = await caller.call(...argv);
      expect(err).toBe("");
      const outcomes = out
        .trim()
        .split("\n")
        .map((line) => line.split(" ") as [string, string]);
      expect(outcomes.length).toBeGreaterThan(50);
      return outcomes;
    };
    const expectRefused = (
      outcomes: readonly (readonly [string, string])[],
      except: Record<string, string>,
    ) => {
      for (const [name, outcome] of outcomes) {
        const allowed =
          except[name] === undefined ? ["EPERM", ...(otherRefusals[name] ?? [])] : [except[name]];
        expect([name, allowed]).toEqual([name, expect.arrayContaining([outcome])]);
      }
    };

    test("no call of the kernel leads there, nor a device, a kernel setting or a descriptor that was left open", async () => {
      const sleeper = Bun.spawn(["sleep", "600"]);
      try {
        const device = disk?.slice(0, 2) ?? ["8", "0"];
        const arguments_ = ["box", "/probes/probe", ...device, String(sleeper.pid)];
        const usual = { "setuid-0": "done", chroot: "same-root", files: "end" };
        expectRefused(await attempts("run", "--rm", "-i", ...mounted(), ...arguments_), usual);
        expectRefused(await attempts("run", "--rm", "--cap-drop", "all", ...mounted(), ...arguments_), {
          ...usual,
          chroot: "EPERM",
        });
        expect(sleeper.exitCode).toBeNull();
      } finally {
        sleeper.kill();
      }
    });

    test("nobody holds on to the program that enters, to write to it later", async () => {
      const before = statSync(process.execPath);
      expect(
        await caller.call("run", "-d", "--name", "watcher", ...mounted(), "box", "/probes/overwrite"),
      ).toMatchObject({
        code: 0,
      });
      for (let round = 0; round < 4; round++)
        expect(await caller.call("exec", "watcher", "true")).toMatchObject({ code: 0 });
      const logs = await caller.call("logs", "watcher");
      expect(logs.out).toBe("watching\n");
      const script = "printf '#!/proc/self/exe\\n' > /evil; ln -s /proc/self/exe /link; chmod +x /evil";
      await caller.call("exec", "watcher", "sh", "-c", script);
      for (const evil of ["/evil", "/link", "/proc/self/exe"])
        expect((await caller.call("exec", "watcher", evil)).code).not.toBe(0);
      const after = statSync(process.execPath);
      expect([after.size, after.mtimeMs, after.ino]).toEqual([before.size, before.mtimeMs, before.ino]);
      await caller.call("rm", "-f", "watcher");
    });

    test.skipIf(process.arch !== "x64")(
      "no program of this machine is run with a loader of the root's",
      async () => {
        const loader = join(probes, "interpreter");
        const source = join(import.meta.dir, "escape/interpreter.c");
        const bare = ["-nostdlib", "-static-pie", "-fPIE", "-fno-stack-protector"];
        await runOk(["cc", "-O1", ...bare, "-o", loader, source]);
        writeFileSync(join(probes, "evil"), "#!/proc/self/exe\n", { mode: 0o755 });
        const hostile = [...mounted(), "-v", `${loader}:/lib64/ld-linux-x86-64.so.2:ro`];
        const started = await caller.call("run", "-d", "--name", "loader", ...hostile, "box", "sleep", "600");
        expect(started.code).toBe(0);
        const calls = [
          ["run", "--rm", ...hostile, "box"],
          ["run", "--rm", "--pid", "host", ...hostile, "box"],
          ["exec", "loader"],
        ];
        for (const call of calls)
          expect(await caller.call(...call, "/probes/evil")).toEqual({ code: 126, out: "", err: "" });
        await caller.call("rm", "-f", "loader");
      },
    );

    test("a set-uid program gains nothing with no-new-privileges", async () => {
      const plain = "grep NoNewPrivs /proc/self/status";
      const { out } = await caller.call(
        "run",
        "--rm",
        "--security-opt",
        "no-new-privileges",
        "box",
        "sh",
        "-c",
        plain,
      );
      expect(out).toBe("NoNewPrivs:\t1\n");
      if (mode.hasOneUid) return;
      const gained = await caller.call(
        ...["run", "--rm", "--user", "1000", "--security-opt", "no-new-privileges", ...mounted(), "box"],
        ...["sh", "-c", "/probes/probe 1 3 999999 | grep setuid-0"],
      );
      expect(gained.out).toBe("setuid-0 EPERM\n");
    });

    test("a link that is exchanged while cp walks leads to nothing outside", async () => {
      const outside = join(caller.directory, "outside");
      mkdirSync(outside);
      writeFileSync(join(outside, "secret"), "of the host");
      chmodSync(outside, 0o777);
      const swap = `mkdir -p /a/real && echo inside > /a/real/secret && cd /a && while :; do
        ln -sfn real d 2>/dev/null; rm -f d; mkdir d 2>/dev/null && cp real/secret d/; rm -rf d; ln -s ${outside} d; rm -f d; done`;
      await caller.call("run", "-d", "--name", "racer", "box", "sh", "-c", swap);
      const payload = join(caller.directory, "payload");
      writeFileSync(payload, "written from outside");
      for (let round = 0; round < 5; round++) {
        const read = await caller.call("cp", "racer:/a/d/secret", "-");
        expect(read.out).not.toContain("of the host");
        await caller.call("cp", payload, "racer:/a/d/planted");
        expect(existsSync(join(outside, "planted"))).toBe(false);
      }
      await caller.call("rm", "-f", "racer");
    });

    test("a fork bomb stays within its limit, and ends with the container; where there is none, that is said", async () => {
      const limited = ["run", "--rm", "--pids-limit", "30", "box", "sh", "-c"];
      const { err } = await caller.call(...limited, "true");
      if (err !== "") {
        expect([mode.name, err]).toEqual([
          mode.name,
          expect.stringContaining("--pids-limit has no effect here"),
        ]);
        return;
      }
      const bomb = "bomb() { bomb | bomb & }; bomb 2>/dev/null; sleep 1; cat /sys/fs/cgroup/pids/pids.max";
      const { out } = await caller.call(...limited, bomb);
      expect(out).toMatch(/^(30\n)?$/);
      expect(Bun.spawnSync(["pgrep", "-f", "bomb 2>/dev/null"]).stdout.toString()).toBe("");
    });
  },
);
