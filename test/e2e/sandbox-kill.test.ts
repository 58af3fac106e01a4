import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { isKasaneError } from "../../src/lib/mod.ts";
import { createSandbox, privilege } from "../../src/sandbox/mod.ts";
import { missing } from "../outside.ts";
import { makeModes, StepFixture } from "./sandbox/modes.ts";

const isMissing = missing("busybox");
const modes = makeModes();

/** Every process of this machine whose command line holds `mark`, by the pid seen here. */
function processesWith(mark: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 10_000; !condition(); await Bun.sleep(5)) {
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
  }
}

let nextMark = 0;
/** Seconds for sleep(1) that nobody else sleeps: a way to find a process again. */
const newMark = () => `${86_400 + process.pid}.${nextMark++}9`;

describe.skipIf(isMissing).each(modes.map((mode) => [mode.name, mode] as const))("as %s", (_, mode) => {
  let steps: StepFixture;
  beforeEach(() => {
    steps = new StepFixture(mode);
  });
  afterEach(() => steps.dispose());

  const start = (script: string, step: Parameters<StepFixture["script"]>[1] = {}) =>
    Bun.spawn(steps.command({ step: { ...step, argv: ["/bin/sh", "-c", script] } }), {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: "/",
    });
  const mounts = () =>
    readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(steps.directory));

  /** Daemons of every kind, one of them of another user: what changes its user is no longer told of the death of its parent. */
  const family = (mark: string) =>
    `(setsid sleep ${mark} &) ; ${mode.hasOneUid ? "" : `su web -s /bin/sh -c 'setsid sleep ${mark} &';`} trap '' TERM INT HUP; sleep ${mark} & exec sleep ${mark}`;
  const familySize = mode.hasOneUid ? 3 : 4;

  test("nothing of a step survives the death of the process that runs it", async () => {
    const mark = newMark();
    const child = start(family(mark));
    await until(() => processesWith(`sleep\0${mark}`).length >= familySize, "the step's processes");
    child.kill("SIGKILL");
    await until(() => processesWith(mark).length === 0, "the end of the step's processes");
    expect(mounts()).toEqual([]);
  });

  test("nothing of a step survives the death of any process in the chain", async () => {
    const chainOf = (mark: string) => {
      // From the program up to the process that runs it.
      const chain: number[] = [];
      for (let pid = processesWith(`sleep\0${mark}`)[0]; pid !== undefined && pid > 1; pid = parentOf(pid))
        chain.push(pid);
      return chain.slice(
        0,
        chain.findIndex((pid) => isWorker(pid)),
      );
    };
    for (let link = 0, length = 2; link < length; link++) {
      const mark = newMark();
      const child = start(`exec sleep ${mark}`);
      await until(() => processesWith(`sleep\0${mark}`).length === 1, "the step");
      // A keeper looks like the worker until it has become a program of its own.
      await until(() => chainOf(mark).length >= 2, "the chain");
      const chain = chainOf(mark);
      // More of them where programs make the namespaces.
      length = Math.max(length, chain.length);
      expect(chain[link]).toBeDefined();
      process.kill(chain[link]!, "SIGKILL");
      await child.exited;
      await until(
        () => processesWith(mark).filter((pid) => pid !== child.pid).length === 0,
        "the end of the step",
      );
      expect(mounts()).toEqual([]);
      steps.clear();
    }
  });

  const parentOf = (pid: number) =>
    Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  const isWorker = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("worker.ts");

  test("signals reach the program, which decides what they mean", async () => {
    for (const [signal, code] of [
      ["SIGTERM", 42],
      ["SIGINT", 43],
      ["SIGHUP", 44],
      ["SIGUSR1", 45],
    ] as const) {
      const mark = newMark();
      const script = `trap 'exit 42' TERM; trap 'exit 43' INT; trap 'exit 44' HUP; trap 'exit 45' USR1; sleep ${mark} & wait`;
      const child = start(script, { stdio: { kind: "inherit", stdin: false } });
      await until(() => processesWith(`sleep\0${mark}`).length === 1, "the step");
      child.kill(signal);
      const { code: actual } = JSON.parse(await child.stdout.text()) as { code: number };
      expect([signal, actual]).toEqual([signal, code]);
      steps.clear();
    }
  });

  test("a start that waits for its step ends with the process that made it", async () => {
    const child = Bun.spawn(steps.command({ step: { argv: [] }, waits: true }), {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: "/",
    });
    const reader = child.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("waiting\n");
    const started = below(child.pid);
    expect(started.length).toBeGreaterThan(0);
    child.kill("SIGKILL");
    await until(() => started.every((pid) => !existsSync(`/proc/${pid}`)), "the end of the start");
  });

  const below = (pid: number): number[] => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    return children.map(Number).flatMap((child) => [child, ...below(child)]);
  };

  test("a program that does not listen is killed by the third request", async () => {
    const mark = newMark();
    const child = start(`trap '' TERM; exec sleep ${mark}`, { stdio: { kind: "inherit", stdin: false } });
    await until(() => processesWith(`sleep\0${mark}`).length === 1, "the step");
    // Requests that come too close together are one. When the step is gone, one more would be for the worker alone.
    const asking = setInterval(() => {
      if (processesWith(mark).length > 0) child.kill("SIGTERM");
    }, 50);
    await child.exited;
    clearInterval(asking);
    expect((JSON.parse(await child.stdout.text()) as { code: number }).code).toBe(137);
    expect(processesWith(mark)).toEqual([]);
  });
});

describe.skipIf(privilege() === "none" || isMissing)("in this process", () => {
  const step = (steps: StepFixture, name: string, argv: string[]) => {
    const [upper, work] = [join(steps.directory, `${name}-upper`), join(steps.directory, `${name}-work`)];
    for (const path of [upper, work]) mkdirSync(path);
    return {
      rootfs: { kind: "overlay", lower: [join(steps.directory, "lower")], upper, work },
      argv,
      env: [],
      cwd: "/",
      user: "",
      hostname: "box",
      mounts: [],
      network: "host",
    } as const;
  };

  test("an abort ends a step with everything it started, before the promise is settled", async () => {
    const steps = new StepFixture({ name: "ourselves", hasOneUid: false });
    try {
      await steps.script("true");
      const mark = newMark();
      const abort = new AbortController();
      let lines = "";
      const run = createSandbox().run({
        ...step(steps, "abort", [
          "/bin/sh",
          "-c",
          `(setsid sleep ${mark} &); (sleep ${mark} &); echo ready; trap '' TERM; exec sleep ${mark}`,
        ]),
        stdio: {
          kind: "pipe",
          output: (_, chunk) => {
            lines += new TextDecoder().decode(chunk);
          },
        },
        signal: abort.signal,
      });
      await until(() => lines.includes("ready") && processesWith(`sleep\0${mark}`).length === 3, "the step");
      abort.abort(new Error("enough"));
      const error = await run.catch((reason: unknown) => reason);
      expect(processesWith(mark)).toEqual([]);
      expect(isKasaneError(error, "cancelled")).toBe(true);
    } finally {
      steps.dispose();
    }
  });

  test("many steps side by side leave no descriptors, processes or mounts", async () => {
    const steps = new StepFixture({ name: "ourselves", hasOneUid: false });
    try {
      await steps.script("true");
      const sandbox = createSandbox();
      const open = () =>
        readdirSync("/proc/self/fd")
          .map((fd) => linkOf(fd))
          .filter((to) => !/^(anon_inode|\/dev\/shm)/.test(to)).length;
      const run = async (name: string) => {
        let out = "";
        // Some have been prepared, of those one for another network.
        const number = Number(name);
        const prepared = number % 2 === 0 ? await sandbox.prepare(number === 4 ? "none" : "host") : undefined;
        const { code } = await sandbox.run({
          prepared,
          ...step(steps, name, ["/bin/sh", "-c", `echo ${name}; exit ${Number(name) % 7}`]),
          stdio: {
            kind: "pipe",
            output: (_, chunk) => {
              out += new TextDecoder().decode(chunk);
            },
          },
        });
        await prepared?.dispose();
        return [out, code];
      };
      await run("0");
      const before = open();
      const unused = await sandbox.prepare("host");
      const names = Array.from({ length: 16 }, (_, index) => String(index + 1));
      expect(await Promise.all(names.map(run))).toEqual(names.map((name) => [`${name}\n`, Number(name) % 7]));
      await unused.dispose();
      expect(open()).toBe(before);
      expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(steps.directory);
      expect(readdirSync(join(steps.directory, "3-work/work"))).toEqual([]);
    } finally {
      steps.dispose();
    }
  });
});

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "anon_inode";
  }
}
