import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout, kasane, missing, run } from "../outside.ts";
import type { BuildAnswer, BuildRequest } from "./build-worker.ts";

/** Who builds: this process's user where it is root, and an ordinary user in a user namespace. */
type Mode = "root" | "rootless";

const isRoot = process.getuid?.() === 0;
const user = isRoot ? userWithSubordinateIds() : undefined;

function isMissing(mode: Mode): boolean {
  if (missing("busybox", "unshare")) return true;
  return mode === "root" ? !isRoot : isRoot && user === undefined;
}

/** Lines of a file like /etc/passwd. */
function records(path: string): string[][] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .map((line) => line.split(":"));
  } catch {
    return [];
  }
}

/** An ordinary user who may map no ids but the own: everybody in an image is root then. */
function isSingleUid(mode: Mode): boolean {
  if (mode === "root" || isRoot) return false;
  const uid = String(process.getuid?.());
  const name = records("/etc/passwd").find((fields) => fields[2] === uid)?.[0];
  return !records("/etc/subuid").some(([owner]) => owner === name || owner === uid);
}

/** Somebody of this machine who may map ids. */
function userWithSubordinateIds(): { name: string; uid: number; gid: number } | undefined {
  const names = new Set(records("/etc/subuid").map(([name]) => name));
  const found = records("/etc/passwd").find(([name, , uid]) => names.has(name) && Number(uid) > 0);
  return found && { name: found[0]!, uid: Number(found[2]), gid: Number(found[3]) };
}

async function answers(
  mode: Mode,
  directory: string,
  requests: readonly BuildRequest[],
): Promise<BuildAnswer[]> {
  const worker = [process.execPath, join(checkout, "test/e2e/build-worker.ts"), directory];
  const asUser = user
    ? ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups", "--"]
    : [];
  const argv = mode === "root" ? worker : [...asUser, kasane, "unshare", ...worker];
  const { code, out, err } = await run(argv, {
    stdin: new Blob([JSON.stringify(requests)]),
    env: {
      HOME: directory,
      XDG_DATA_HOME: directory,
      ...(user && mode === "rootless" ? { USER: user.name, LOGNAME: user.name } : {}),
    },
  });
  if (code !== 0) throw new Error(`the worker ended with ${code}:\n${out}\n${err}`);
  return JSON.parse(out.trim().split("\n").at(-1)!) as BuildAnswer[];
}

const base = [
  "FROM scratch",
  "COPY busybox /bin/busybox",
  'RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin"]',
  "RUN mkdir -m 1777 /tmp && mkdir -p /etc /root /home/app && chown 1000:1001 /home/app",
  "RUN printf 'root:x:0:0::/root:/bin/sh\\napp:x:1000:1001::/home/app:/bin/sh\\n' > /etc/passwd && printf 'root:x:0:\\napp:x:1001:\\n' > /etc/group",
].join("\n");

const busybox = { content: "", mode: 0o755 };
const requests = {
  base: { store: "a", dockerfile: base, tags: ["docker.io/library/base:latest"], files: {} },
  shell: {
    store: "a",
    dockerfile:
      'FROM base\nARG A=1\nENV B="two words"\nWORKDIR /home/app\nUSER app\nRUN echo "$A-$B-$HOME-$(id -u):$(id -g)-$(hostname)-$SOURCE_DATE_EPOCH" > out\nRUN ["/bin/cat", "out"]',
    timestamp: 1_600_000_000,
  },
  heredocs: {
    store: "a",
    dockerfile:
      "FROM base\nRUN <<EOF\necho one\necho $0\nEOF\nRUN <<'EOF'\n#!/bin/busybox sh\necho script $0\nEOF\nRUN cat <<A && cat <<B\n$HOSTNAME-a\nA\nb\nB",
  },
  cached: { store: "a", dockerfile: "FROM base\nRUN echo x > /x\nRUN cat /x" },
  cachedAgain: { store: "a", dockerfile: "FROM base\nRUN echo x > /x\nRUN cat /x" },
  cutoff: { store: "a", dockerfile: "FROM base\nRUN printf 'x\\n' > /x\nRUN cat /x" },
  times: {
    store: "a",
    dockerfile:
      "FROM base\nRUN echo new > /new && touch -d '2001-01-01 00:00:00' /old && mkdir /d\nRUN stat -c '%n %Y' /new /old /d",
    timestamp: 1_500_000_000,
  },
  changes: {
    store: "a",
    dockerfile:
      "FROM base\nRUN mkdir /dir && echo 1 > /dir/a && echo 2 > /dir/b && ln /dir/a /hard\nRUN rm /dir/b && echo 3 >> /dir/a\nRUN rm -r /dir && mkdir /dir && touch /dir/c && chmod 4711 /dir/c",
  },
  quiet: { store: "a", dockerfile: "FROM base\nRUN true" },
  mounts: {
    store: "a",
    files: { "src/in": "from the context\n" },
    dockerfile: [
      "FROM base AS other",
      "RUN echo from a stage > /made",
      "FROM base",
      "RUN --mount=type=bind,source=src,target=/ctx --mount=type=bind,from=other,source=/made,target=/stage --mount=type=tmpfs,target=/t --mount=type=cache,target=/cache cat /ctx/in /stage && touch /t/x && echo cached > /cache/c && ! touch /ctx/x",
      "RUN --mount=type=cache,target=/cache cat /cache/c && ls / > /list",
    ].join("\n"),
  },
  network: {
    store: "a",
    dockerfile: "FROM base\nRUN --network=none ls /sys/class/net && cat /proc/net/dev | wc -l",
  },
  proxy: {
    store: "a",
    dockerfile: "FROM base\nRUN echo $HTTP_PROXY-$http_proxy > /seen",
    buildArgs: { HTTP_PROXY: "http://secret.example:1" },
  },
  proxyChanged: {
    store: "a",
    dockerfile: "FROM base\nRUN echo $HTTP_PROXY-$http_proxy > /seen",
    buildArgs: { HTTP_PROXY: "http://other.example:1" },
  },
  arguments: { store: "a", dockerfile: "FROM base\nARG V\nRUN echo $V > /v", buildArgs: { V: "7" } },
  failing: {
    store: "a",
    dockerfile: "FROM base\nRUN echo before; echo wrong >&2; exit 7\nRUN echo never",
    tags: ["docker.io/library/f:latest"],
  },
  missing: { store: "a", dockerfile: "FROM base\nRUN nosuchcommand --x" },
  killed: { store: "a", dockerfile: "FROM base\nRUN sh -c 'kill -9 $$'; exit $?" },
  cancelled: { store: "a", dockerfile: "FROM base\nRUN echo started; sleep 1000.123", cancelAt: "started" },
  baseElsewhere: { store: "b", dockerfile: base, tags: ["docker.io/library/base:latest"], files: {} },
  elsewhere: {
    store: "b",
    dockerfile:
      "FROM base\nRUN mkdir /dir && echo 1 > /dir/a && echo 2 > /dir/b && ln /dir/a /hard\nRUN rm /dir/b && echo 3 >> /dir/a\nRUN rm -r /dir && mkdir /dir && touch /dir/c && chmod 4711 /dir/c",
  },
} satisfies Record<string, BuildRequest>;

const directories: string[] = [];
const digests = new Map<Mode, string[]>();

afterAll(async () => {
  for (const directory of directories) {
    if (isRoot) rmSync(directory, { recursive: true, force: true });
    // Files of subordinate ids can be removed from inside only.
    else await run([kasane, "unshare", "rm", "-rf", directory]);
  }
});

describe.each<Mode>(["root", "rootless"])("RUN as %s", (mode) => {
  const skip = test.skipIf(isMissing(mode));
  let found: Record<keyof typeof requests, BuildAnswer>;

  beforeAll(async () => {
    if (isMissing(mode)) return;
    const directory = mkdtempSync(join(tmpdir(), "kasane-e2e-build-"));
    directories.push(directory);
    if (mode === "rootless" && user) chownSync(directory, user.uid, user.gid);
    const content = readFileSync(Bun.which("busybox")!).toString("latin1");
    const files = { busybox: { ...busybox, content, encoding: "latin1" as const } };
    const withBusybox = Object.entries(requests).map(([name, request]) =>
      name.startsWith("base") ? { ...request, files } : request,
    );
    const list = await answers(mode, directory, withBusybox);
    found = Object.fromEntries(
      Object.keys(requests).map((name, index) => [name, list[index]!]),
    ) as typeof found;
    digests.set(
      mode,
      list.map((one) => one.digest ?? one.error!.code),
    );
  }, 120_000);

  const lines = (answer: BuildAnswer, ...paths: string[]) =>
    answer.tree.filter((line) => paths.some((path) => line.startsWith(`${path} `)));

  skip("the environment is that of the image and the step", () => {
    expect(found.base.error).toBeUndefined();
    const ids = isSingleUid(mode) ? "0:0" : "1000:1001";
    expect(found.shell.output).toBe(`1-two words-/home/app-${ids}-kasane-1600000000\n`);
    expect(lines(found.shell, "home/app/out")[0]).toStartWith(`home/app/out file 644 ${ids}`);
  });

  skip("heredocs are texts for the shell, or scripts with a name", () => {
    expect(found.heredocs.output).toBe("one\n/bin/sh\nscript /dev/pipes/EOF\nkasane-a\nb\n");
  });

  skip("the second time comes from the cache, and equal results end the search for changes", () => {
    expect(found.cached.cached).toEqual([]);
    expect(found.cachedAgain.cached).toEqual(["RUN echo x > /x", "RUN cat /x"]);
    expect(found.cachedAgain.digest).toBe(found.cached.digest!);
    // Another command, the same layer: the step after it need not run.
    expect(found.cutoff.cached).toEqual(["RUN cat /x"]);
  });

  skip("new files get the time of the build, times that were set on purpose stay", () => {
    expect(found.times.output).toBe("/new 1500000000\n/old 978307200\n/d 1500000000\n");
  });

  skip("the layer is what the command changed, and nothing the sandbox needed", () => {
    expect(found.quiet.tree).toEqual(found.base.tree);
    expect(lines(found.changes, "dir", "dir/a", "dir/b", "dir/c", "hard")).toEqual([
      "dir directory 755 0:0",
      expect.stringMatching(/^dir\/c file 4711 0:0 0 /),
      // A file that is changed parts from its other names, as on any overlay.
      expect.stringMatching(/^hard file 644 0:0 2 /),
    ]);
    const top = found.changes.tree.map((line) => line.split(" ")[0]!).filter((path) => !path.includes("/"));
    expect(top).toEqual(["bin", "dir", "etc", "hard", "home", "root", "tmp"]);
  });

  skip("mounts show what they should, and leave nothing", () => {
    expect(found.mounts.error).toBeUndefined();
    expect(found.mounts.output).toContain("from the context\nfrom a stage\n");
    expect(found.mounts.output).toEndWith("cached\n");
    expect(lines(found.mounts, "ctx", "stage", "t", "cache")).toEqual([]);
  });

  skip("--network=none has the loopback interface alone", () => {
    expect(found.network.output.replaceAll(/^(?!lo$|3$).*\n/gm, "")).toContain("3\n");
  });

  skip("proxies reach the step, not the image, its history or the cache key", () => {
    expect(found.proxyChanged.cached).toEqual(["RUN echo $HTTP_PROXY-$http_proxy > /seen"]);
    expect(found.proxy.history.join()).not.toContain("secret.example");
    expect(found.arguments.history.at(-1)).toBe("RUN |1 V=7 /bin/sh -c echo $V > /v");
  });

  skip("a command that fails says which, how and what it printed", () => {
    expect(found.failing.error).toMatchObject({
      code: "build-failed",
      data: { exitCode: 7, file: "Dockerfile", line: 2 },
    });
    expect(found.failing.error?.message).toBe(
      [
        "Dockerfile:2: RUN echo before; echo wrong >&2; exit 7 failed with exit code 7",
        "  2 | RUN echo before; echo wrong >&2; exit 7",
        "    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        "  > before",
        "  > wrong",
      ].join("\n"),
    );
    expect(found.failing.output).not.toContain("never");
    expect(found.missing.error).toMatchObject({ code: "build-failed", data: { exitCode: 127 } });
    expect(found.killed.error).toMatchObject({ code: "build-failed", data: { exitCode: 137 } });
  });

  skip("cancelling kills the step; no work directory is left by any build", async () => {
    expect(found.cancelled.error?.code).toBe("cancelled");
    expect(Object.values(found).flatMap((answer) => answer.left)).toEqual([]);
    expect((await run(["pgrep", "-f", "sleep 1000.123"])).out).toBe("");
  });

  skip("another store comes to the same digest", () => {
    expect(found.baseElsewhere.digest).toBe(found.base.digest!);
    expect(found.elsewhere.digest).toBe(found.changes.digest!);
    expect(found.elsewhere.cached).toEqual([]);
  });
});

test.skipIf(isMissing("root") || isMissing("rootless"))(
  "root and an ordinary user build the same images",
  () => {
    expect(digests.get("rootless")).toEqual(digests.get("root")!);
  },
);
