import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeModes, StepFixture } from "./sandbox/modes.ts";

const modes = makeModes();

describe.each(modes.map((mode) => [mode.name, mode] as const))("a step as %s", (_, mode) => {
  let steps: StepFixture;
  const { hasOneUid } = mode;
  beforeAll(() => {
    steps = new StepFixture(mode);
  });
  afterAll(() => steps.dispose());
  const script = (text: string, step?: Parameters<StepFixture["script"]>[1]) => steps.script(text, step);

  test("runs with its own environment, directory, host name and exit code", async () => {
    const { out, err, code, signal } = await script(
      'echo "$A|$HOME|$PATH|$(hostname)|$PWD|$$"; echo oops >&2; exit 7',
      {
        env: ["A=b c"],
        cwd: "/etc",
      },
    );
    expect(out).toBe("b c|/root|/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|box|/etc|1\n");
    expect(err).toBe("oops\n");
    expect(code).toBe(7);
    expect(signal).toBeUndefined();
  });

  test("writes to the upper directory and nowhere else, and leaves no trace of the sandbox", async () => {
    const { upper, scaffolding } = await script(
      "echo x > /file; rm -r /tmp; mkdir -p /made/deep; ls /proc /sys /dev > /dev/null",
    );
    expect(upper).toEqual(["file", "made", "made/deep", "tmp"]);
    expect(scaffolding).toEqual([]);
  });

  test("changes owners and modes", async () => {
    const { out, code } = await script(
      "touch /f; chown 33:44 /f; chmod 4755 /f; stat -c '%u:%g %a' /f; mkfifo /p; ls /p",
    );
    expect(code).toBe(0);
    expect(out).toBe(`${hasOneUid ? "0:0 4755" : "33:44 4755"}\n/p\n`);
  });

  const users = [
    ["web", "uid=33(web) gid=33(web) groups=33(web),44(extra) /srv"],
    ["33:0", "uid=33(web) gid=0(root) groups=0(root) /srv"],
    ["4711", "uid=4711 gid=0(root) groups=0(root) /"],
    ["web:extra", "uid=33(web) gid=44(extra) groups=44(extra) /srv"],
  ] as const;
  test.each(users)("runs as the user %s of its own passwd file", async (user, expected) => {
    const { out, warnings } = await script("echo $(id) $HOME", { user });
    const home = expected.split(" ").at(-1);
    // Where there is no other uid, it is root and says so.
    expect(out.trim()).toBe(hasOneUid ? `uid=0(root) gid=0(root) groups=0(root) ${home}` : expected);
    expect(warnings.join()).toMatch(hasOneUid ? /^only your own uid is available/ : /^$/);
  });

  test("has Docker's capabilities, no others, and ordinary signals", async () => {
    steps.clear();
    // Without a shell: some ignore signals.
    const argv = ["grep", "-E", "^(Cap|Sig(Blk|Ign)|Seccomp:|NoNewPrivs)", "/proc/self/status"];
    const { out } = await steps.run({ step: { argv } });
    expect(
      Object.fromEntries(
        out
          .trim()
          .split("\n")
          .map((line) => line.split(/:\s*/)),
      ),
    ).toEqual({
      CapInh: "0000000000000000",
      CapPrm: "00000000a80425fb",
      CapEff: "00000000a80425fb",
      CapBnd: "00000000a80425fb",
      CapAmb: "0000000000000000",
      SigBlk: "0000000000000000",
      SigIgn: "0000000000000000",
      Seccomp: "2",
      NoNewPrivs: "0",
    });
  });

  test("another user has no capabilities at all", async () => {
    if (hasOneUid) return;
    const { out } = await script("grep -E '^Cap(Prm|Eff)' /proc/self/status", { user: "web" });
    expect(out).toBe("CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n");
  });

  test("sees no descriptors but its own, and can open those of its output again", async () => {
    const { out, err } = await script(
      "cd /proc/self/fd; echo *; echo again > /dev/stdout; echo too > /dev/stderr",
    );
    // The shell has the directory itself open while it looks.
    expect(out.replace(/ \d+\n/, "\n")).toBe("0 1 2\nagain\n");
    expect(err).toBe("too\n");
  });

  test("an unprivileged user can open its output again", async () => {
    expect((await script("echo again > /dev/stdout", { user: "web" })).out).toBe("again\n");
  });

  test("reads what it is given, and otherwise nothing", async () => {
    steps.clear();
    const given = "x".repeat(300_000);
    const step = { argv: ["/bin/sh", "-c", "wc -c"] };
    expect((await steps.run({ step, stdin: given })).out.trim()).toBe("300000");
    expect((await steps.run({ step })).out.trim()).toBe("0");
    const early = await steps.run({ step: { argv: ["/bin/sh", "-c", "head -c 1; exit 3"] }, stdin: given });
    expect([early.out, early.code]).toEqual(["x", 3]);
  });

  test("sees only its own processes, and takes them with it when it ends", async () => {
    const { out } = await script("sleep 1000 & (sleep 1000 & ) ; ps | wc -l; ls -d /proc/[0-9]* | wc -l");
    const [processes] = out.trim().split("\n").map(Number);
    expect(processes).toBeLessThan(10);
  });

  test.each([
    ["not there", ["nope"], 127, 'exec: "nope": executable file not found in $PATH'],
    ["no such path", ["/bin/nope"], 127, 'exec: "/bin/nope": stat /bin/nope: no such file or directory'],
    ["not executable", ["/etc/passwd"], 126, 'exec: "/etc/passwd": permission denied'],
    ["a directory", ["/etc"], 126, 'exec: "/etc": is a directory'],
  ])("tells a program that is %s", async (_name, argv, exitCode, message) => {
    steps.clear();
    const { error } = await steps.run({ step: { argv } });
    expect(error).toMatchObject({ code: "sandbox", exitCode, message });
  });

  test("tells a missing interpreter and a file that is no program", async () => {
    steps.clear();
    const make = "printf '#!/no/such\\n' > /a; echo > /b; echo text > /b; chmod +x /a /b";
    await steps.run({ step: { argv: ["/bin/sh", "-c", make] } });
    const first = await steps.run({ step: { argv: ["/a"] } });
    expect(first.error).toMatchObject({ exitCode: 127, message: 'exec: "/a": no such file or directory' });
    const second = await steps.run({ step: { argv: ["/b"] } });
    expect(second.error).toMatchObject({ exitCode: 126, message: 'exec: "/b": exec format error' });
  });

  test("tells an unknown user and a working directory that is a file", async () => {
    steps.clear();
    expect((await steps.run({ step: { argv: ["true"], user: "nobody7" } })).error).toMatchObject({
      exitCode: 125,
      message: "unable to find user nobody7: no matching entries in passwd file",
    });
    expect((await steps.run({ step: { argv: ["true"], cwd: "/etc/passwd" } })).error).toMatchObject({
      exitCode: 125,
      message: "working directory /etc/passwd is not a directory",
    });
  });

  test("makes its working directory, and removes it again when nothing is in it", async () => {
    const empty = await script("pwd", { cwd: "/new/dir" });
    expect([empty.out, empty.upper, empty.scaffolding]).toEqual(["/new/dir\n", [], ["new/dir", "new"]]);
    const used = await script("touch file", { cwd: "/new/dir" });
    expect([used.upper, used.scaffolding]).toEqual([["new", "new/dir", "new/dir/file"], []]);
  });

  test("mounts directories, files and tmpfs, read-only where asked", async () => {
    const source = join(steps.directory, "source");
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, "file"), "shared\n");
    const { out, upper } = await script(
      "cat /data/deep/file /one; touch /data/deep/x 2>&1; echo y > /scratch/y && stat -f -c %T /scratch; mount | grep -c nodev",
      {
        mounts: [
          { kind: "tmpfs", target: "/scratch", sizeBytes: 1 << 20, mode: 0o755 },
          { kind: "bind", source, target: "/data/deep", readOnly: true },
          { kind: "bind", source: join(source, "file"), target: "/one", readOnly: true },
        ],
      },
    );
    expect(out).toMatch(/^shared\nshared\ntouch: \/data\/deep\/x: Read-only file system\ntmpfs\n\d+\n$/);
    expect(upper).toEqual([]);
    const missing = await script("true", {
      mounts: [{ kind: "bind", source: "/no/such/thing", target: "/x", readOnly: false }],
    });
    expect(missing.error?.message).toBe("cannot mount /no/such/thing at /x: it does not exist");
  });

  test("has no network but loopback when it asks for none", async () => {
    const { out } = await script("cat /proc/net/dev | tail -n +3 | cut -d: -f1; cat /etc/hosts", {
      network: "none",
    });
    expect(out).toContain("lo\n127.0.0.1\tlocalhost\n");
    expect(out).toContain("127.0.0.1\tbox\n");
  });

  test("has copies of the network files: what it writes there is nobody else's", async () => {
    const { out, upper } = await script(
      "echo 10.1.1.1 other >> /etc/hosts; tail -1 /etc/hosts; cat /etc/hostname",
    );
    expect(out).toBe("10.1.1.1 other\nbox\n");
    expect(upper).toEqual([]);
  });

  test("can have a read-only root", async () => {
    const { out, code } = await script("touch /x 2>&1; echo ok > /dev/shm/x && cat /dev/shm/x", {
      readOnlyRoot: true,
    });
    expect([out, code]).toEqual(["touch: /x: Read-only file system\nok\n", 0]);
  });

  test("runs in a plain directory as well, and leaves it as it was", async () => {
    const { out, code } = await steps.run({
      kind: "directory",
      step: { argv: ["/bin/sh", "-c", "ls /; id -u"], cwd: "/w" },
    });
    expect(code).toBe(0);
    expect(out).toContain("proc\nsys\ntmp\nw\n0\n");
    const after = await steps.run({
      kind: "directory",
      step: { argv: ["/bin/sh", "-c", "ls -d /w /proc /etc/hosts"] },
    });
    expect(after.err).toContain("/w: No such file");
  });

  test("finds its mount points through links without leaving the root", async () => {
    const linked = new StepFixture(mode, {
      prepare:
        "ln -s ../../../../../../../tmp/../run/stub etc/resolv.conf; ln -s /nowhere/deep etc/hosts; ln -s etc data",
    });
    try {
      const { out, upper } = await linked.script(
        "cat /etc/hosts | tail -1; readlink /etc/hosts; ls /data/in",
        {
          mounts: [{ kind: "tmpfs", target: "/data/in" }],
        },
      );
      expect(out).toBe("127.0.0.1\tbox\n/nowhere/deep\n");
      // Copied up to have a mount point in it; not changed.
      expect(upper).toEqual(["etc"]);
    } finally {
      linked.dispose();
    }
  });
});
