/** The same container under docker, podman (runc) and Kasane: what a program finds inside, and how it ends. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { makeStepRoot } from "../../e2e/sandbox/step-root.ts";
import { kasane, missing, run, runOk } from "../../outside.ts";
import {
  type DockerDaemon,
  type Peer,
  podman,
  removePodmanStorage,
  type Scratch,
  scratch,
  startDockerd,
} from "../peers.ts";

const isMissing = missing("dockerd", "podman", "runc", "busybox", "cc") || process.getuid?.() !== 0;

/** What is told of a process and its surroundings, a line for each fact. */
const look = `
grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp|Groups|Uid|Gid):' /proc/self/status | tr '\\t' ' '
echo "umask: $(umask)"; echo "cwd: $(pwd)"; echo "hostname: $(hostname)"
env | grep -E '^(A|PATH|HOME|FROM)=' | sort
for kind in c d f l m n p r s t u v w x; do echo "ulimit -$kind: $(ulimit -S$kind 2>/dev/null) $(ulimit -H$kind 2>/dev/null)"; done
for name in $(ls /dev | grep -vE '^(console|core)$'); do echo "dev: $(ls -ld /dev/$name | awk '{print $1, $3, $4}') $name"; done
echo "shm: $(df -P /dev/shm | awk 'END {print $2}')"
for path in /proc/kcore /proc/keys /proc/timer_list; do echo "$path: $(wc -c < $path 2>&1)"; done
for path in /sys/firmware /proc/acpi; do echo "$path: $(ls $path 2>/dev/null | wc -l)"; done
for path in /proc/sys/kernel/hostname /proc/irq /proc/bus /proc/fs /sys/kernel; do
  test -e $path && { test -w $path && echo "$path: written" || echo "$path: read"; }; done
for path in / /dev /dev/shm /sys /tmp; do (: > $path/.probe) 2>/dev/null && echo "$path: written" || echo "$path: read"; done
for file in memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes memory/memory.soft_limit_in_bytes \\
  cpu/cpu.shares cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpuset/cpuset.cpus pids/pids.max; do
  echo "$file: $(cat /sys/fs/cgroup/$file 2>/dev/null)"; done
echo "shmmax: $(cat /proc/sys/kernel/shmmax)"; echo "oom: $(cat /proc/self/oom_score_adj)"
echo "localhost: $(grep -c '127.0.0.1.*localhost' /etc/hosts)"; echo "pid 1: $(tr '\\0' ' ' < /proc/1/cmdline | cut -c1-5)"
`;

/** Flags that all three understand. */
const cases: readonly (readonly string[])[] = [
  [],
  ["--hostname", "box", "-e", "FROM=here", "-w", "/made/for/it"],
  ["--cap-add", "net_admin", "--cap-drop", "CAP_CHOWN"],
  ["--cap-drop", "all"],
  ["--cap-drop", "ALL", "--cap-add", "SYS_TIME", "--cap-add", "CAP_KILL"],
  ["--cap-drop", "SYS_CHROOT", "--cap-drop", "mknod"],
  ["--user", "web"],
  ["--user", "33:44"],
  ["--user", "web", "--group-add", "extra", "--group-add", "77"],
  ["--user", "web", "--cap-add", "NET_ADMIN"],
  ["--user", "4000"],
  ["--security-opt", "no-new-privileges"],
  ["--security-opt", "seccomp=unconfined"],
  ["--ulimit", "nofile=100:200", "--ulimit", "core=0", "--ulimit", "nproc=90:100"],
  ["--memory", "64m", "--memory-reservation", "32m", "--pids-limit", "50"],
  ["--memory", "64m", "--memory-swap", "100m"],
  ["--cpus", "0.5", "--cpuset-cpus", "0"],
  ["--cpu-shares", "512", "--cpu-period", "50000", "--cpu-quota", "20000"],
  ["--shm-size", "1m", "--sysctl", "kernel.shmmax=12345678", "--oom-score-adj", "500"],
  ["--read-only"],
  ["--device", "/dev/fuse"],
  ["--device", "/dev/fuse:/dev/other:r"],
  ["--pid", "host"],
];

/** How a container ends: the arguments after the flags. */
const ends: readonly (readonly [code: number, ...argv: string[]])[] = [
  [0, "true"],
  [3, "sh", "-c", "exit 3"],
  [127, "nothing-of-that-name"],
  [127, "/no/such/file"],
  [126, "/etc/passwd"],
  [126, "/etc"],
  [137, "sh", "-c", "sh -c 'kill -9 $$'; exit $?"],
  [143, "sh", "-c", "sh -c 'kill -TERM $$'; exit $?"],
  [139, "sh", "-c", "sh -c 'kill -SEGV $$'; exit $?"],
];

/** Wrong flags, and how each word is refused: with 125, by docker and by Kasane in the same words. */
const refusals: readonly (readonly [flags: readonly string[], said: string])[] = [
  [["--cap-add", "foo"], 'invalid CapAdd: unknown capability: "CAP_FOO"'],
  [["--cap-drop", "bar"], 'invalid CapDrop: unknown capability: "CAP_BAR"'],
  [["--memory", "1m"], "Minimum memory limit allowed is 6MB"],
  [
    ["--memory", "64m", "--memory-swap", "10m"],
    "Minimum memoryswap limit should be larger than memory limit, see usage",
  ],
  [["--memory-swap", "64m"], "You should always set the Memory limit when using Memoryswap limit, see usage"],
  [["--memory", "x"], "invalid size: 'x'"],
  [["--cpus", "1000"], "Range of CPUs is from 0.01 to"],
  [["--cpus", "1", "--cpu-quota", "2000"], "Conflicting options: Nano CPUs and CPU Quota cannot both be set"],
  [["--cpuset-cpus", "900"], "Requested CPUs are not available - requested 900, available: "],
  [
    ["--cpu-period", "1"],
    "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)",
  ],
  [["--ulimit", "foo=1"], "invalid ulimit type: foo"],
  [["--ulimit", "nofile=5:3"], "ulimit soft limit must be less than or equal to hard limit: 5 > 3"],
  [["--sysctl", "kernel.panic=1"], "sysctl 'kernel.panic=1' is not "],
  [["--oom-score-adj", "2000"], "Invalid value 2000, range for oom score adj is [-1000, 1000]"],
  [["--pid", "foo"], "--pid: invalid PID mode"],
  [["--uts", "foo"], "--uts: invalid UTS mode"],
  [["--uts", "host", "--hostname", "x"], "conflicting options: hostname and the UTS mode"],
  [
    ["--device", "/dev/none"],
    'error gathering device information while adding custom device "/dev/none": no such file or directory',
  ],
  [["--group-add", "nobody-knows"], "Unable to find group nobody-knows"],
  [["--user", "nobody-knows"], "nobody-knows: no matching entries in passwd file"],
];

/** Facts that are podman's own by default: fewer capabilities, a process limit, terminals in /dev, and the like. */
const podmansOwn =
  /^HOME=|^(Cap\w+|Groups|shm|\/|\/tmp|ulimit -(n|u)|pids\/pids.max|memory\/memory.memsw.limit_in_bytes|dev|umask|\/sys\/kernel|\/proc\/acpi|oom|memory\/memory.limit_in_bytes): /;

describe.skipIf(isMissing)("the same container", () => {
  let directory: Scratch;
  let daemon: DockerDaemon;
  let pod: Peer;
  const own = (...argv: string[]) => [kasane, "--root", join(directory.path, "store"), ...argv];
  beforeAll(async () => {
    directory = await scratch("containers");
    const rootfs = join(directory.path, "rootfs");
    await makeStepRoot(rootfs);
    await runOk(["cc", "-static", "-O1", "-o", join(rootfs, "bin/calls"), join(import.meta.dir, "calls.c")]);
    const archive = join(directory.path, "box.tar");
    await runOk(["tar", "-C", rootfs, "--owner=0", "--group=0", "-cf", archive, "."]);
    daemon = await startDockerd();
    pod = await podman(join(directory.path, "podman"));
    const changes = ["-c", "ENV A=image", "-c", "WORKDIR /tmp"];
    await daemon.docker("import", ...changes, archive, "box");
    await pod("import", "-q", ...changes, archive, "box");
    await runOk(own("import", ...changes, archive, "box"));
  });
  afterAll(async () => {
    await daemon?.[Symbol.asyncDispose]();
    if (directory) await removePodmanStorage(join(directory.path, "podman"));
    await directory?.[Symbol.asyncDispose]();
  });

  const runs = () => ({
    docker: [...daemon.docker.argv, "run"],
    podman: [...pod.argv, "run", "--cgroups=enabled"],
    kasane: own("run"),
  });
  const envs = () => ({ docker: daemon.docker.env, podman: pod.env, kasane: {} });
  const inside = async (engine: "docker" | "podman" | "kasane", ...argv: readonly string[]) =>
    run([...runs()[engine], "--rm", "--network", "none", ...argv], { env: envs()[engine], stdin: "ignore" });
  const facts = async (engine: "docker" | "podman" | "kasane", flags: readonly string[]) => {
    const hostname = flags.includes("--hostname") ? [] : ["--hostname", "same"];
    const { out, err, code } = await inside(engine, ...hostname, ...flags, "box", "sh", "-c", look);
    expect([engine, code, err]).toEqual([engine, 0, expect.not.stringMatching(/error/i)]);
    return out.trim().split("\n");
  };

  test.each(
    cases.map((flags) => [flags.join(" ") || "without flags", flags] as const),
  )("%s: a program finds the same", async (_, flags) => {
    const [docker, ours, pods] = await Promise.all([
      facts("docker", flags),
      facts("kasane", flags),
      // podman makes no working directory.
      flags.includes("-w") ? undefined : facts("podman", flags),
    ]);
    expect(ours).toEqual(docker);
    const shared = (lines: readonly string[]) => lines.filter((line) => !podmansOwn.test(line));
    if (pods) expect(shared(ours)).toEqual(shared(pods));
  });

  test.each(ends)("it ends with %d: %s", async (code, ...argv) => {
    const outcomes = await Promise.all(
      (["docker", "podman", "kasane"] as const).map(
        async (engine) => [engine, (await inside(engine, "box", ...argv)).code] as const,
      ),
    );
    expect(outcomes).toEqual([
      ["docker", code],
      ["podman", code],
      ["kasane", code],
    ]);
  });

  test.each(refusals)("%p is refused in docker's words", async (flags, said) => {
    const [docker, ours] = await Promise.all([
      inside("docker", ...flags, "box", "true"),
      inside("kasane", ...flags, "box", "true"),
    ]);
    // Docker's client takes whatever ends in "no such file or directory" for a command that was not found.
    expect([docker.code, ours.code]).toEqual([flags[1] === "/dev/none" ? 127 : 125, 125]);
    expect(docker.err.toLowerCase()).toContain(said.toLowerCase());
    expect(ours.err.toLowerCase()).toContain(said.toLowerCase());
  });

  test("system calls are refused as docker refuses them, but for those that one of us knows better", async () => {
    const calls = async (engine: "docker" | "kasane") =>
      new Map(
        (await inside(engine, "box", "calls")).out
          .trim()
          .split("\n")
          .map((line) => line.split(" ") as [string, string]),
      );
    const [docker, ours] = await Promise.all([calls("docker"), calls("kasane")]);
    expect(ours.size).toBeGreaterThan(300);
    const different = [...ours]
      .filter(([number, outcome]) => docker.get(number) !== outcome)
      .map(([number]) => Number(number));
    // Debian's docker 20.10 knows no later calls than Linux 5.11's and answers them with ENOSYS; it refuses memory keys, name_to_handle_at and
    // reading another process's memory, which later docker allows, and allows io_uring, which later docker refuses.
    const known = [135, 303, 310, 311, 329, 330, 331, 425, 426, 427];
    expect(different.filter((number) => number < 441 && !known.includes(number))).toEqual([]);
  });
});
