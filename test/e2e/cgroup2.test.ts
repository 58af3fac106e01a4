/**
 * Control groups of version 2, as root and as users to whom a part of the tree was delegated, in a mount namespace where nothing else is seen.
 * Where the controllers belong to version 1, limits are warned of; the rest (freezing, counting, clearing away) needs none of them.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { missing, runOk } from "../outside.ts";
import { Caller, until } from "./sandbox/caller.ts";
import { makeModes } from "./sandbox/modes.ts";
import { supervisorOf } from "./sandbox/processes.ts";

const isMissing =
  missing("busybox", "unshare", "setpriv") ||
  process.getuid?.() !== 0 ||
  !/\bcgroup2$/m.test(readFileSync("/proc/filesystems", "utf8"));
const modes = makeModes();

const top = "/sys/fs/cgroup";

/** Begins a command in version 2 alone, in a group below one that belongs to a user. */
function within(group: string, uid: number): string[] {
  const delegated = `${top}/${group}`;
  const script = [
    "mount --make-rprivate /",
    `umount -l ${top} && mount -t cgroup2 none ${top}`,
    `for one in cpu memory pids; do echo +$one >${top}/cgroup.subtree_control; done 2>/dev/null`,
    `mkdir -p ${delegated}/caller`,
    `chown ${uid} ${delegated} ${delegated}/cgroup.procs ${delegated}/cgroup.subtree_control`,
    `chown ${uid} ${delegated}/caller ${delegated}/caller/cgroup.procs`,
    `echo $$ >${delegated}/caller/cgroup.procs`,
    'exec "$@"',
  ];
  return ["unshare", "--mount", "--", "sh", "-c", script.join("\n"), "sh"];
}

describe.skipIf(isMissing).each(modes.map((mode) => [mode.name, mode] as const))(
  "control groups of version 2 as %s",
  (name, mode) => {
    const group = `kasane-test-${process.pid}-${name.replaceAll(" ", "-")}`;
    const enter = within(group, mode.user?.uid ?? 0);
    const look = (script: string) => runOk([...enter, "sh", "-c", script]);
    /** Where the groups of containers are. */
    const parent = mode.user ? `${top}/${group}/kasane` : `${top}/kasane`;
    let caller: Caller;
    beforeAll(async () => {
      caller = new Caller(mode, { enter });
      await caller.prepare();
    });
    afterAll(async () => {
      await caller.removeContainers();
      caller.dispose();
      // This very command stands in it.
      await look(
        `echo $$ >${top}/cgroup.procs; rmdir ${parent}; rmdir ${top}/${group}/caller ${top}/${group}`,
      );
    });
    const groups = async () =>
      (await look(`ls ${parent} | grep -v "\\." || true`)).split("\n").filter(Boolean);

    test("a limit is set, or it is said why not", async () => {
      const limits = ["--memory", "64m", "--pids-limit", "33", "--cpus", "0.5"];
      const show =
        "grep ^0 /proc/self/cgroup; cd /sys/fs/cgroup; cat memory.max pids.max cpu.max 2>/dev/null; true";
      const { code, out, err } = await caller.call("run", "--rm", ...limits, "box", "sh", "-c", show);
      const controllers = (await look(`cat ${parent}/cgroup.controllers`)).split(/\s+/);
      const has = (controller: string) => controllers.includes(controller);
      const lacks = (flag: string, controller: string) =>
        has(controller)
          ? ""
          : `warning: ${flag} has no effect here: there is no control group with the controller ${controller}\n`;
      expect(err).toBe(lacks("--memory", "memory") + lacks("--cpus", "cpu") + lacks("--pids-limit", "pids"));
      const values = { memory: "67108864", pids: "33", cpu: "50000 100000" };
      const seen = Object.entries(values).flatMap(([controller, value]) => (has(controller) ? [value] : []));
      expect([code, out]).toEqual([0, ["0::/", ...seen, ""].join("\n")]);
      expect(await groups()).toEqual([]);
    });

    test("a pause freezes the group, statistics are read from it, and it goes with the container", async () => {
      const count = "i=0; while :; do i=$((i+1)); echo $i >/tmp/count; done";
      const id = (await caller.call("run", "-d", "--name", "busy", "box", "sh", "-c", count)).out.trim();
      expect(await groups()).toHaveLength(1);
      const counted = async () =>
        (await caller.ok("cp", "busy:/tmp/count", "-")).replace(/[^\n]*\0/g, "").trim();
      await caller.ok("pause", "busy");
      expect(await look(`cat ${parent}/*/cgroup.freeze`)).toBe("1\n");
      expect(await counted()).toBe(await counted());
      await caller.ok("unpause", "busy");
      expect(await look(`cat ${parent}/*/cgroup.freeze`)).toBe("0\n");
      const format = "{{.ID}} {{.CPUPerc}}";
      const [shown = "", share = ""] = (
        await caller.ok("stats", "--no-stream", "--format", format, "busy")
      ).split(" ");
      expect(id.startsWith(shown)).toBe(true);
      expect(Number.parseFloat(share)).toBeGreaterThan(1);
      await caller.ok("rm", "-f", "busy");
      expect(await groups()).toEqual([]);
    });

    test("after kill -9 of all that holds it the next command clears it away", async () => {
      await caller.call("run", "-d", "--name", "victim", "box", "sleep", "1000");
      const [left] = await groups();
      expect(await look(`cat ${parent}/${left}/cgroup.procs`)).not.toBe("");
      process.kill(await supervisorOf(caller, "victim"), "SIGKILL");
      await until(async () => (await caller.call("ps", "-q")).out === "");
      await caller.ok("rm", "victim");
      expect(await groups()).toEqual([]);
    });
  },
);
