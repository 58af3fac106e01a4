import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeStepRoot } from "../../e2e/sandbox/step-root.ts";
import { kasane, missing } from "../../outside.ts";
import { type DockerDaemon, type Scratch, scratch, startDockerd } from "../peers.ts";

const isMissing = missing("docker", "dockerd", "busybox") || process.getuid?.() !== 0;
let directory: Scratch;
let daemon: DockerDaemon;

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker-run");
  const rootfs = join(directory.path, "rootfs");
  await makeStepRoot(rootfs, "printf '#!/no/such\\n' > bad; chmod +x bad; mkdir -p srv");
  writeFileSync(join(directory.path, "vars"), "# comment\nFILE=from file\nHOME\n\nEMPTY=\n");
  mkdirSync(join(directory.path, "shared"));
  writeFileSync(join(directory.path, "shared/file"), "shared\n");
  const tar = join(directory.path, "rootfs.tar");
  await runOk(["tar", "-C", rootfs, "--owner=0", "--group=0", "-cf", tar, "."]);
  const changes = [
    'ENTRYPOINT ["sh", "-c"]',
    'CMD ["echo image $A $PWD"]',
    "ENV A=image",
    "WORKDIR /srv",
    "USER web",
  ];
  await runOk([...ours("import"), ...changes.flatMap((text) => ["-c", text]), tar, "box"]);
  await runOk([...ours("import"), tar, "plain"]);
  await runOk([...ours("save"), "-o", join(directory.path, "images.tar"), "box", "plain"]);
  daemon = await startDockerd();
  await daemon.docker("load", "-i", join(directory.path, "images.tar"));
}, 60_000);

afterAll(async () => {
  if (isMissing) return;
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const ours = (...argv: string[]) => [kasane, "--root", join(directory.path, "store"), ...argv];
const theirs = (...argv: string[]) => [...daemon.docker.argv, ...argv];

interface Outcome {
  readonly code: number;
  readonly out: string;
}

async function run(command: string[]): Promise<Outcome & { err: string }> {
  const child = Bun.spawn(command, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...daemon?.docker.env, HOME: "/caller" },
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, out, err };
}

async function runOk(command: string[]): Promise<void> {
  const { code, err } = await run(command);
  expect([command[0], code, code === 0 ? "" : err]).toEqual([command[0], 0, ""]);
}

const sh = (script: string) => ["plain", "sh", "-c", script];

/** Arguments of `run`; DIRECTORY stands for the test's own. */
const calls: readonly (readonly [name: string, argv: readonly string[]])[] = [
  ["the image's command", ["box"]],
  ["another command for its entrypoint", ["box", "echo $0 $1 $A", "x", "y"]],
  ["another entrypoint", ["--entrypoint", "echo", "box"]],
  ["another entrypoint and command", ["--entrypoint", "echo", "box", "a", "b"]],
  ["another directory and user", ["-w", "/etc", "-u", "0", "box", "pwd; id"]],
  ["a directory that is not there", ["-w", "/new/dir", "box", "pwd; ls -ld /new/dir | cut -c1-10"]],
  ["a user by name", ["-u", "web", ...sh("id; echo $HOME")]],
  ["a user by number", ["-u", "33", ...sh("id; echo $HOME")]],
  ["a user and group", ["-u", "web:extra", ...sh("id")]],
  ["numbers nobody has", ["-u", "4711:815", ...sh("id; echo $HOME")]],
  ["a user nobody has", ["-u", "4711", ...sh("id; echo $HOME")]],
  ["an unknown user", ["-u", "nobody7", ...sh("id")]],
  ["an unknown group", ["-u", "web:nogroup7", ...sh("id")]],
  [
    "environment",
    [
      "-e",
      "A=x=y",
      "-e",
      "HOME",
      "-e",
      "NOT_SET_ANYWHERE",
      "-e",
      "E=",
      "box",
      "env | grep -v HOSTNAME | sort",
    ],
  ],
  [
    "an environment file",
    ["--env-file", "DIRECTORY/vars", "-e", "FILE=wins", ...sh("env | grep -v HOSTNAME | sort")],
  ],
  ["no environment", sh("env | grep -v HOSTNAME | sort")],
  ["a host name", ["--hostname", "here", ...sh("hostname; echo $HOSTNAME; cat /etc/hostname")]],
  ["an exit code", sh("exit 42")],
  ["a signal", sh("sh -c 'kill -9 $$'; echo $?; exit 137")],
  ["a program that is not there", ["plain", "nope"]],
  ["a path that is not there", ["plain", "/bin/nope"]],
  ["a file that is no program", ["plain", "/etc/passwd"]],
  ["no command at all", ["plain"]],
  ["no image of that name", ["--pull", "never", "not-there"]],
  [
    "volumes",
    [
      "-v",
      "DIRECTORY/shared:/data:ro",
      "-v",
      "DIRECTORY/made:/made",
      ...sh("cat /data/file; touch /data/x 2>&1; ls -d /made"),
    ],
  ],
  ["a read-only root", ["--read-only", ...sh("touch /x 2>&1; touch /dev/shm/y && echo ok")]],
  ["capabilities of root", sh("grep ^Cap /proc/self/status")],
  ["capabilities of a user", ["-u", "web", ...sh("grep ^Cap /proc/self/status")]],
  ["privileges and filters", ["plain", "grep", "-E", "^(NoNewPrivs|Seccomp:)", "/proc/self/status"]],
  [
    "devices",
    sh("ls /dev | grep -v console; ls -l /dev/null /dev/urandom | cut -c1-10; readlink /dev/stdout /dev/fd"),
  ],
  [
    "mounts",
    sh("cut -d' ' -f2,3 /proc/mounts | grep -E '^/(proc|dev|dev/pts|dev/shm|dev/mqueue|sys) ' | sort -u"),
  ],
  ["limits of the shared memory", sh("df -k /dev/shm | tail -1 | awk '{print $2}'")],
  [
    "hidden files",
    sh(
      "for f in kcore keys timer_list scsi acpi; do test -e /proc/$f && cat /proc/$f 2>/dev/null | wc -c; done; ls /sys/firmware | wc -l",
    ),
  ],
  ["writing kernel settings", sh("echo 1 > /proc/sys/kernel/domainname; echo 1 > /sys/kernel/x; true")],
  [
    "what the filter refuses",
    sh(
      "for c in 'mount -t tmpfs x /tmp' 'umount /proc' 'unshare -m true' 'unshare -r true' 'hostname x' 'swapoff -a' 'dmesg' 'date -s 2001-01-01'; do $c >/dev/null 2>&1; echo $c $?; done",
    ),
  ],
  ["making a device", sh("mknod /x c 1 3; echo $?; ls -l /x | cut -c1-10")],
  [
    "changing owners, roots, modes",
    sh("touch /f; chown 33:44 /f; chmod 6755 /f; stat -c '%u %g %a' /f; chroot / id -u"),
  ],
  ["a user's own output", ["-u", "web", ...sh("echo a > /dev/stdout; echo b > /proc/self/fd/1")]],
  ["its process", sh("echo $$; ls -d /proc/[0-9]* | head -1; cat /proc/1/comm")],
];

describe.skipIf(isMissing)("kasane run does what docker run does:", () => {
  test.each(calls)(
    "%s",
    async (_name, argv) => {
      const told = argv.map((argument) => argument.replaceAll("DIRECTORY", directory.path));
      const options = ["run", "--rm", "--network", "none", ...told];
      const [actual, expected] = await Promise.all([run(ours(...options)), run(theirs(...options))]);
      const shown = ({ code, out }: Outcome) => ({ code, out });
      expect(shown(actual)).toEqual(shown(expected));
    },
    30_000,
  );
});

describe.skipIf(isMissing)("kasane commit does what docker commit does:", () => {
  test("the layer and the configuration", async () => {
    const script = "echo new > /etc/new; rm /bin/ls; mkdir -p /d/e; rm -r /tmp; chown 33 /srv";
    const asRoot = ["run", "--name", "one", "--network", "none", "-u", "0", "-e", "B=run", "box", script];
    const results = [];
    for (const [name, command] of [
      ["ours", ours],
      ["theirs", theirs],
    ] as const) {
      await runOk(command(...asRoot));
      await runOk(
        command("commit", "-m", "why", "-a", "who", "-c", "ENV C=d", "-c", 'CMD ["x"]', "one", "committed"),
      );
      const file = join(directory.path, `${name}.tar`);
      await runOk(command("save", "-o", file, "committed"));
      const [image] = JSON.parse((await run(command("inspect", "committed"))).out) as [Inspected];
      const { Env, Cmd, Entrypoint, WorkingDir, User } = image.Config;
      const history = await run(command("history", "--no-trunc", "committed"));
      results.push({
        // Without IDs, times and sizes: what made the layer, and the comment.
        history: history.out
          .split("\n")
          .slice(1, 2)
          .map((line) => line.split(/ {2,}/).slice(2, 3).concat(line.split(/ {2,}/).slice(-1))),
        config: { Env: [...(Env ?? [])].sort(), Cmd, Entrypoint, WorkingDir, User },
        author: image.Author,
        comment: image.Comment,
        layers: image.RootFS.Layers.length,
        members: await topLayer(file),
      });
    }
    expect(results[0]).toEqual(results[1]!);
  }, 30_000);

  test("what it prints, and what it refuses", async () => {
    for (const command of [ours, theirs])
      await runOk(command("run", "--name", "again", "--network", "none", "plain", "true"));
    for (const [argv, expected] of [
      [["again"], 0],
      [["-p=false", "again", "again:1"], 0],
      [["nobody", "x"], 1],
      [["-c", "RUN x", "again", "x"], 1],
      [["again", "UPPER"], 1],
      [["again", `x@sha256:${"0".repeat(64)}`], 1],
    ] as const) {
      for (const command of [ours, theirs]) {
        const { code, out } = await run(command("commit", ...argv));
        expect([argv, code, out]).toEqual([
          argv,
          expected,
          expected === 0 ? expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/) : "",
        ]);
      }
    }
  }, 60_000);
});

interface Inspected {
  Author: string;
  Comment: string;
  RootFS: { Layers: string[] };
  Config: { Env?: string[]; Cmd?: string[]; Entrypoint?: string[]; WorkingDir?: string; User?: string };
}

/** Paths, types and owners in the last layer of an archive. */
async function topLayer(archive: string): Promise<string[]> {
  const read = (member: string) => Bun.spawnSync(["tar", "xOf", archive, member]).stdout;
  const [{ Layers }] = JSON.parse(read("manifest.json").toString()) as [{ Layers: string[] }];
  const bytes = new Uint8Array(read(Layers.at(-1)!));
  const zipped = bytes[0] === 0x1f ? ["z"] : [];
  const list = Bun.spawn(["tar", `tv${zipped.join("")}f`, "-", "--numeric-owner"], {
    stdin: new Blob([bytes]),
    stdout: "pipe",
  });
  const lines = (await list.stdout.text()).trim().split("\n");
  return lines
    .map((line) => line.split(/\s+/))
    .map(([mode, owner, , , , ...path]) => `${mode} ${owner} ${path.join(" ")}`)
    .sort();
}
