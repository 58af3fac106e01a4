/** How containers are watched, entered and changed while they run: what docker and podman do, and what Kasane does. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { Session } from "../../e2e/sandbox/session.ts";
import { areMissing, type Engine, type Engines, settled, startEngines } from "./engines.ts";

const all = ["docker", "podman", "kasane"] as const;
const two = ["docker", "kasane"] as const;

describe.skipIf(areMissing)("a container that runs", () => {
  let engines: Engines;
  beforeAll(async () => {
    engines = await startEngines();
  }, 60_000);
  afterAll(() => engines?.[Symbol.asyncDispose](), 60_000);

  const apart = ["--network", "none"];
  const call = (engine: Engine, ...argv: readonly string[]) => engines.call(engine, ...argv);
  const ok = async (engine: Engine, ...argv: readonly string[]) => {
    const { code, out, err } = await call(engine, ...argv);
    expect([engine, argv[0], code, code === 0 ? "" : err]).toEqual([engine, argv[0], 0, ""]);
    return out;
  };
  const start = (engine: Engine, name: string, script: string, ...flags: readonly string[]) =>
    ok(engine, "run", "-d", "--name", name, ...apart, ...flags, "box", "sh", "-c", script);
  const spawn = (engine: Engine, ...argv: readonly string[]) => {
    const { argv: program, env } = engines.command(engine);
    return Bun.spawn([...program, ...argv], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
  };
  const isRunning = async (engine: Engine, name: string) =>
    (await ok(engine, "inspect", "-f", "{{.State.Running}}", name)).trim();
  const ended = (engine: Engine, name: string) =>
    settled(
      () => isRunning(engine, name),
      (text) => text === "false",
    );

  test.each([
    [[]],
    [["-a", "stdout"]],
    [["-a", "STDERR"]],
    [["-a", "stdout", "-a", "stderr"]],
    [["--attach", "nothing"]],
    [["-a", "stdout", "-d"]],
    [["--log-opt", "max-size=1m", "--log-opt", "max-file=0"]],
    [["--log-opt", "max-sizes=1m"]],
    [["--log-driver", "no-such-driver"]],
    [["--log-driver", "none"]],
    [["--log-driver", "local", "--log-opt", "max-size=1m", "--log-opt", "max-file=2"]],
    [["--device-cgroup-rule", "nonsense"]],
    [["--device-read-bps", "/dev/null"]],
    [["--device-read-bps", "null:1m"]],
    [["--device-write-iops", "/dev/null:fast"]],
    [["--memory-swappiness", "101"]],
  ])("run %j: its streams and how it ends", async (flags) => {
    const script = "echo out; echo err >&2; exit 3";
    const [docker, ours] = await Promise.all(
      two.map(async (engine) => {
        const { code, out, err } = await call(
          engine,
          "run",
          "--rm",
          ...apart,
          ...flags,
          "box",
          "sh",
          "-c",
          script,
        );
        return { code, out, err: code === 3 ? err : "" };
      }),
    );
    expect(ours).toEqual(docker!);
  });

  test("names of a domain, swapping and limits of disks are where docker has them", async () => {
    const disk = ["/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/loop0"].find((path) => existsSync(path))!;
    const flags = [
      ...[
        "--hostname",
        "h",
        "--domainname",
        "example.org",
        "-m",
        "64m",
        "--memory-swappiness",
        "7",
        "--oom-kill-disable",
      ],
      ...[
        "--device-read-bps",
        `${disk}:1m`,
        "--device-write-iops",
        `${disk}:99`,
        "--device-cgroup-rule",
        "c 189:5 rw",
      ],
    ];
    const look = [
      "cat /proc/sys/kernel/domainname /proc/sys/kernel/hostname; cd /sys/fs/cgroup",
      "cat memory/memory.swappiness; head -1 memory/memory.oom_control; grep -c '^c 189:5 rw$' devices/devices.list",
      "cat blkio/blkio.throttle.read_bps_device blkio/blkio.throttle.write_iops_device",
    ];
    const [docker, ours] = await Promise.all(
      two.map((engine) =>
        call(engine, "run", "--rm", ...apart, ...flags, "box", "sh", "-c", look.join("\n")),
      ),
    );
    expect(ours!.out).toBe(docker!.out);
    expect(ours!.code).toBe(docker!.code);
    const fields = [
      "BlkioDeviceReadBps",
      "BlkioDeviceWriteIOps",
      "DeviceCgroupRules",
      "MemorySwappiness",
      "OomKillDisable",
    ];
    const format = fields.map((name) => `{{json .HostConfig.${name}}}`).join(" ");
    const log = ["--log-driver", "json-file", "--log-opt", "max-size=2m", "--log-opt", "max-file=4"];
    for (const engine of two) await ok(engine, "create", "--name", "told", ...flags, ...log, "box", "true");
    const told = await Promise.all(
      two.map((engine) =>
        ok(
          engine,
          "inspect",
          "-f",
          `${format} {{.HostConfig.LogConfig.Type}} {{json .HostConfig.LogConfig.Config}} {{.Config.Domainname}}`,
          "told",
        ),
      ),
    );
    expect(told[1]).toBe(told[0]!);
  });

  const timed = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d) /;
  const counting = "for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done";
  /** Of a container that has ended: what it wrote before and after its third line, and the like. */
  const readLogs = async (engine: Engine, name: string) => {
    const lines = (...flags: string[]) => ok(engine, "logs", ...flags, name);
    const times = (await lines("-t")).trim().split("\n");
    const since = new Date(Date.parse(times[2]!.split(" ")[0]!) - 50).toISOString();
    return {
      plain: await lines(),
      tails: [await lines("--tail", "2"), await lines("--tail", "1"), await lines("--tail", "0")],
      since: await lines("--since", since),
      until: await lines("--until", since),
      ago: await lines("--since", "10m"),
      times: times.map((line) => line.replace(timed, "TIME ")),
    };
  };

  test("logs: the last lines, those since and until a time, with times, and followed to the end", async () => {
    const seen = await Promise.all(
      two.map(async (engine) => {
        await start(engine, "writer", `${counting}; printf unfinished`);
        const followed = await ok(engine, "logs", "-f", "writer");
        await ended(engine, "writer");
        return {
          // Docker 20.10 forgets a last line without its end here.
          followed: followed.replace(/unfinished$/, ""),
          ...(await readLogs(engine, "writer")),
          followedLate: await ok(engine, "logs", "-f", "--tail", "2", "writer"),
          all: await ok(engine, "logs", "--tail", "all", "writer"),
          nobody: (await call(engine, "logs", "nobody-there")).code,
        };
      }),
    );
    expect(seen[1]).toEqual(seen[0]!);
    expect(seen[1]!.followed).toEndWith("line 5\n");
  });

  test("logs of a container that has ended, beside podman", async () => {
    const seen = await Promise.all(
      (["podman", "kasane"] as const).map(async (engine) => {
        await start(
          engine,
          "written",
          counting,
          ...(engine === "podman" ? ["--log-driver", "k8s-file"] : []),
        );
        await ended(engine, "written");
        return readLogs(engine, "written");
      }),
    );
    expect(seen[1]).toEqual(seen[0]!);
  });

  test("logs of a container that keeps none", async () => {
    const outcomes = await Promise.all(
      two.map(async (engine) => {
        await start(engine, "silent", "echo hi", "--log-driver", "none");
        const { code, out, err } = await call(engine, "logs", "silent");
        const type = await ok(
          engine,
          "inspect",
          "-f",
          "{{.HostConfig.LogConfig.Type}} {{.LogPath}}",
          "silent",
        );
        return { code, out, type, said: /configured logging driver does not support reading/.test(err) };
      }),
    );
    expect(outcomes[1]).toEqual(outcomes[0]!);
  });

  test("exec ends as its command does", async () => {
    for (const engine of all) await start(engine, "entered", "sleep 100");
    const calls: readonly (readonly string[])[] = [
      ["entered", "true"],
      ["entered", "sh", "-c", "exit 7"],
      ["entered", "no-such-program"],
      ["entered", "/etc/passwd"],
      ["entered", "sh", "-c", "kill -9 $$"],
      ["-w", "/etc", "-e", "A=b", "entered", "sh", "-c", 'test "$A$(pwd)" = b/etc'],
      ["-u", "nobody-knows", "entered", "true"],
    ];
    const codes = await Promise.all(
      all.map((engine) => Promise.all(calls.map(async (argv) => (await call(engine, "exec", ...argv)).code))),
    );
    // podman 4.3 says 255 of a user that is not there.
    expect(codes[2]!.slice(0, 6)).toEqual(codes[1]!.slice(0, 6));
    // Docker 20.10 says 126 of a program that is not there, later ones 127.
    expect(codes[2]).toEqual(codes[0]!.with(2, 127));
  }, 60_000);

  test.each(
    all,
  )("exec -it by %s: a terminal of the caller's size, which follows, and the shell's code", async (engine) => {
    await start(engine, "shell", "sleep 100");
    const { argv, env } = engines.command(engine);
    const assignments = Object.entries({ PATH: process.env.PATH, ...env }).map(
      ([name, value]) => `${name}=${value}`,
    );
    const session = new Session(["env", ...assignments, ...argv, "exec", "-it", "shell", "sh"]);
    try {
      session.type("echo be''gun\r");
      await session.see(/begun/);
      // The size may come a moment after the shell.
      const size = async (rows: number, columns: number) => {
        for (let attempt = 0; ; attempt++) {
          session.type("echo size $(busybox stty size) end\r");
          const text = await session.see(/size \d+ \d+ end/);
          if (text === `size ${rows} ${columns} end`) return;
          expect([engine, text, attempt < 50]).toEqual([engine, text, true]);
          await Bun.sleep(20);
        }
      };
      await size(30, 90);
      session.resize(101, 33);
      await size(33, 101);
      session.type("test -t 0 && test -t 1 && test -t 2 && exit 7\r");
      expect([engine, await session.child.exited]).toEqual([engine, 7]);
    } finally {
      session.close();
    }
  }, 60_000);

  test("attach passes signals on, unless it is told not to", async () => {
    const script = 'trap "echo heard; exit 9" TERM; while :; do echo tick; sleep 0.1; done';
    /** Once something of the container is seen there. */
    const terminated = async (child: Bun.Subprocess<"ignore", "pipe", "pipe">) => {
      const reader = child.stdout.getReader();
      await reader.read();
      child.kill("SIGTERM");
      while (!(await reader.read()).done);
      return child.exited;
    };
    const outcomes = await Promise.all(
      two.map(async (engine) => {
        await start(engine, "trapping", script);
        const left = await terminated(spawn(engine, "attach", "--sig-proxy=false", "--no-stdin", "trapping"));
        const lives = await isRunning(engine, "trapping");
        const code = await terminated(spawn(engine, "attach", "--no-stdin", "trapping"));
        await ended(engine, "trapping");
        const exitCode = await ok(engine, "inspect", "-f", "{{.State.ExitCode}}", "trapping");
        return {
          isLeft: left !== 0,
          lives,
          code,
          exitCode,
          heard: /heard/.test(await ok(engine, "logs", "trapping")),
        };
      }),
    );
    expect(outcomes[1]).toEqual(outcomes[0]!);
  }, 60_000);

  test("what fails begins again as often as its policy says, and update ends as docker's", async () => {
    const outcomes = await Promise.all(
      two.map(async (engine) => {
        await start(engine, "failing", "exit 5", "--restart", "on-failure:3");
        await ended(engine, "failing");
        const told = () =>
          ok(engine, "inspect", "-f", "{{.RestartCount}} {{.State.ExitCode}} {{.State.Status}}", "failing");
        const state = await settled(told, (text) => text === "3 5 exited\n");
        await start(engine, "changed", "sleep 100");
        const codes: number[] = [];
        for (const argv of [
          ["-m", "64m", "--memory-swap", "128m", "changed"],
          ["-m", "1m", "changed"],
          ["-m", "nonsense", "changed"],
          ["--cpus", "1000", "changed"],
          ["--cpuset-cpus", "900", "changed"],
          ["-m", "64m", "nobody-there"],
          ["changed"],
        ])
          codes.push((await call(engine, "update", ...argv)).code);
        return {
          state,
          codes,
          memory: await ok(engine, "inspect", "-f", "{{.HostConfig.Memory}}", "changed"),
        };
      }),
    );
    expect(outcomes[1]).toEqual(outcomes[0]!);
  }, 60_000);

  test("ports, as podman lists them", async () => {
    const [first, second] = await freePorts();
    const outcomes: unknown[] = [];
    for (const engine of ["podman", "kasane"] as const) {
      const network = engine === "podman" ? ["--network", "slirp4netns"] : [];
      const ports = ["-p", `127.0.0.1:${first}:80`, "-p", `127.0.0.1:${second}:53/udp`];
      await ok(engine, "run", "-d", "--name", "open", ...network, ...ports, "box", "sleep", "100");
      const shown = (await ok(engine, "ps", "--filter", "name=open", "--format", "{{.Ports}}")).trim();
      const listed = (await ok(engine, "port", "open")).trim().split("\n").sort();
      const none = await call(engine, "port", "open", "81");
      outcomes.push({
        shown: shown.split(", ").sort(),
        listed,
        one: await ok(engine, "port", "open", "80"),
        udp: await ok(engine, "port", "open", "53/udp"),
        none: none.code === 0,
      });
      await ok(engine, "rm", "-f", "open");
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
  }, 60_000);

  test("container exists and image exists, as podman answers", async () => {
    for (const engine of ["podman", "kasane"] as const) await start(engine, "here", "sleep 100");
    const codes = await Promise.all(
      (["podman", "kasane"] as const).map((engine) =>
        Promise.all(
          [
            ["container", "exists", "here"],
            ["container", "exists", "not-here"],
            ["image", "exists", "box"],
            ["image", "exists", "no-box:1"],
          ].map(async (argv) => (await call(engine, ...argv)).code),
        ),
      ),
    );
    expect(codes[1]).toEqual(codes[0]!);
    expect(codes[1]).toEqual([0, 1, 0, 1]);
  });
});

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      return (server.address() as { port: number }).port;
    }),
  );
  for (const server of servers) server.close();
  return ports as [number, number];
}
