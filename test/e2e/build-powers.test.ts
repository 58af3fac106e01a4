/** What a step may have only where it was allowed. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBusyboxRoot } from "../busybox-root.ts";
import { kasane, missing, run, runOk } from "../outside.ts";

setDefaultTimeout(60_000);

describe.skipIf(missing("busybox", "unshare") || process.getuid?.() !== 0)("kasane build", () => {
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "kasane-powers-"));
    makeBusyboxRoot(join(directory, "rootfs"), "sh grep ls hostname mount mkdir cat readlink");
    await runOk([kasane, "--root", join(directory, "store"), "import", join(directory, "rootfs"), "base"]);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const build = async (instruction: string, flags: readonly string[] = []) => {
    const argv = [kasane, "--root", join(directory, "store"), "build", "--progress=plain", "--no-cache"];
    const dockerfile = `FROM base\n${instruction}\n`;
    const { code, err } = await run([...argv, ...flags, "-f", "-", join(directory, "rootfs")], {
      stdin: new Blob([dockerfile]),
    });
    return { code, err, output: [...err.matchAll(/^#\d+ \d+\.\d+ (.*)$/gm)].map((match) => match[1]) };
  };

  test("RUN --security=insecure needs --allow, and then has all capabilities, no filter and the devices", async () => {
    const instruction =
      "RUN --security=insecure grep -E '^(CapEff|Seccomp):' /proc/self/status && mkdir /m && mount -t tmpfs x /m && ls /dev";
    const refused = await build(instruction);
    expect(refused.code).not.toBe(0);
    expect(refused.err).toContain("RUN --security=insecure is not allowed in this build");
    expect(refused.err).toContain("--allow security.insecure");
    expect(refused.err).toContain("^^^");
    const allowed = await build(instruction, ["--allow", "security.insecure"]);
    expect(allowed.code, allowed.err).toBe(0);
    const own = await Bun.file("/proc/self/status").text();
    expect(allowed.output[0]).toBe(/^CapEff:.*$/m.exec(own)![0]);
    expect(allowed.output[1]).toBe(/^Seccomp:.*$/m.exec(own)![0]);
    expect(allowed.output).toContain("full");
    // What the others have is not more than before.
    const other = await build("RUN grep -E '^(CapEff|Seccomp):' /proc/self/status", [
      "--allow",
      "security.insecure",
    ]);
    expect(other.output).toEqual(["CapEff:\t00000000a80425fb", "Seccomp:\t2"]);
  });

  test("RUN --network=host needs --allow or --network host; --network none is for all that do not say", async () => {
    const devices = "ls /sys/class/net";
    const refused = await build(`RUN --network=host ${devices}`);
    expect(refused.err).toContain("RUN --network=host is not allowed in this build");
    const own = await readlink("/proc/self/ns/net");
    for (const flags of [["--allow=network.host"], ["--network=host"]]) {
      const host = await build("RUN --network=host readlink /proc/self/ns/net", flags);
      expect(host.output).toEqual([own]);
    }
    for (const [instruction, flags] of [
      [`RUN --network=none ${devices}`, []],
      [`RUN ${devices}`, ["--network=none"]],
      [`RUN --network=default ${devices}`, ["--network=none"]],
    ] as const) {
      expect((await build(instruction, flags)).output).toEqual(["lo"]);
    }
  });

  test("BUILDKIT_SANDBOX_HOSTNAME names the machine; what cannot be allowed is told", async () => {
    expect(
      (await build("RUN hostname", ["--build-arg", "BUILDKIT_SANDBOX_HOSTNAME=builder"])).output,
    ).toEqual(["builder"]);
    expect((await build("RUN hostname")).output).toEqual(["kasane"]);
    const { code, err } = await build("RUN hostname", ["--allow", "network.hosts"]);
    expect(code).not.toBe(0);
    expect(err).toContain("did you mean network.host?");
  });
});
