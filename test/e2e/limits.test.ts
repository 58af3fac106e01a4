/** What a container may take, through the real command line. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { missing } from "../outside.ts";
import { describeAsEachUser } from "./sandbox/caller.ts";

describeAsEachUser("limits", { isMissing: missing("busybox") }, (caller, mode) => {
  const state = async (name: string, field: string) =>
    (await caller.call("container", "inspect", "--format", `{{.State.${field}}}`, name)).out.trim();

  test("a container that takes too much memory is ended, and says so; without a control group it is warned of", async () => {
    const hog = ["dd", "if=/dev/zero", "of=/dev/null", "bs=100M", "count=1"];
    const { code, err } = await caller.call(
      "run",
      "--name",
      "big",
      "--network",
      "none",
      "-m",
      "20m",
      "box",
      ...hog,
    );
    if (err.includes("has no effect here")) {
      expect([mode.name, err]).toEqual([mode.name, expect.stringContaining("--memory has no effect here")]);
      return;
    }
    expect([code, await state("big", "OOMKilled"), await state("big", "ExitCode")]).toEqual([
      137,
      "true",
      "137",
    ]);
  });

  test("pause stops it and unpause lets it go on; stats counts; nothing of its groups stays", async () => {
    const started = await caller.call(
      "run",
      "-d",
      "--name",
      "one",
      "--network",
      "none",
      "box",
      "sleep",
      "600",
    );
    expect(started.code).toBe(0);
    const id = started.out.trim();
    expect((await caller.call("pause", "one")).code).toBe(0);
    expect([await state("one", "Status"), await state("one", "Paused")]).toEqual(["paused", "true"]);
    expect((await caller.call("exec", "one", "true")).err).toContain("is paused");
    expect((await caller.call("pause", "one")).err).toContain("already paused");
    expect((await caller.call("unpause", "one")).code).toBe(0);
    const stats = await caller.call("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}", "one");
    expect(stats.out).toBe("one 1\n");
    expect((await caller.call("exec", "-d", "one", "no-such-program")).code).toBe(127);
    expect((await caller.call("stop", "one")).code).toBe(0);
    expect(existsSync(`/sys/fs/cgroup/pids/kasane/${id}`)).toBe(false);
  });
});
