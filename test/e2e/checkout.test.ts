/** What runs from the sources, which are files of the machine: a step that has gone into a container's files finds none of them there. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout, missing, run } from "../outside.ts";
import { makeStepRoot } from "./sandbox/step-root.ts";

setDefaultTimeout(120_000);

describe.skipIf(missing("busybox", "unshare"))("bin/kasane", () => {
  let directory: string;
  const kasane = (...words: string[]) =>
    run([join(checkout, "bin/kasane"), "--root", join(directory, "store"), ...words]);

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "kasane-checkout-"));
    mkdirSync(join(directory, "rootfs"));
    await makeStepRoot(join(directory, "rootfs"));
    expect(await kasane("import", join(directory, "rootfs"), "box")).toMatchObject({ code: 0 });
    expect(await kasane("run", "-d", "--name", "lasting", "box", "sleep", "600")).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await kasane("rm", "-f", "lasting");
    rmSync(directory, { recursive: true, force: true });
  });

  for (const [words, code] of [
    [["run", "--rm", "box"], 3],
    [["run", "--rm", "--init", "box"], 3],
    [["run", "--rm", "--network", "none", "--pid", "container:lasting", "box"], 3],
    [["exec", "lasting"], 3],
  ] as const) {
    test(words.join(" "), async () => {
      expect(await kasane(...words, "sh", "-c", "echo done; exit 3")).toMatchObject({ code, out: "done\n" });
      expect((await kasane(...words, "nosuch")).err).toContain('exec: "nosuch": executable file not found');
      expect((await kasane(...words, "/bin")).code).toBe(126);
    });
  }

  test("exec -d", async () => {
    expect(await kasane("exec", "-d", "lasting", "true")).toMatchObject({ code: 0 });
    const failed = await kasane("exec", "-d", "lasting", "nosuch");
    expect(failed).toMatchObject({ code: 127 });
    expect(failed.err).toContain('exec: "nosuch": executable file not found');
  });

  test("from, run, commit", async () => {
    expect(await kasane("from", "--name", "working", "box")).toMatchObject({ code: 0 });
    expect(await kasane("run", "working", "--", "sh", "-c", "echo made >/made")).toMatchObject({ code: 0 });
    expect(await kasane("commit", "working", "made")).toMatchObject({ code: 0 });
    expect(await kasane("run", "--rm", "made", "cat", "/made")).toMatchObject({ out: "made\n" });
  });
});
