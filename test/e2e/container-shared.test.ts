/** Namespaces that containers share, and limits that change while they run. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { missing } from "../outside.ts";
import { Caller } from "./sandbox/caller.ts";
import { makeModes } from "./sandbox/modes.ts";

const modes = makeModes();

describe.skipIf(missing("busybox")).each(modes.map((mode) => [mode.name, mode] as const))(
  "containers as %s",
  (_, mode) => {
    let caller: Caller;
    beforeAll(async () => {
      caller = new Caller(mode);
      await caller.prepare();
      await caller.ok(
        "run",
        "-d",
        "--name",
        "first",
        "--hostname",
        "one",
        "--ipc",
        "shareable",
        "box",
        "sleep",
        "1000",
      );
    });
    afterAll(async () => {
      await caller.removeContainers();
      caller.dispose();
    });
    const namespaces = "for name in pid ipc net uts mnt; do readlink /proc/self/ns/$name; done";
    const linesOf = async (...argv: string[]) => (await caller.ok(...argv)).trim().split("\n");

    test("share the namespaces that were asked for, and no others", async () => {
      const first = await linesOf("exec", "first", "sh", "-c", namespaces);
      for (const [index, kind] of ["pid", "ipc", "network"].entries()) {
        const other = await linesOf(
          "run",
          "--rm",
          `--${kind}`,
          "container:first",
          "box",
          "sh",
          "-c",
          namespaces,
        );
        const same = first.flatMap((one, at) => (one === other[at] ? [at] : []));
        expect([kind, same]).toEqual([kind, [index]]);
      }
    });

    test("see each other's processes and memory then, and end by themselves", async () => {
      const seen = await caller.ok("run", "--rm", "--pid", "container:first", "box", "ps");
      expect(seen).toContain("sleep 1000");
      await caller.ok("exec", "first", "sh", "-c", "echo shared > /dev/shm/note");
      expect(await caller.ok("run", "--rm", "--ipc", "container:first", "box", "cat", "/dev/shm/note")).toBe(
        "shared\n",
      );
      expect((await caller.call("run", "--rm", "box", "cat", "/dev/shm/note")).code).toBe(1);
      await caller.ok("create", "--name", "idle", "box", "true");
      for (const kind of ["pid", "ipc", "network"]) {
        const refused = await caller.call("run", "--rm", `--${kind}`, "container:idle", "box", "true");
        expect([kind, refused.code]).toEqual([kind, 125]);
        expect((await caller.call("run", "--rm", `--${kind}`, "container:nobody", "box", "true")).code).toBe(
          125,
        );
      }
      expect(await caller.ok("exec", "first", "echo", "there")).toBe("there\n");
    });

    test("have their limits changed while they run, and keep them when they start again", async () => {
      const limits = ["--memory", "64m", "--memory-swap", "128m", "--pids-limit", "50", "--cpus", "0.5"];
      const { code, err } = await caller.call("update", ...limits, "--restart", "on-failure:2", "first");
      expect(code).toBe(0);
      const format =
        "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}} {{.HostConfig.RestartPolicy.Name}}";
      const expected = "67108864 50 500000000 on-failure\n";
      expect(await caller.ok("inspect", "-f", format, "first")).toBe(expected);
      await caller.call("restart", "-t", "0", "first");
      expect(await caller.ok("inspect", "-f", format, "first")).toBe(expected);
      // Without control groups it is said that they have no effect.
      if (mode.name === "root") {
        expect(err).toBe("");
        const group = "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory/memory.limit_in_bytes";
        expect(await linesOf("exec", "first", "sh", "-c", group)).toEqual(["50", "67108864"]);
      }
      expect((await caller.call("update", "-m", "1m", "first")).err).toContain(
        "Minimum memory limit allowed is 6MB",
      );
    });
  },
);
