/** The same volume and mount commands by docker 20.10 and by Kasane: what they print, how they end, what containers find, what inspect tells. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeStepRoot } from "../../e2e/sandbox/step-root.ts";
import { kasane, missing } from "../../outside.ts";
import { type DockerDaemon, type Scratch, scratch, startDockerd } from "../peers.ts";

setDefaultTimeout(120_000);
const isMissing = missing("docker", "dockerd", "busybox") || process.getuid?.() !== 0;
let directory: Scratch;
let daemon: DockerDaemon;

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(command: readonly string[]): Promise<Outcome> {
  const child = Bun.spawn([...command], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...daemon?.docker.env },
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, out, err };
}

const inDirectory = (argv: readonly string[]) =>
  argv.map((each) => each.replaceAll("DIRECTORY", directory.path));
const ours = (...argv: string[]) =>
  run([kasane, "--root", join(directory.path, "store"), ...inDirectory(argv)]);
const theirs = (...argv: string[]) => run([...daemon.docker.argv, ...inDirectory(argv)]);

async function both(...argv: string[]): Promise<[Outcome, Outcome]> {
  return [await ours(...argv), await theirs(...argv)];
}

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker-volumes");
  const rootfs = join(directory.path, "rootfs");
  await makeStepRoot(
    rootfs,
    "mkdir -p data/sub; echo hi > data/f; chmod 640 data/f; chown 33:44 data data/f; chmod 2770 data; ln -s f data/l; ln data/f data/h",
  );
  mkdirSync(join(directory.path, "host"));
  writeFileSync(join(directory.path, "host/file"), "host\n");
  const tar = join(directory.path, "rootfs.tar");
  const steps = [
    ["tar", "-C", rootfs, "--numeric-owner", "-cf", tar, "."],
    [kasane, "--root", join(directory.path, "store"), "import", "-c", "VOLUME /data", tar, "app"],
    [kasane, "--root", join(directory.path, "store"), "import", tar, "box"],
    [
      kasane,
      "--root",
      join(directory.path, "store"),
      "save",
      "-o",
      join(directory.path, "all.tar"),
      "app",
      "box",
    ],
  ];
  for (const step of steps) expect([step.join(" "), (await run(step)).code]).toEqual([step.join(" "), 0]);
  daemon = await startDockerd();
  await daemon.docker("load", "-i", join(directory.path, "all.tar"));
});

afterAll(async () => {
  if (isMissing) return;
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

/** Ids differ, and where volumes are; the daemon's words stand behind its own beginning. */
function plain(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<64>")
    .replaceAll(/[^\s"]*\/volumes\/([^/"]+)\/_data/g, "<volumes>/$1")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, "<time>");
}

/** What was wrong, without who says so and what to try next. */
function complaint(text: string): string {
  return plain(text)
    .split("\n")
    .filter((line) => line !== "" && !/^(hint: |See '|Usage|\s*$)/.test(line))
    .map((line) =>
      line
        .replace(/^(kasane: |docker: |Error response from daemon: |Error: )+/, "")
        .replace("No such", "no such")
        .replace(/\.( If you intended to .*|)$/, "")
        .replace(/ If you intended to .*$/, "")
        .replace(/(allowed)\..*/, "$1"),
    )
    .join("\n");
}

const sequence: readonly (readonly string[])[] = [
  ["volume", "ls"],
  ["volume", "create", "first"],
  ["volume", "create", "--label", "a=b", "--label", "c", "item10"],
  ["volume", "create", "item9"],
  ["volume", "create", "first"],
  ["volume", "create", "--opt", "type=none", "--opt", "o=bind", "--opt", "device=DIRECTORY/host", "bound"],
  ["volume", "create", "-d", "nope", "other"],
  ["volume", "create", "a/b"],
  ["volume", "create", "a"],
  ["volume", "ls"],
  ["volume", "ls", "-q"],
  ["volume", "ls", "--format", '{{.Name}} {{.Driver}} {{.Scope}} {{.Label "a"}} {{.Links}} {{.Size}}'],
  ["volume", "ls", "--format", "{{json .}}", "-f", "name=^item9"],
  ["volume", "ls", "-q", "-f", "dangling=true"],
  ["volume", "ls", "-q", "-f", "label=a"],
  ["volume", "ls", "-q", "-f", "label=a=x"],
  ["volume", "ls", "-q", "-f", "driver=local"],
  ["volume", "ls", "-q", "-f", "driver=loc"],
  ["volume", "ls", "-q", "-f", "name=tem"],
  ["volume", "ls", "-q", "-f", "name=^item9"],
  ["volume", "inspect", "first", "item10", "bound"],
  ["volume", "inspect", "-f", "{{.Name}} {{.Labels}} {{.Options}} {{.Scope}}", "item10"],
  ["volume", "inspect", "nope"],
  ["inspect", "--type", "volume", "first"],
  ["volume", "rm", "nope"],
  ["volume", "rm", "-f", "nope"],
  [
    "run",
    "--name",
    "one",
    "--network",
    "none",
    "-v",
    "first:/data",
    "-v",
    "ninth:/x:ro,nocopy",
    "-v",
    "/anon",
    "app",
    "sh",
    "-c",
    "cd /data; stat -c '%n %F %a %u:%g %h' . f l h sub; ls -A /x /anon",
  ],
  ["volume", "rm", "first"],
  ["volume", "rm", "-f", "item9", "first"],
  ["volume", "ls", "-q", "-f", "dangling=true"],
  ["ps", "-a", "--no-trunc", "--format", "{{.LocalVolumes}}"],
  ["ps", "-a", "--format", "{{.Names}}", "-f", "volume=first"],
  ["ps", "-a", "--format", "{{.Names}}", "-f", "volume=/x"],
  ["ps", "-a", "--format", "{{.Names}}", "-f", "volume=fir"],
  [
    "run",
    "--rm",
    "--network",
    "none",
    "--volumes-from",
    "one",
    "box",
    "sh",
    "-c",
    "cat /data/f; touch /x/new || echo ro; touch /anon/new && echo rw",
  ],
  [
    "run",
    "--rm",
    "--network",
    "none",
    "--volumes-from",
    "one:ro",
    "box",
    "sh",
    "-c",
    "touch /data/new || echo ro",
  ],
  ["run", "--rm", "--network", "none", "-v", "bound:/b", "box", "cat", "/b/file"],
  ["rm", "-v", "one"],
  ["volume", "ls", "-q"],
  ["run", "--name", "two", "--network", "none", "app", "true"],
  ["rm", "two"],
  ["volume", "ls", "-q", "-f", "dangling=true", "-f", "name=^item"],
  ["run", "--rm", "--network", "none", "app", "true"],
  [
    "run",
    "--rm",
    "--network",
    "none",
    "--mount",
    "type=volume,src=spoken,dst=/data",
    "box",
    "ls",
    "-A",
    "/data",
  ],
  [
    "run",
    "--rm",
    "--network",
    "none",
    "--mount",
    "type=volume,src=spoken2,dst=/data,volume-nocopy",
    "box",
    "ls",
    "-A",
    "/data",
  ],
  [
    "run",
    "--rm",
    "--network",
    "none",
    "--mount",
    "type=bind,src=DIRECTORY/host,dst=/b,ro",
    "box",
    "sh",
    "-c",
    "cat /b/file; touch /b/x || echo ro",
  ],
  ["run", "--rm", "--network", "none", "-v", "DIRECTORY/host/file:/one", "box", "cat", "/one"],
  ["run", "--rm", "--network", "none", "-v", "DIRECTORY/made/deep:/made", "box", "ls", "-ld", "/made"]
    .slice(0, -3)
    .concat("stat", "-c", "%a %u", "/made"),
];

test.skipIf(isMissing)("a sequence of commands prints the same and ends the same", async () => {
  for (const argv of sequence) {
    const [mine, other] = await both(...argv);
    const told = ({ code, out, err }: Outcome) => ({
      argv: argv.join(" "),
      code,
      out: plain(out),
      err: complaint(err),
    });
    expect(told(mine)).toEqual(told(other));
  }
});

const refusals: readonly (readonly string[])[] = [
  ["-v", "/a:/x:fast"],
  ["-v", "/a:/x:ro,rw"],
  ["-v", "a:/x:ro:z"],
  ["-v", "DIRECTORY/host:/"],
  ["-v", "name:/x:rshared"],
  ["-v", "/tmp:/x:nocopy"],
  ["-v", "/x:rw"],
  ["-v", "aa:/x", "-v", "bb:/x"],
  ["-v", "aa:/x", "--mount", "src=bb,dst=/x"],
  ["--mount", "type=bind"],
  ["--mount", "type=bind,src=/nope/at/all,dst=/x"],
  ["--mount", "type=bind,src=rel,dst=/x"],
  ["--mount", "type=volume,dst=x"],
  ["--mount", "type=foo,dst=/x"],
  ["--mount", "foo"],
  ["--mount", "foo=bar,dst=/x"],
  ["--mount", "type=volume,,dst=/x"],
  ["--mount", "type=tmpfs,src=/a,dst=/x"],
  ["--mount", "type=bind,src=/tmp,dst=/x,volume-nocopy"],
  ["--mount", "type=volume,src=vv,dst=/x,bind-propagation=rshared"],
  ["--mount", "type=tmpfs,dst=/x,tmpfs-size=x"],
  ["--mount", "type=tmpfs,dst=/x,tmpfs-mode=999"],
  ["--mount", "type=bind,src=/tmp,dst=/x,bind-propagation=foo"],
  ["--mount", "type=bind,src=/tmp,dst=/x,readonly=maybe"],
  ["--mount", "type=volume,src=/abs,dst=/x"],
  ["--mount", "readonly,dst=/x"],
  ["--tmpfs", "x"],
  ["--volumes-from", "nope"],
];

test.skipIf(isMissing).each(refusals.map((argv) => [argv.join(" "), argv] as const))(
  "run %s is refused in the same words",
  async (_, argv) => {
    const [mine, other] = await both("run", "--rm", "--network", "none", ...argv, "box", "true");
    expect([mine.code, mine.out]).toEqual([other.code, other.out]);
    // Docker says first which specification it is about.
    const tail = complaint(other.err).replace(
      /^invalid volume specification: '[^']*': (?=invalid mount config for type "bind": invalid spec)/,
      "",
    );
    expect(complaint(mine.err)).toBe(tail);
  },
);

const insides: readonly (readonly [string, readonly string[], string])[] = [
  ["a tmpfs", ["--tmpfs", "/x"], "grep ' /x ' /proc/mounts; stat -c '%a %u' /x"],
  [
    "a tmpfs with options",
    ["--tmpfs", "/x:size=1m,mode=700,exec,uid=5"],
    "grep ' /x ' /proc/mounts; stat -c '%a %u' /x",
  ],
  ["a read-only tmpfs", ["--tmpfs", "/x:ro,dev,suid"], "grep ' /x ' /proc/mounts; stat -c '%a' /x"],
  ["a tmpfs over a directory of the image", ["--tmpfs", "/data"], "stat -c '%a %u' /data; ls -A /data"],
  [
    "--mount type=tmpfs",
    ["--mount", "type=tmpfs,dst=/x,tmpfs-size=1m,tmpfs-mode=700,ro"],
    "grep ' /x ' /proc/mounts",
  ],
  ["the size of the shared memory", ["--shm-size", "1m"], "df -k /dev/shm | tail -1 | awk '{print $2}'"],
  [
    "a read-only root",
    ["--read-only", "-v", "rw:/v", "--tmpfs", "/run"],
    "for f in /tmp/a /dev/a /dev/shm/a /run/a /v/a /a; do touch $f 2>/dev/null && echo $f; done",
  ],
  [
    "mounts in mounts",
    ["-v", "in2:/o/i", "-v", "DIRECTORY/host:/o/i/h:ro", "-v", "out2:/o"],
    "ls /o /o/i; cat /o/i/h/file; touch /o/a /o/i/b; touch /o/i/h/c 2>/dev/null || echo ro",
  ],
];

test.skipIf(isMissing).each(insides)("%s is the same inside", async (_, argv, script) => {
  const [mine, other] = await both("run", "--rm", "--network", "none", ...argv, "box", "sh", "-c", script);
  expect([mine.code, mine.out]).toEqual([other.code, other.out]);
});

test.skipIf(isMissing)("inspect tells the same of every mount", async () => {
  // Docker makes one of two volumes, either of them, before it sees that they are for one place.
  await theirs("volume", "rm", "-f", "aa", "bb");
  const create = [
    ...["create", "--network", "none", "--name", "all", "-v", "named:/a", "-v", "/tmp:/b:ro", "-v", "/anon"],
    ...["--tmpfs", "/t:size=1m", "--mount", "type=bind,src=/tmp,dst=/mb,readonly,bind-propagation=rprivate"],
    ...[
      "--mount",
      "type=volume,dst=/mv",
      "--mount",
      "type=volume,src=nv,dst=/mnv,volume-nocopy,volume-label=x=y",
    ],
    ...["--mount", "type=tmpfs,dst=/mt,tmpfs-size=1m,tmpfs-mode=700", "--shm-size", "2m", "app", "true"],
  ];
  for (const { code, err } of await both(...create)) expect([code, err]).toEqual([0, ""]);
  const rows = ({ out }: Outcome) => out.split("\n").filter((line) => line.startsWith("Local Volumes"));
  const format = ["--format", "{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}}"];
  let [df, dockerDf] = await both("system", "df", ...format);
  // Docker removes what was run with --rm when everybody has been told of its end.
  for (let tries = 0; tries < 20 && rows(df).join() !== rows(dockerDf).join(); tries++) {
    await Bun.sleep(200);
    [df, dockerDf] = await both("system", "df", ...format);
  }
  expect(rows(df)).toEqual(rows(dockerDf));
  const table = ({ out }: Outcome) =>
    plain(out)
      .split("Local Volumes space usage:")[1]!
      .split("\n\n")[1]!
      .split("\n")
      .map((line) => line.replace(/ +/g, " "))
      .sort();
  const [verbose, dockerVerbose] = await both("system", "df", "-v");
  expect(table(verbose)).toEqual(table(dockerVerbose));
  // Docker's daemon cannot pass a tmpfs of --mount on, and then says that the image is missing.
  const family = [
    [
      "create",
      "--network",
      "none",
      "--name",
      "parent",
      "-v",
      "named:/a:ro",
      "-v",
      "/tmp:/b:ro",
      "-v",
      "/anon",
      "app",
      "true",
    ],
    [
      "create",
      "--network",
      "none",
      "--name",
      "heir",
      "--volumes-from",
      "parent:ro",
      "-v",
      "two:/b",
      "app",
      "true",
    ],
  ];
  for (const argv of family)
    for (const { code, err } of await both(...argv)) expect([code, err]).toEqual([0, ""]);
  for (const name of ["all", "heir"]) {
    const [mine, other] = (await both("inspect", name)).map(({ out }) => {
      const [value] = JSON.parse(plain(out));
      const { Binds, Mounts, Tmpfs, VolumesFrom, ShmSize, VolumeDriver } = value.HostConfig;
      const byTarget = (a: { Destination: string }, b: { Destination: string }) =>
        a.Destination < b.Destination ? -1 : 1;
      return {
        Mounts: value.Mounts.toSorted(byTarget),
        HostConfig: { Binds: Binds?.toSorted(), Mounts, Tmpfs, VolumesFrom, ShmSize, VolumeDriver },
        Volumes: value.Config.Volumes,
      };
    });
    expect(mine).toEqual(other);
  }
  const [mine, other] = await both("volume", "inspect", "nv", "named");
  expect(plain(mine.out)).toBe(plain(other.out));
});

test.skipIf(isMissing)("prune takes the same volumes where all are meant", async () => {
  await both("rm", "-v", "all", "heir", "parent");
  const before = (await both("volume", "ls", "-q")).map(({ out }) => plain(out).split("\n").sort());
  expect(before[0]).toEqual(before[1]!);
  // Docker 20.10 takes every volume; later ones, as Kasane does, without -a only those without a name.
  const mine = await ours("volume", "prune", "-a", "-f", "--filter", "label!=a");
  const other = await theirs("volume", "prune", "-f", "--filter", "label!=a");
  const told = ({ out }: Outcome) => plain(out).split("\n").sort();
  expect(told(mine)).toEqual(told(other));
  expect((await ours("volume", "ls", "-q")).out).toBe("bound\nitem10\n");
});

test.skipIf(isMissing || missing("setfattr", "getfattr", "setcap"))(
  "a volume that is filled from the image keeps the extended attributes of its files",
  async () => {
    const at = (name: string) => join(directory.path, name);
    const root = at("rootfs/marked");
    mkdirSync(join(root, "sub"), { recursive: true });
    for (const name of ["file", "program"]) writeFileSync(join(root, name), "content");
    const steps = [
      ["setfattr", "-n", "user.mark", "-v", "of a file", join(root, "file")],
      ["setfattr", "-n", "user.mark", "-v", "of a directory", join(root, "sub")],
      ["setfattr", "-n", "user.mark", "-v", "of all", root],
      ["setcap", "cap_net_raw+ep", join(root, "program")],
      [
        "tar",
        "-C",
        at("rootfs"),
        "--numeric-owner",
        "--xattrs",
        "--xattrs-include=*",
        "-cf",
        at("marked.tar"),
        ".",
      ],
    ];
    for (const step of steps) expect([step[0], (await run(step)).code]).toEqual([step[0], 0]);
    expect((await ours("import", at("marked.tar"), "marked")).code).toBe(0);
    expect((await ours("save", "-o", at("marked-image.tar"), "marked")).code).toBe(0);
    expect((await theirs("load", "-i", at("marked-image.tar"))).code).toBe(0);
    const call = ["run", "--rm", "--network", "none", "-v", "marks:/marked", "marked", "true"];
    for (const { code } of await both(...call)) expect(code).toBe(0);
    const told = [];
    for (const { out } of await both("volume", "inspect", "-f", "{{.Mountpoint}}", "marks")) {
      const lines = await run(["sh", "-c", 'cd "$1" && getfattr -d -m - -h -R .', "sh", out.trim()]);
      told.push(lines.out);
    }
    expect(told[0]).toContain('user.mark="of a directory"');
    expect(told[0]).toBe(told[1]!);
  },
);
