/** Health checks, as docker makes them and as `podman healthcheck run` tells of them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { areMissing, type Engine, type Engines, settled, startEngines } from "./engines.ts";

interface Health {
  readonly Status: string;
  readonly FailingStreak: number;
  readonly Log: readonly { readonly ExitCode: number; readonly Output: string }[];
}

const flags = ["--health-interval", "200ms", "--health-retries", "2"];

/** A check's name, the flags, and when enough is known. */
const cases: readonly (readonly [name: string, flags: readonly string[], status: string])[] = [
  ["that goes well", ["--health-cmd", "echo fine >&2", ...flags], "healthy"],
  ["that fails", ["--health-cmd", "echo bad; exit 3", ...flags], "unhealthy"],
  [
    "that takes too long",
    ["--health-cmd", "echo begun; sleep 60", "--health-timeout", "300ms", ...flags],
    "unhealthy",
  ],
  ["by a program that is not there", ["--health-cmd", "no-such-program", ...flags], "unhealthy"],
  [
    "that fails in the start period",
    [
      "--health-cmd",
      "exit 1",
      "--health-interval",
      "200ms",
      "--health-retries",
      "1",
      "--health-start-period",
      "60s",
    ],
    "starting",
  ],
  [
    "with the environment and directory of the container",
    ["-e", "A=b", "-w", "/bin", "--health-cmd", "echo $A $(pwd)", ...flags],
    "healthy",
  ],
];

describe.skipIf(areMissing)("a container's health", () => {
  let engines: Engines;
  beforeAll(async () => {
    engines = await startEngines();
  }, 60_000);
  afterAll(() => engines?.[Symbol.asyncDispose](), 60_000);

  const start = async (engine: Engine, name: string, ...argv: readonly string[]) => {
    const { code, err } = await engines.call(
      engine,
      "run",
      "-d",
      "--name",
      name,
      "--network",
      "none",
      ...argv,
      "box",
      "sleep",
      "100",
    );
    // docker at times complains of its own connection.
    const said = err.replace(
      /^time=\S+ level=error msg="error waiting for container: context canceled"\s*/,
      "",
    );
    // Without systemd podman makes no checks by itself, and says so.
    expect([engine, code, engine === "podman" ? "" : said]).toEqual([engine, 0, ""]);
  };
  const healthOf = async (engine: Engine, name: string): Promise<Health> =>
    JSON.parse(
      (await engines.call(engine, "container", "inspect", "-f", "{{json .State.Health}}", name)).out,
    ) as Health;
  const first = async (engine: Engine, name: string) => {
    const { Status, Log } = await healthOf(engine, name);
    return {
      Status,
      ExitCode: Log[0]?.ExitCode, // Docker 20.10 does not tell what a check has written that took too long; later ones do.
      Output: Log[0]?.Output.replace(/^(Health check exceeded timeout \(300ms\)): begun\n$/, "$1"),
    };
  };

  test.each(cases.map((one, index) => [...one, `case-${index}`] as const))(
    "by a check %s",
    async (_, given, status, name) => {
      const seen = await Promise.all(
        (["docker", "kasane"] as const).map(async (engine) => {
          await start(engine, name, ...given);
          const health = await settled(
            () => healthOf(engine, name),
            ({ Status, Log }) => Status === status && Log.length > 1,
          );
          const { out: shown } = await engines.call(
            engine,
            "ps",
            "--filter",
            `name=${name}`,
            "--format",
            "{{.Status}}",
          );
          const { out: found } = await engines.call(engine, "ps", "-q", "--filter", `health=${status}`);
          const result = await first(engine, name);
          return {
            ...result,
            streak: Math.min(health.FailingStreak, 2),
            shown: /\(.*/.exec(shown)?.[0],
            isFound: found !== "",
          };
        }),
      );
      expect(seen[1]).toEqual(seen[0]!);
      expect(seen[1]!.Status).toBe(status);
      for (const engine of ["docker", "kasane"] as const) {
        await engines.call(engine, "stop", "-t", "0", name);
        expect([engine, (await healthOf(engine, name)).Status]).toEqual([engine, "unhealthy"]);
        await engines.call(engine, "rm", "-f", name);
      }
    },
    60_000,
  );

  test("--no-healthcheck, and wrong flags", async () => {
    for (const [given, said] of [
      [["--no-healthcheck", "--health-cmd", "true"], "--no-healthcheck conflicts with --health-* options"],
      [["--health-cmd", "true", "--health-retries", "-1"], "--health-retries cannot be negative"],
      [["--health-cmd", "true", "--health-interval", "-1s"], "--health-interval cannot be negative"],
      [["--health-cmd", "true", "--health-interval", "soon"], 'time: invalid duration "soon"'],
      [["--health-cmd", "true", "--health-timeout", "1us"], "cannot be less than 1ms"],
    ] as const) {
      for (const engine of ["docker", "kasane"] as const) {
        const { code, err } = await engines.call(engine, "create", ...given, "box", "true");
        expect([engine, code === 0]).toEqual([engine, false]);
        expect(err).toContain(said);
      }
    }
    for (const engine of ["docker", "kasane"] as const) {
      await start(engine, "none", "--no-healthcheck");
      expect([engine, await healthOf(engine, "none")]).toEqual([engine, null as never]);
    }
  }, 60_000);

  test("healthcheck run, beside podman", async () => {
    const outcomes = await Promise.all(
      (["podman", "kasane"] as const).map(async (engine) => {
        const check = ["--health-interval", "1h", "--health-cmd"];
        await start(engine, "well", ...check, "test -e /etc/passwd");
        await start(engine, "ill", ...check, "exit 3");
        await start(engine, "unknown");
        const calls: [number, string][] = [];
        for (const name of ["well", "ill", "unknown", "nobody"]) {
          const { code, out } = await engines.call(engine, "healthcheck", "run", name);
          calls.push([code, out]);
        }
        const { Status } = await healthOf(engine, "well");
        return { calls, Status };
      }),
    );
    expect(outcomes[1]).toEqual(outcomes[0]!);
    expect(outcomes[1]!.Status).toBe("healthy");
  }, 60_000);
});
