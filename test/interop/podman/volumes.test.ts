/** Volumes as podman has them, in podman's own words: what is printed, how it ends, and what containers find in them. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { makeStepRoot } from "../../e2e/sandbox/step-root.ts";
import { kasane, missing } from "../../outside.ts";
import { type Peer, podman, removePodmanStorage, type Scratch, scratch } from "../peers.ts";

setDefaultTimeout(120_000);
const isMissing = missing("podman", "runc", "busybox") || process.getuid?.() !== 0;
let directory: Scratch;
let peer: Peer;

async function run(command: readonly string[], env: Record<string, string>) {
  const child = Bun.spawn([...command], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { out, err, code };
}

const ours = (...argv: string[]) =>
  run([kasane, "--root", join(directory.path, "store"), ...argv], { KASANE_GRAMMAR: "podman" });
const theirs = (...argv: string[]) => run([...peer.argv, ...argv], peer.env);

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("podman-volumes");
  const rootfs = join(directory.path, "rootfs");
  await makeStepRoot(
    rootfs,
    "mkdir -p data/sub; echo hi > data/f; chmod 640 data/f; chown 33:44 data data/f; chmod 2770 data; ln -s f data/l; ln data/f data/h",
  );
  const tar = join(directory.path, "rootfs.tar");
  const archive = join(directory.path, "box.tar");
  expect((await run(["tar", "-C", rootfs, "--numeric-owner", "-cf", tar, "."], {})).code).toBe(0);
  expect((await ours("import", tar, "localhost/box")).code).toBe(0);
  expect((await ours("save", "-o", archive, "localhost/box")).code).toBe(0);
  peer = await podman(join(directory.path, "podman"));
  await peer("load", "-i", archive);
});

afterAll(async () => {
  if (isMissing) return;
  await removePodmanStorage(join(directory.path, "podman"));
  await directory[Symbol.asyncDispose]();
});

const run0 = ["run", "--rm", "--network", "none"];
const sequence: readonly (readonly string[])[] = [
  ["volume", "create", "first"],
  ["volume", "create", "--label", "a=b", "second"],
  ["volume", "ls", "-q"],
  ["volume", "ls", "-q", "--filter", "label=a=b"],
  ["volume", "ls", "-q", "--filter", "name=first"],
  ["volume", "ls", "--format", "{{.Name}} {{.Driver}}"],
  ["volume", "inspect", "--format", "{{.Name}} {{.Driver}} {{.Labels}} {{.Scope}}", "second"],
  ["volume", "exists", "first"],
  ["volume", "exists", "nope"],
  [
    ...run0,
    "-v",
    "first:/data",
    "localhost/box",
    "sh",
    "-c",
    "cd /data; stat -c '%n %F %a %u:%g %h' . f l h sub",
  ],
  [...run0, "-v", "third:/data:nocopy", "localhost/box", "ls", "-A", "/data"],
  [
    ...run0,
    "-v",
    "second:/s:U",
    "-u",
    "33:44",
    "localhost/box",
    "sh",
    "-c",
    "stat -c '%u:%g' /s; touch /s/x && echo can",
  ],
  [...run0, "-v", "second:/s:ro", "localhost/box", "sh", "-c", "touch /s/y 2>/dev/null || echo ro"],
  [
    ...run0,
    "--mount",
    "type=image,src=localhost/box,dst=/i",
    "localhost/box",
    "sh",
    "-c",
    "cat /i/data/f; touch /i/x 2>/dev/null || echo ro",
  ],
  [
    ...run0,
    "--mount",
    "type=tmpfs,destination=/t,tmpfs-size=1m",
    "localhost/box",
    "sh",
    "-c",
    "df -k /t | tail -1 | awk '{print $2}'",
  ],
  [
    ...run0,
    "--read-only",
    "localhost/box",
    "sh",
    "-c",
    "for f in /tmp/a /run/a /var/tmp/a /etc/a; do touch $f 2>/dev/null && echo $f; done; true",
  ],
  ["volume", "rm", "third"],
  ["volume", "prune", "-f"],
];

test.skipIf(isMissing)("a sequence of commands prints the same and ends the same", async () => {
  for (const argv of sequence) {
    const [mine, other] = [await ours(...argv), await theirs(...argv)];
    // Podman prints the bare names of what it pruned.
    const lines = ({ out }: { out: string }) =>
      out
        .split("\n")
        .filter((line) => line !== "" && !/^(Deleted Volumes:|Total reclaimed)/.test(line))
        .sort();
    expect([argv.join(" "), mine.code, lines(mine)]).toEqual([argv.join(" "), other.code, lines(other)]);
  }
});

test.skipIf(isMissing)(
  "a source that is missing is not made, and an unknown volume is an error",
  async () => {
    const missing = join(directory.path, "nowhere");
    for (const outcome of [
      await ours(...run0, "-v", `${missing}:/x`, "localhost/box", "true"),
      await theirs(...run0, "-v", `${missing}:/x`, "localhost/box", "true"),
    ])
      expect(outcome.code).toBe(125);
    expect(await Bun.file(missing).exists()).toBe(false);
    for (const outcome of [await ours("volume", "rm", "nope"), await theirs("volume", "rm", "nope")])
      expect([outcome.code, outcome.out]).toEqual([1, ""]);
  },
);
