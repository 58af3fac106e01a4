import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missing } from "../outside.ts";
import { Caller } from "./sandbox/caller.ts";
import { makeModes } from "./sandbox/modes.ts";

const isMissing = missing("busybox");
const modes = makeModes();

describe.skipIf(isMissing).each(modes.map((mode) => [mode.name, mode] as const))(
  "containers as %s",
  (_, mode) => {
    let caller: Caller;
    const { hasOneUid } = mode;
    beforeAll(async () => {
      caller = new Caller(mode);
      await caller.prepare();
    });
    afterAll(() => caller.dispose());

    test("run what the image says, and what is said differently", async () => {
      expect(await caller.call("run", "--rm", "box")).toEqual({
        code: 0,
        out: "default image /tmp\n",
        err: "",
      });
      const told = await caller.call(
        ...[
          "run",
          "--rm",
          "-e",
          "A=told",
          "-e",
          "FROM_CALLER",
          "-e",
          "NOT_SET",
          "-w",
          "/etc",
          "--hostname",
          "here",
          "box",
        ],
        ...["sh", "-c", "echo $A $FROM_CALLER $(env | grep -c NOT_SET) $PWD $(hostname) $HOSTNAME; exit 9"],
      );
      expect(told).toEqual({ code: 9, out: "told yes 0 /etc here here\n", err: "" });
      const entry = await caller.call("run", "--rm", "--entrypoint", "echo", "box", "x", "y");
      expect(entry.out).toBe("x y\n");
      if (!hasOneUid) {
        const user = await caller.call("run", "--rm", "-u", "web", "box", "id");
        expect(user.out).toBe("uid=33(web) gid=33(web) groups=33(web),44(extra)\n");
      }
    });

    test("begin with no descriptor to spare, and where only the program itself leads", async () => {
      for (const pid of ["private", "host"]) {
        const few = await caller.call(
          ...["run", "--rm", "--pid", pid, "--ulimit", "nofile=3", "-w", "/proc/self", "box"],
          ...["sh", "-c", "ulimit -n; cat comm"],
        );
        expect(few).toEqual({ code: 1, out: "3\n", err: expect.stringContaining("Too many open files") });
        const inside = await caller.call(
          ...["run", "--rm", "--pid", pid, "-w", "/proc/self", "box", "cat", "comm"],
        );
        expect(inside).toEqual({ code: 0, out: "cat\n", err: "" });
      }
    });

    test("end as their program does, whoever started kasane and had no interest in children", async () => {
      for (const pid of ["private", "host"]) {
        const argv = caller.command("run", "--rm", "--pid", pid, "box", "sh", "-c", "exit 7");
        expect(await Bun.spawn(["env", "--ignore-signal=CHLD", ...argv]).exited).toBe(7);
      }
    });

    test("end with 126 and 127 where the kernel takes no program for one", async () => {
      const scripts = join(caller.directory, "scripts");
      mkdirSync(scripts);
      writeFileSync(join(scripts, "lost"), "#!/no/such/shell\n", { mode: 0o755 });
      writeFileSync(join(scripts, "words"), "only words\n", { mode: 0o755 });
      const calls = [
        ["run", "--rm", "-v", `${scripts}:/s:ro`, "box"],
        ["exec", "runs"],
      ];
      const runs = ["run", "-d", "--name", "runs", "-v", `${scripts}:/s:ro`, "box", "sleep", "600"];
      expect((await caller.call(...runs)).code).toBe(0);
      for (const call of calls) {
        const lost = await caller.call(...call, "/s/lost");
        expect([lost.code, lost.err]).toEqual([127, expect.stringContaining("no such file or directory")]);
        const words = await caller.call(...call, "/s/words");
        expect([words.code, words.err]).toEqual([126, expect.stringContaining("exec format error")]);
      }
      await caller.call("rm", "-f", "runs");
    });

    test("end with 125, 126 and 127 when they cannot run", async () => {
      expect((await caller.call("run", "--rm", "box", "nope")).code).toBe(127);
      expect((await caller.call("run", "--rm", "box", "/etc/passwd")).code).toBe(126);
      expect((await caller.call("run", "--rm", "-u", "nobody7", "box", "true")).code).toBe(125);
      expect((await caller.call("run", "--rm", "--pull", "never", "not-there")).code).toBe(125);
      expect((await caller.call("run", "--rm", "--name", "no good", "box")).code).toBe(125);
      for (const flags of [
        ["--env-file", "/nope"],
        ["--label-file", "/nope"],
        // They never end.
        ["--env-file", "/dev/zero"],
        ["--label-file", "/dev/zero"],
        ["--stop-signal", "NOPE"],
      ])
        expect((await caller.call("run", "--rm", ...flags, "box", "true")).code).toBe(125);
      expect(caller.leftContainers()).toEqual([]);
    });

    test("write their ID to a file, never over another, and read labels from one", async () => {
      const at = (name: string) => join(caller.directory, name);
      writeFileSync(at("labels"), "# of a file\nkind=test\n\nempty\n");
      const made = ["create", "--cidfile", at("id"), "--label-file", at("labels"), "-l", "kind=flag", "box"];
      const id = (await caller.ok(...made)).trim();
      expect(readFileSync(at("id"), "utf8")).toBe(id);
      expect(await caller.call(...made)).toMatchObject({ code: 125, err: expect.stringContaining("EEXIST") });
      const labels = await caller.ok("inspect", "-f", "{{json .Config.Labels}}", id);
      expect(JSON.parse(labels)).toEqual({ l: "1", kind: "flag", empty: "" });
      await caller.ok("rm", id);
    });

    test("have the names that were added, in whatever network", async () => {
      for (const network of ["private", "none", "host"]) {
        const flags = ["--network", network, "--add-host", "db:10.1.2.3", "--dns", "10.9.9.9"];
        const files = await caller.ok(
          "run",
          "--rm",
          ...flags,
          "box",
          "cat",
          "/etc/hosts",
          "/etc/resolv.conf",
        );
        expect([network, files]).toEqual([network, expect.stringMatching(/^10\.1\.2\.3\tdb$/m)]);
        expect(files).toMatch(/^nameserver 10\.9\.9\.9$/m);
        expect(files).toContain("localhost");
      }
    });

    test("mount directories of the caller", async () => {
      const shared = join(caller.directory, "shared");
      mkdirSync(shared, { recursive: true });
      if (mode.user) chownSync(shared, mode.user.uid, mode.user.gid);
      writeFileSync(join(shared, "file"), "from outside\n");
      const script = "cat /data/file; echo inside > /data/new; touch /ro/x";
      const { out, err } = await caller.call(
        "run",
        "--rm",
        "-v",
        "./shared:/data",
        "-v",
        `${shared}:/ro:ro`,
        "box",
        "sh",
        "-c",
        script,
      );
      expect(out).toBe("from outside\n");
      expect(err).toContain("Read-only file system");
      expect(readFileSync(join(shared, "new"), "utf8")).toBe("inside\n");
    });

    test("are there after they ended, under their name, until they are removed", async () => {
      expect(
        (await caller.call("run", "--name", "one", "box", "sh", "-c", "echo x > /made; exit 3")).code,
      ).toBe(3);
      const listed = await caller.call("ps", "-a");
      expect(listed.out).toMatch(/one$/m);
      expect(listed.out).toContain("Exited (3)");
      const again = await caller.call("run", "--name", "one", "box");
      expect([again.code, again.err]).toEqual([125, expect.stringContaining('"one" is in use by container')]);
      expect((await caller.call("rmi", "box")).code).not.toBe(0);
      expect(caller.leftContainers()).toHaveLength(1);
      expect((await caller.call("rm", "one")).code).toBe(0);
      expect(caller.leftContainers()).toEqual([]);
      expect((await caller.call("ps", "-aq")).out).toBe("");
    });

    test("become images: what changed is one layer on top", async () => {
      const change =
        "echo new > /etc/new; rm /bin/ls; mkdir -p /d/e; chmod 700 /d; rm -r /etc/group; ln -s new /etc/link";
      await caller.call("run", "--name", "two", "-e", "B=run", "box", "sh", "-c", change);
      const commit = await caller.call(
        "commit",
        "-m",
        "why",
        "-a",
        "who",
        "-c",
        "ENV C=commit",
        "two",
        "box2",
      );
      expect(commit.out).toMatch(/^sha256:[0-9a-f]{64}\n$/);
      const script =
        "cat /etc/link; test -e /bin/ls || echo gone; test -e /etc/group || echo gone; echo $A $B $C; stat -c %a /d; stat -c %a /etc";
      const { out } = await caller.call("run", "--rm", "box2", "sh", "-c", script);
      expect(out).toBe("new\ngone\ngone\nimage run commit\n700\n755\n");
      const [config] = JSON.parse((await caller.call("inspect", "box2")).out) as [
        { Author: string; RootFS: { Layers: string[] }; Config: { Cmd: string[] } },
      ];
      expect([config.Author, config.RootFS.Layers.length, config.Config.Cmd[0]]).toEqual(["who", 2, "sh"]);
      const archive = join(caller.directory, "box2.tar");
      await caller.call("save", "-o", archive, "box2");
      expect(await topLayer(archive)).toEqual([
        "bin/",
        "bin/.wh.ls",
        "d/",
        "d/e/",
        "etc/",
        "etc/.wh.group",
        "etc/link",
        "etc/new",
      ]);
      await caller.call("rm", "two");
    });

    test("are exported as they are inside", async () => {
      await caller.call(
        "run",
        "--name",
        "three",
        "box",
        "sh",
        "-c",
        "echo new > /etc/new; rm -r /tmp; mkdir -p /a/b; ln /etc/new /a/hard",
      );
      const archive = join(caller.directory, "three.tar");
      expect(await caller.call("export", "-o", archive, "three")).toMatchObject({ code: 0, err: "" });
      const tar = Bun.spawnSync(["tar", "tf", archive]).stdout.toString();
      const paths = tar
        .split("\n")
        .map((line) => line.replace(/^\.\//, "").replace(/\/$/, ""))
        .filter(Boolean);
      expect(paths.filter((path) => !path.startsWith("bin/")).sort()).toEqual(
        ["a", "a/b", "a/hard", "bin", "etc", "etc/group", "etc/new", "etc/passwd"].sort(),
      );
      await caller.call("rm", "three");
    });

    test("of a run that was killed are cleared up by the next command", async () => {
      const child = caller.spawn("run", "--rm", "--name", "killed", "box", "sh", "-c", "echo up; sleep 1000");
      const reader = child.stdout.getReader();
      await reader.read();
      expect(caller.leftContainers()).toHaveLength(1);
      expect((await caller.call("ps")).out).toContain("killed");
      child.kill("SIGKILL");
      await child.exited;
      expect((await caller.call("run", "--rm", "--name", "killed", "box", "true")).code).toBe(0);
      expect(caller.leftContainers()).toEqual([]);
      expect((await caller.call("ps", "-aq")).out).toBe("");
    });

    test("are held still while they are committed", async () => {
      const script =
        "i=0; echo up; while :; do i=$((i+1)); echo $i > /n; mv /n /one; echo $i > /n; mv /n /two; done";
      const child = caller.spawn("run", "--rm", "--name", "busy", "box", "sh", "-c", script);
      await child.stdout.getReader().read();
      expect((await caller.call("commit", "busy", "busy-image")).code).toBe(0);
      // It goes on afterwards.
      const count = () =>
        readFileSync(join(caller.root, "containers", caller.leftContainers()[0]!, "upper/one"), "utf8");
      const before = count();
      for (const end = Date.now() + 4000; count() === before && Date.now() < end; ) await Bun.sleep(10);
      expect(count()).not.toBe(before);
      child.kill("SIGKILL");
      await child.exited;
      const { out } = await caller.call(
        "run",
        "--rm",
        "busy-image",
        "sh",
        "-c",
        "echo $(( $(cat /one) - $(cat /two) ))",
      );
      expect(["0\n", "1\n"]).toContain(out);
    });

    test("go on when the commit that holds them still is killed", async () => {
      const mark = `held-${Math.random()}`;
      const script = "dd if=/dev/urandom of=/big bs=1M count=40 2>/dev/null; echo up; while :; do :; done";
      const child = caller.spawn("run", "--rm", "--name", "held", "box", "sh", "-c", script, mark);
      await child.stdout.getReader().read();
      /** R runs, T is stopped. The shell of the container is the one that has nothing else in its command line. */
      const stateOf = () =>
        readdirSync("/proc")
          .filter((name) => /^\d+$/.test(name))
          .flatMap((pid) => {
            try {
              const isShell = readFileSync(`/proc/${pid}/cmdline`, "utf8") === `sh\0-c\0${script}\0${mark}\0`;
              return isShell ? [/^State:\s(.)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]] : [];
            } catch {
              return [];
            }
          });
      const until = async (state: string) => {
        for (const end = Date.now() + 8000; !stateOf().includes(state) && Date.now() < end; )
          await Bun.sleep(5);
        expect(stateOf()).toEqual([state]);
      };
      await until("R");
      const commit = caller.spawn("commit", "held", "held-image");
      await until("T");
      commit.kill("SIGKILL");
      await commit.exited;
      await until("R");
      child.kill("SIGKILL");
      await child.exited;
    });

    test("write through to a file, and read from one", async () => {
      const [file, lines] = [join(caller.directory, "output"), join(caller.directory, "lines")];
      writeFileSync(lines, "line\n".repeat(1234));
      const child = Bun.spawn(
        [
          "sh",
          "-c",
          '"$@" > "$OUT" < "$IN"',
          "sh",
          ...caller.command("run", "-i", "--rm", "box", "wc", "-l"),
        ],
        {
          stdio: ["ignore", "inherit", "inherit"],
          env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", HOME: caller.directory, OUT: file, IN: lines },
        },
      );
      expect(await child.exited).toBe(0);
      expect(Number(readFileSync(file, "utf8"))).toBe(1234);
      for (const one of [file, lines]) rmSync(one);
    });
  },
);

/** The members of the last layer of a saved image. */
async function topLayer(archive: string): Promise<string[]> {
  const read = (member: string) => Bun.spawnSync(["tar", "xOf", archive, member]).stdout;
  const [{ Layers }] = JSON.parse(read("manifest.json").toString()) as [{ Layers: string[] }];
  const list = Bun.spawn(["tar", "tzf", "-"], {
    stdin: new Blob([new Uint8Array(read(Layers.at(-1)!))]),
    stdout: "pipe",
  });
  return (await list.stdout.text()).trim().split("\n");
}
