import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { missing } from "../outside.ts";
import { makeModes, StepFixture } from "./sandbox/modes.ts";

const isMissing = missing("busybox");
const modes = makeModes();

/** A disk of this machine, for whoever tries to open it from inside. */
const disk = readFileSync("/proc/partitions", "utf8")
  .split("\n")
  .map((line) => line.trim().split(/\s+/))
  .find(([major]) => /^[1-9]\d*$/.test(major ?? ""));

describe.skipIf(isMissing).each(modes.map((mode) => [mode.name, mode] as const))(
  "as %s, a step cannot",
  (_, mode) => {
    let steps: StepFixture;
    beforeAll(() => {
      steps = new StepFixture(mode);
    });
    afterAll(() => steps.dispose());

    test.each([
      ["mount a file system", "mount -t tmpfs none /tmp", /permission denied|not permitted/],
      ["mount a directory elsewhere", "mount -o bind /etc /tmp", /permission denied|not permitted/],
      ["uncover what is hidden", "umount /proc/kcore; umount -l /proc", /not permitted/],
      ["make a root writable again", "mount -o remount,rw /sys", /permission denied|not permitted/],
      ["make namespaces", "unshare -m true; unshare -r true", /not permitted/],
      ["change the root", "pivot_root / /tmp", /not permitted/],
      ["rename the host", "hostname other", /not permitted/],
      ["read the kernel's log", "dmesg", /not permitted/],
      ["set the clock", "date -s 2000-01-01", /not permitted/],
      ["restart the machine", "reboot -f", /not permitted/],
      ["load kernel code", "insmod /bin/busybox", /not permitted/],
      ["swap", "swapon /etc/passwd", /not permitted/],
      ["write kernel settings", "echo x > /proc/sys/kernel/core_pattern", /Read-only file system/],
      [
        "press the keys of the kernel",
        "echo b > /proc/sysrq-trigger",
        /Read-only file system|Permission denied|nonexistent/,
      ],
      [
        "write to sysfs",
        "echo 1 > /sys/kernel/uevent_helper; touch /sys/x",
        /Read-only file system|Permission denied/,
      ],
      [
        "lower its niceness",
        "nice -n -5 true 2>&1; renice -n -5 1",
        /Permission denied|not permitted|Operation/,
      ],
    ])("%s", async (_name, script, refusal) => {
      const { err, out, code } = await steps.script(`${script}; echo done`);
      expect(err + out.replace("done\n", "")).toMatch(refusal);
      expect([out.endsWith("done\n"), code]).toEqual([true, 0]);
    });

    test("see memory, firmware or timers of the machine", async () => {
      const { out } = await steps.script(
        "cat /proc/kcore /proc/timer_list /proc/keys /proc/interrupts 2>/dev/null | wc -c",
      );
      expect(out).toBe("0\n");
      expect(
        (await steps.script("ls -A /sys/firmware /proc/acpi /proc/scsi 2>/dev/null | grep -vE ':|^$'")).out,
      ).toBe("");
    });

    test.skipIf(disk === undefined)("open a device it makes", async () => {
      const make = (path: string) =>
        `mknod ${path} b ${disk![0]} ${disk![1]} 2>/dev/null; head -c 1 ${path} | wc -c`;
      const { out, err } = await steps.script(["/disk", "/dev/disk", "/dev/shm/disk"].map(make).join("; "));
      expect(out).toBe("0\n0\n0\n");
      expect(err.split("\n").filter(Boolean)).toHaveLength(3);
    });

    test("see mounts or files of the host", async () => {
      const { out } = await steps.script(
        "cut -d' ' -f3 /proc/mounts | sort -u; ls -A /proc/1/root | head -3; cat /proc/1/root/etc/hostname",
      );
      const [hostname, ...rest] = out.trim().split("\n").reverse();
      expect(hostname).toBe("box");
      const types = rest.filter((line) => !["bin", "dev", "etc"].includes(line));
      const expected =
        /^(cgroup2?|devpts|devtmpfs|mqueue|overlay|proc|sysfs|tmpfs|securityfs|debugfs|tracefs|pstore|efivarfs|bpf|configfs|fusectl|selinuxfs)$/;
      for (const type of types) expect(type).toMatch(expected);
      expect(types).toContain("overlay");
    });

    test("reach processes outside", async () => {
      const sleeper = Bun.spawn(["sleep", "60"]);
      try {
        const { code } = await steps.script(`kill -9 ${sleeper.pid} 2>/dev/null; kill -9 -1; true`);
        expect(code).toBeDefined();
        expect(sleeper.exitCode).toBeNull();
        expect(existsSync(`/proc/${sleeper.pid}/status`)).toBe(true);
      } finally {
        sleeper.kill();
      }
    });

    test("run or replace the host's runtime", async () => {
      const before = statSync(process.execPath);
      steps.clear();
      const direct = await steps.run({ step: { argv: ["/proc/self/exe"] } });
      expect(direct.error).toMatchObject({
        exitCode: 126,
        message: 'exec: "/proc/self/exe": permission denied',
      });
      await steps.script(
        "ln -s /proc/self/exe /link; printf '#!/proc/self/exe\\n' > /script; chmod +x /script",
      );
      expect((await steps.run({ step: { argv: ["/link"] } })).error).toMatchObject({ exitCode: 126 });
      const script = await steps.run({ step: { argv: ["/script"] } });
      // Its loader is not in this root.
      expect(script.error?.exitCode ?? script.code).not.toBe(0);
      const after = statSync(process.execPath);
      expect([after.size, after.mtimeMs, after.ino]).toEqual([before.size, before.mtimeMs, before.ino]);
    });
  },
);

describe.skipIf(isMissing).each(modes.map((mode) => [mode.name, mode] as const))(
  "as %s, a hostile root",
  (_, mode) => {
    const withRoot = async (prepare: string, use: (steps: StepFixture) => Promise<void>) => {
      const steps = new StepFixture(mode, { prepare });
      try {
        await use(steps);
      } finally {
        steps.dispose();
      }
    };

    test("with a fifo for a passwd file does not hold the step up", () =>
      withRoot("rm etc/passwd; mkfifo etc/passwd; rm etc/group; ln -s group etc/group", async (steps) => {
        steps.clear();
        // Not through a shell, which would wait for it itself.
        expect((await steps.run({ step: { argv: ["echo", "ok"] } })).out).toBe("ok\n");
      }));

    test.each(["proc", "sys", "dev"])("with a link for /%s is refused", (name) =>
      withRoot(`ln -s etc ${name}`, async (steps) => {
        expect((await steps.script("true")).error).toMatchObject({
          exitCode: 125,
          message: `cannot use this root file system: /${name} is a symbolic link`,
        });
      }));

    test("with links for mount points gets them inside itself", () =>
      withRoot(
        "mkdir -p up; ln -s ../../../../../../../../../../../../../../tmp up/out; rm -rf etc/hosts; ln -s /up/out/../../etc/shadow etc/hosts",
        async (steps) => {
          const mark = `kasane-out-${process.pid}`;
          const { out, code } = await steps.script("cat /etc/shadow | tail -1; ls /up/out", {
            mounts: [{ kind: "tmpfs", target: `/up/out/${mark}` }],
          });
          expect([out, code]).toEqual([`127.0.0.1\tbox\n${mark}\n`, 0]);
          expect(existsSync(`/tmp/${mark}`)).toBe(false);
        },
      ));

    test("gets no mount over /proc or /", () =>
      withRoot("", async (steps) => {
        for (const target of ["/proc", "/proc/sys", "//proc/../proc/1", "/", "/etc/.."]) {
          const { error } = await steps.script("true", { mounts: [{ kind: "tmpfs", target }] });
          expect(error).toMatchObject({ exitCode: 125, message: `cannot mount over ${target}` });
        }
      }));
  },
);
