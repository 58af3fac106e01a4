/** What is left where something that has to do with a container is killed, and what the next command finds. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { missing } from "../outside.ts";
import { describeAsEachUser, until } from "./sandbox/caller.ts";
import { descendants, isAlive, supervisorOf } from "./sandbox/processes.ts";

describeAsEachUser("kill -9", { isMissing: missing("busybox") }, (caller) => {
  const mounts = () =>
    readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(caller.directory));
  /** Of a container with this ID, in every tree that there is. */
  const cgroups = (id: string) =>
    [...new Bun.Glob(`*/kasane/${id}`).scanSync({ cwd: "/sys/fs/cgroup", onlyFiles: false })].sort();
  const cgroupOf = (pid: number) =>
    readFileSync(`/proc/${pid}/cgroup`, "utf8")
      .split("\n")
      .filter((line) => line.includes("/kasane/"));

  test("of the supervisor: no process, mount, control group or piece of a network stays", async () => {
    await caller.ok("network", "create", "app");
    await caller.ok("run", "-d", "--name", "stays", "--network", "app", "box", "sleep", "1000");
    const flags = ["--network", "app", "-p", "80", "-v", "data:/data", "--tmpfs", "/scratch", "--init"];
    const script = "sleep 1000 & (setsid sleep 1000 &); sleep 1000";
    const id = (await caller.ok("run", "-d", "--name", "dies", ...flags, "box", "sh", "-c", script)).trim();
    const supervisor = await supervisorOf(caller, "dies");
    const program = Number(await caller.ok("inspect", "-f", "{{.State.Pid}}", "dies"));
    const hadGroups = cgroupOf(program).length > 0;
    const address = (
      await caller.ok("inspect", "-f", "{{.NetworkSettings.Networks.app.IPAddress}}", "dies")
    ).trim();
    await until(() => descendants(supervisor).length > 4);
    const below = descendants(supervisor);
    process.kill(supervisor, "SIGKILL");
    await until(() => !below.some(isAlive));
    expect(mounts()).toEqual([]);
    // Any command that makes, starts or removes containers.
    await caller.ok("create", "--name", "next", "box", "true");
    expect([hadGroups, cgroups(id)]).toEqual([hadGroups, []]);
    const members = join(caller.root, "networks/app/names");
    expect(readdirSync(members)).not.toContain(address);
    expect(await caller.ok("exec", "stays", "cat", "/etc/hosts")).not.toContain("dies");
    expect(await caller.ok("ps", "-a", "--format", "{{.Names}} {{.State}}", "-f", "name=dies")).toBe(
      "dies exited\n",
    );
    await caller.ok("start", "dies");
    await caller.ok("rm", "-f", "dies", "stays", "next");
    await caller.ok("volume", "rm", "data");
    await caller.ok("network", "rm", "app");
  });

  test("of the caller of run, exec, attach and logs: what is in the background goes on, what was in front goes", async () => {
    await caller.ok("run", "-d", "--name", "life", "box", "sleep", "1000");
    for (const argv of [
      ["exec", "life", "sh", "-c", "echo begun; sleep 1001"],
      ["attach", "life"],
      ["logs", "-f", "life"],
      ["wait", "life"],
    ]) {
      const child = caller.spawn(...(argv as [string]));
      if (argv[0] === "exec") for await (const _ of child.stdout) break;
      child.kill("SIGKILL");
      await child.exited;
    }
    // As with docker, what exec started goes on as well.
    const inside = await caller.ok("top", "life", "-o", "pid,args");
    expect([inside.includes("sleep 1000"), inside.includes("sleep 1001")]).toEqual([true, true]);
    const run = caller.spawn("run", "--name", "front", "box", "sh", "-c", "echo begun; sleep 1000");
    for await (const _ of run.stdout) break;
    const below = descendants(run.pid);
    run.kill("SIGKILL");
    await until(() => !below.some(isAlive));
    expect([await caller.ok("ps", "-q", "-f", "name=front"), mounts()]).toEqual(["", []]);
    await caller.ok("rm", "-f", "life", "front");
  });
});
