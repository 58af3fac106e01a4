/** Containers that outlive the command that started them, through the real command line. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { missing } from "../outside.ts";
import { describeAsEachUser, until } from "./sandbox/caller.ts";
import { descendants, isAlive, supervisorOf } from "./sandbox/processes.ts";

const inTurn =
  "trap 'echo bye; exit 3' TERM; trap 'echo again' HUP; echo ready; while :; do sleep 0.05; done";

describeAsEachUser("containers in the background", { isMissing: missing("busybox") }, (caller) => {
  const ok = (...argv: string[]) => caller.ok(...argv);
  const statusOf = async (name: string) =>
    (await ok("ps", "-a", "--format", "{{.Names}} {{.State}} {{.Status}}"))
      .split("\n")
      .find((line) => line.startsWith(`${name} `));

  test("run -d prints the id and goes; logs, kill, exec and stop work on what goes on", async () => {
    const id = (await ok("run", "-d", "--name", "life", "-e", "X=1", "box", "sh", "-c", inTurn)).trim();
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await statusOf("life")).toMatch(/^life running Up /);
    await until(async () => (await ok("logs", "life")) === "ready\n");
    expect(await ok("kill", "-s", "HUP", "life")).toBe("life\n");
    await until(async () => (await ok("logs", "life")) === "ready\nagain\n");
    expect(await ok("exec", "-e", "Y=2", "-w", "/etc", "life", "sh", "-c", "echo $X $Y $PWD $A")).toBe(
      "1 2 /etc image\n",
    );
    expect((await caller.call("exec", "life", "sh", "-c", "exit 9")).code).toBe(9);
    expect((await caller.call("exec", "life", "nope")).code).toBe(127);
    expect(await caller.call("exec", "-w", "/nowhere", "life", "true")).toMatchObject({
      code: 126,
      err: expect.stringContaining("working directory /nowhere does not exist"),
    });
    expect(await ok("exec", "life", "cat", "/proc/1/comm")).toBe("sh\n");
    const fed = await caller.feed(new Blob(["typed"]), "exec", "-i", "life", "cat");
    expect(fed.out).toBe("typed");
    expect(await ok("stop", "life")).toBe("life\n");
    expect(await statusOf("life")).toStartWith("life exited Exited (3)");
    expect(await ok("logs", "--tail", "1", "life")).toBe("bye\n");
    expect(await ok("wait", "life")).toBe("3\n");
  });

  test("start runs it again with what it wrote; restart stops it before", async () => {
    await ok("run", "-d", "--name", "twice", "box", "sh", "-c", `echo x >> /tmp/runs; ${inTurn}`);
    expect(await ok("restart", "twice")).toBe("twice\n");
    expect(await caller.call("restart", "-t", "soon", "twice")).toMatchObject({
      code: 125,
      err: expect.stringContaining('invalid number of seconds: "soon"'),
    });
    expect(await ok("exec", "twice", "cat", "/tmp/runs")).toBe("x\nx\n");
    await ok("stop", "twice");
    expect(await ok("start", "twice")).toBe("twice\n");
    expect(await ok("exec", "twice", "cat", "/tmp/runs")).toBe("x\nx\nx\n");
    // What runs already is left alone.
    expect(await ok("start", "twice")).toBe("twice\n");
    await ok("rm", "-f", "twice");
    expect(await statusOf("twice")).toBeUndefined();
  });

  test("a program that hears nothing is killed at once", async () => {
    await ok("run", "-d", "--name", "deaf", "box", "sleep", "1000");
    const start = Date.now();
    await ok("stop", "-t", "500", "deaf");
    expect(Date.now() - start).toBeLessThan(60_000);
    expect(await statusOf("deaf")).toStartWith("deaf exited Exited (137)");
  });

  test("what cannot be started says why, and with which code", async () => {
    const nope = await caller.call("run", "-d", "--name", "nope", "box", "not-there");
    expect(nope).toMatchObject({ code: 127, out: "" });
    expect(nope.err).toContain("executable file not found in $PATH");
    expect((await caller.call("exec", "nope", "true")).err).toContain("is not running");
    expect((await caller.call("kill", "nope")).code).toBe(1);
    expect((await caller.call("run", "-d", "--rm", "--restart", "always", "box", "true")).code).toBe(125);
  });

  test("--rm goes when it ends, log and all", async () => {
    const before = caller.leftContainers().length;
    const id = (await ok("run", "-d", "--rm", "box", "sh", "-c", inTurn)).trim();
    expect(await ok("stop", id.slice(0, 12))).toBe(`${id.slice(0, 12)}\n`);
    expect(caller.leftContainers().length).toBe(before);
  });

  test("--restart on-failure begins again as often as it says", async () => {
    const script = "echo run; exit 5";
    await ok("run", "-d", "--name", "again", "--restart", "on-failure:2", "box", "sh", "-c", script);
    await until(async () => (await statusOf("again"))!.startsWith("again exited"));
    expect(await statusOf("again")).toStartWith("again exited Exited (5)");
    expect(await ok("logs", "again")).toBe("run\nrun\nrun\n");
  });

  test("inspect tells what was asked for and how often it began again", async () => {
    const flags = ["--restart", "on-failure:1", "--stop-signal", "INT", "--stop-timeout", "7", "-i"];
    await ok("run", "-d", "--name", "told", ...flags, "box", "sh", "-c", "echo run; exit 4");
    await until(async () => (await statusOf("told"))?.startsWith("told exited") === true);
    const template =
      "{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}} {{.RestartCount}} {{.State.Status}} {{.State.ExitCode}} {{.Config.StopTimeout}} {{.Config.OpenStdin}} {{.HostConfig.LogConfig.Type}} {{.LogPath}}";
    const log = join(
      caller.root,
      "containers",
      (await ok("ps", "-aq", "--no-trunc", "-f", "name=told")).trim(),
      "log.json",
    );
    expect(await ok("inspect", "-f", template, "told")).toBe(
      `on-failure 1 1 exited 4 7 true json-file ${log}\n`,
    );
    expect(readFileSync(log, "utf8").split("\n")[0]).toContain('"log":"run\\n"');
    await ok("rm", "told");
  });

  test("--restart always goes on until it is stopped", async () => {
    await ok("run", "-d", "--name", "always", "--restart", "always", "box", "sh", "-c", "echo run");
    await until(async () => (await ok("logs", "always")).startsWith("run\nrun\n"));
    await ok("stop", "always");
    expect(await statusOf("always")).toMatch(/^always exited Exited \((0|137)\)/);
  });

  test("attach shows what comes and types", async () => {
    await ok(
      "run",
      "-di",
      "--name",
      "typed",
      "box",
      "sh",
      "-c",
      "while read -r l; do echo got $l; done; exit 6",
    );
    const attached = caller.spawn({ stdin: new Blob(["a\nb\n"]) }, "attach", "typed");
    await until(async () => (await ok("logs", "typed")) === "got a\ngot b\n");
    await ok("kill", "typed");
    expect(await new Response(attached.stdout).text()).toBe("got a\ngot b\n");
    expect(await attached.exited).toBe(137);
  });

  test("logs -f ends with the container; times and streams are kept apart", async () => {
    await ok(
      "run",
      "-d",
      "--name",
      "talk",
      "box",
      "sh",
      "-c",
      "echo out; echo err >&2; sleep 0.3; echo last",
    );
    const followed = await caller.call("logs", "-f", "talk");
    expect(followed).toEqual({ code: 0, out: "out\nlast\n", err: "err\n" });
    expect(await ok("logs", "-t", "--tail", "1", "talk")).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z last\n$/);
  });

  test("a killed supervisor takes its container along, and ps tells the truth", async () => {
    await ok("run", "-d", "--name", "orphan", "box", "sleep", "1000");
    const supervisor = await supervisorOf(caller, "orphan");
    const below = descendants(supervisor);
    process.kill(supervisor, "SIGKILL");
    await until(() => !below.some(isAlive));
    expect(await statusOf("orphan")).toStartWith("orphan exited");
    await ok("start", "orphan");
    expect(await statusOf("orphan")).toStartWith("orphan running");
    await ok("rm", "-f", "orphan");
  });

  test("ps finds by state, name, label, image and age", async () => {
    await ok("run", "-d", "--name", "f-one", "-l", "k=1", "box", "sleep", "1000");
    await ok("run", "-d", "--name", "f-two", "-l", "k=2", "box", "sh", "-c", "exit 4");
    await ok("wait", "f-two");
    await ok("create", "--name", "f-three", "box", "true");
    const names = async (...argv: string[]) =>
      (await ok("ps", "--filter", "name=^f-", "--format", "{{.Names}}", ...argv)).split("\n").filter(Boolean);
    expect(await names()).toEqual(["f-one"]);
    expect(await names("-a")).toEqual(["f-three", "f-two", "f-one"]);
    expect(await names("-f", "status=created", "-f", "status=exited")).toEqual(["f-three", "f-two"]);
    expect(await names("-f", "exited=4")).toEqual(["f-two"]);
    expect(await names("-a", "-f", "label=k")).toEqual(["f-two", "f-one"]);
    expect(await names("-a", "-f", "label=k=1")).toEqual(["f-one"]);
    expect(await names("-a", "-f", "ancestor=box", "-f", "before=f-two")).toEqual(["f-one"]);
    expect(await names("-a", "-f", "since=f-one", "-f", "network=private")).toEqual(["f-three", "f-two"]);
    expect(await names("-a", "-f", "ancestor=other")).toEqual([]);
    expect(await names("-l")).toEqual(["f-three"]);
    expect(await names("-n", "2")).toEqual(["f-three", "f-two"]);
    expect(await ok("ps", "-s", "--filter", "name=f-one", "--format", "{{.Size}}")).toMatch(
      /^\S+B \(virtual \S+B\)\n$/,
    );
    expect((await caller.call("ps", "-f", "status=busy")).code).toBe(1);
    expect((await caller.call("ps", "-f", "before=nobody")).err).toContain("no such container: nobody");
    await ok("rm", "-f", "f-one", "f-two", "f-three");
  });

  test("ten at once, and each is there once", async () => {
    const names = Array.from({ length: 10 }, (_, i) => `many${i}`);
    await Promise.all(names.map((name) => ok("run", "-d", "--name", name, "box", "sh", "-c", inTurn)));
    // Of two who start one container, one does.
    await ok("stop", "many0");
    await Promise.all([
      ok("start", "many0"),
      caller.call("start", "many0"),
      caller.call("start", "many0"),
    ]).catch(() => {});
    expect(
      (await ok("ps", "--format", "{{.Names}}")).split("\n").filter((n) => n.startsWith("many")),
    ).toHaveLength(10);
    await ok("rm", "-f", ...names);
    expect(await ok("ps", "-q")).toBe("");
  });

  test("output that nobody reads is kept within bounds", async () => {
    const flood = "i=0; while [ $i -lt 400000 ]; do echo line $i; i=$((i+1)); done";
    await ok("run", "-d", "--name", "flood", "box", "sh", "-c", flood);
    await ok("wait", "flood");
    expect(await ok("logs", "--tail", "1", "flood")).toBe("line 399999\n");
    const directory = join(caller.root, "containers");
    const id = (await ok("container", "inspect", "--format", "{{.Id}}", "flood")).trim();
    const kept = readdirSync(join(directory, id)).filter((name) => name.startsWith("log.json"));
    expect(kept.length).toBeLessThanOrEqual(3);
  });
});
