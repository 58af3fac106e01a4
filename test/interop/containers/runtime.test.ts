/** Containers that runc and crun run for Kasane do what those do that it runs itself. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { Caller } from "../../e2e/sandbox/caller.ts";
import { makeModes } from "../../e2e/sandbox/modes.ts";
import { missing } from "../../outside.ts";

const modes = makeModes().filter(({ name }) => name !== "single uid");

const cases = modes.flatMap((mode) => ["runc", "crun"].map((runtime) => [runtime, mode.name, mode] as const));

/** What is the same, whoever runs it. */
const facts = `
grep -E '^(CapPrm|CapEff|CapBnd|NoNewPrivs|Seccomp|Groups|Uid|Gid):' /proc/self/status
pwd; hostname; env | grep -vE '^(HOSTNAME|OLDPWD|SHLVL|_)=' | sort; umask; cat /etc/hostname
echo "/proc/kcore: $(wc -c < /proc/kcore 2>&1)"
for path in /proc/sys /proc/irq /sys/kernel / /tmp; do test -w $path && echo "$path written" || echo "$path read"; done
ls /dev | grep -vx core; unshare -m true 2>&1; ulimit -Sn; tr '\\0' ' ' < /proc/1/cmdline | cut -c1-5
`;

describe.skipIf(missing("busybox")).each(cases)("--runtime %s as %s", (runtime, _, mode) => {
  const isMissing = missing(runtime);
  let caller: Caller;
  beforeAll(async () => {
    caller = new Caller(mode);
    await caller.prepare();
  });
  afterAll(() => caller.dispose());
  const by = (...argv: string[]) => caller.call("run", "--runtime", runtime, ...argv);

  test.skipIf(isMissing).each([
    ["without flags", []],
    ["with another user", ["--user", "1:2", "-e", "B=2", "-w", "/etc"]],
    ["with other capabilities", ["--cap-drop", "ALL", "--cap-add", "CHOWN"]],
    [
      "with a profile of none, and nothing new",
      ["--security-opt", "no-new-privileges", "--security-opt", "seccomp=unconfined"],
    ],
    ["with limits of a process", ["--ulimit", "nofile=64:64", "--read-only"]],
    ["with everything", ["--privileged"]],
  ] as [string, string[]][])("%s", async (_name, flags) => {
    const call = ["--rm", "--hostname", "inside", ...flags, "box", "sh", "-c", facts];
    const own = await caller.call("run", ...call);
    expect(own.code).toBe(0);
    expect(await by(...call)).toEqual(own);
  });

  test.skipIf(isMissing)("exit codes and signals", async () => {
    for (const [argv, code] of [
      [["sh", "-c", "exit 7"], 7],
      [["sh", "-c", "sh -c 'kill -9 $$'; exit $?"], 137],
      [["nope"], 127],
      [["/etc"], 126],
    ] as const) {
      expect({ argv, code: (await by("--rm", "box", ...argv)).code }).toEqual({ argv, code });
    }
  });

  test.skipIf(isMissing)("in the background: logs, exec, stop, volumes, and nothing left", async () => {
    const program =
      "trap 'echo bye; exit 3' TERM; echo up > /data/file; echo ready; while :; do sleep 0.05; done";
    const started = await by("-d", "--name", "back", "-v", "kept:/data", "box", "sh", "-c", program);
    expect(started).toMatchObject({ code: 0, err: "" });
    const logs = async () => (await caller.call("logs", "back")).out;
    for (let tries = 0; (await logs()) === "" && tries < 200; tries++) await Bun.sleep(20);
    expect((await caller.call("exec", "back", "cat", "/data/file")).out).toBe("up\n");
    expect((await caller.call("stop", "back")).code).toBe(0);
    expect((await caller.call("wait", "back")).out).toBe("3\n");
    expect(await logs()).toBe("ready\nbye\n");
    await caller.call("start", "back");
    await caller.call("rm", "-f", "back");
    expect(caller.leftContainers()).toEqual([]);
    const processes = readdirSync("/proc").filter(
      (pid) => /^\d+$/.test(pid) && commandOf(pid).includes(caller.root),
    );
    expect(processes).toEqual([]);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(caller.root);
  });

  test("one that is not there", async () => {
    expect(await caller.call("run", "--rm", "--runtime", "nope", "box", "true")).toMatchObject({
      code: 125,
      err: expect.stringContaining("Unknown runtime specified nope"),
    });
  });
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}
