/** Disk usage and prune: the real docker and Kasane do the same with the same images, and say the same. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeStepRoot } from "../../e2e/sandbox/step-root.ts";
import { type Finished, kasane, missing, run, runOk } from "../../outside.ts";
import { type DockerDaemon, type Scratch, scratch, startDockerd } from "../peers.ts";

const isMissing = missing("docker", "dockerd", "busybox") || process.getuid?.() !== 0;
const skip = test.skipIf(isMissing);
let directory: Scratch;
let daemon: DockerDaemon;

const at = (name: string) => join(directory.path, name);
const ours = (...argv: string[]) => run([kasane, "--root", at("store"), ...argv]);
const theirs = (...argv: string[]) => run([...daemon.docker.argv, ...argv], { env: daemon.docker.env });
const both = (...argv: string[]) => Promise.all([ours(...argv), theirs(...argv)]);

/** Containers, ids of containers, and ages differ from one run to the next. */
function masked(text: string): string[] {
  return text
    .replaceAll(/\b[0-9a-f]{64}\b/g, "ID")
    .replaceAll(/\b[0-9a-f]{12}\b/g, "ID          ")
    .replaceAll(/(Less than a second|About a minute|\d+ (second|minute)s?)( ago)?/g, "AGE")
    .split("\n")
    .map((line) => line.replaceAll(/ {2,}/g, "  ").trimEnd());
}

/** Of images that were made in the same second docker tells in any order. */
const sorted = (text: string) => masked(text).sort();

async function image(name: string, files: Record<string, string>, ...changes: string[]): Promise<void> {
  const root = at(`root-${name.replace(/\W/g, "-")}`);
  await makeStepRoot(root, "true");
  for (const [path, content] of Object.entries(files)) writeFileSync(join(root, path), content);
  symlinkSync("a-link-of-some-length", join(root, "link"));
  const flags = changes.flatMap((change) => ["-c", change]);
  await runOk([kasane, "--root", at("store"), "import", ...flags, root, name]);
}

async function build(name: string, base: string, content: string, label: string): Promise<void> {
  mkdirSync(at("context"), { recursive: true });
  writeFileSync(at("context/file"), content);
  writeFileSync(at("context/Dockerfile"), `FROM ${base}\nLABEL stage=${label}\nCOPY file /srv/\n`);
  await runOk([kasane, "--root", at("store"), "build", "-q", "-t", name, at("context")]);
}

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker-space");
  daemon = await startDockerd();
  await image("base:1", { data: "x".repeat(50_000) });
  await build("app:1", "base:1", "1".repeat(200_000), "old");
  await build("app:1", "base:1", "2".repeat(300_000), "new");
  await build("app:2", "base:1", "3".repeat(100_000), "new");
  await runOk([kasane, "--root", at("store"), "tag", "app:2", "team/app:x"]);
  // The cache of Kasane's builds is no part of what is compared.
  await runOk([kasane, "--root", at("store"), "builder", "prune", "-a", "-f"]);
  const { out } = await ours("images", "-q", "--no-trunc");
  const names = ["base:1", "app:1", "app:2", "team/app:x"];
  await runOk([
    kasane,
    "--root",
    at("store"),
    "save",
    "-o",
    at("all.tar"),
    ...names,
    ...new Set(out.trim().split("\n")),
  ]);
  await daemon.docker("load", "-i", at("all.tar"));
}, 60_000);

afterAll(async () => {
  if (isMissing) return;
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
}, 60_000);

function same([mine, other]: readonly [Finished, Finished], how: (text: string) => string[] = masked): void {
  expect({ out: how(mine.out), code: mine.code }).toEqual({ out: how(other.out), code: other.code });
}

/** Without Kasane's own table at the end. */
const dockersPart = (finished: Finished): Finished => ({
  ...finished,
  out: finished.out.replace(/\nStored by image and platform:[\s\S]*$/, ""),
});

skip("system df, and -v, of images that share layers", async () => {
  const [mine, other] = await both("system", "df");
  expect(mine.out).toBe(other.out);
  const [long, theirLong] = await both("system", "df", "-v");
  same([dockersPart(long), theirLong], sorted);
});

skip("system df --format and its fields", async () => {
  const format = "{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}} {{.Reclaimable}}";
  const [mine, other] = await both("system", "df", "--format", format);
  expect(mine.out).toBe(other.out);
  const json = await ours("system", "df", "--format", "json");
  const theirJson = await theirs("system", "df", "--format", "{{json .}}");
  expect(json.out).toBe(theirJson.out);
  const range =
    "{{range .Images}}{{.ID}} {{.Repository}}:{{.Tag}} {{.Size}} {{.VirtualSize}} {{.SharedSize}} {{.UniqueSize}}\n{{end}}";
  same(await both("system", "df", "-v", "--format", range), sorted);
  for (const verbose of [[], ["-v"]]) {
    const raw = await both("system", "df", ...verbose, "--format", "raw");
    // When an image was made here is what Kasane tells of it; docker knows its config only.
    same(raw, (text) => sorted(text.replaceAll(/created_at: .*/g, "created_at:")));
  }
});

skip("the same with containers: what they use and what they wrote", async () => {
  await both(
    "run",
    "--network",
    "none",
    "--name",
    "done",
    "app:2",
    "sh",
    "-c",
    "echo hallo > /new; ln -s /new /other; rm /data",
  );
  const waiting = ["sh", "-c", "sleep 600"];
  const child = Bun.spawn(
    [kasane, "--root", at("store"), "run", "--network", "none", "--name", "busy", "app:1", ...waiting],
    {
      stdio: ["ignore", "ignore", "ignore"],
    },
  );
  try {
    await theirs("run", "-d", "--network", "none", "--name", "busy", "app:1", ...waiting);
    for (;;) {
      const { out } = await ours("ps", "-q");
      if (out !== "") break;
      await Bun.sleep(20);
    }
    const [mine, other] = await both("system", "df");
    expect(mine.out).toBe(other.out);
    const [long, theirLong] = await both("system", "df", "-v");
    same([dockersPart(long), theirLong], sorted);

    // The running one stays, and so does its image.
    const pruned = await both("container", "prune", "-f");
    same(pruned);
    expect(pruned[0].out).toContain("Total reclaimed space: 10B");
    await daemon.docker("rm", "-f", "busy");
  } finally {
    child.kill();
    await child.exited;
  }
  await ours("container", "prune", "-f");
}, 30_000);

const questions: string[][] = [
  ["image", "prune"],
  ["image", "prune", "-a"],
  ["container", "prune"],
  ["builder", "prune"],
  ["builder", "prune", "-a"],
  ["system", "prune"],
  ["system", "prune", "-a", "--volumes"],
  ["system", "prune", "--filter", "label=x", "--filter", "until=24h"],
];
skip.each(
  questions,
)("%s %s %s %s asks in the same words, and takes silence for no", async (...argv: string[]) => {
  const [mine, other] = await both(...argv);
  // Docker 20.10 takes those with names, too.
  const out = mine.out.replace("all anonymous volumes", "all volumes");
  expect({ out, code: mine.code }).toEqual({ out: other.out, code: other.code });
});

const refusals: string[][] = [
  ["image", "prune", "-f", "--filter", "foo=bar"],
  ["image", "prune", "-f", "--filter", "until=zzz"],
  ["image", "prune", "-f", "--filter", "until=1h", "--filter", "until=2h"],
  ["image", "prune", "-f", "--filter", "label"],
  ["container", "prune", "-f", "--filter", "foo=bar"],
  ["builder", "prune", "-f", "--filter", "foo=bar"],
  ["builder", "prune", "-f", "--filter", "until=zz"],
  ["builder", "prune", "-f", "--keep-storage", "abc"],
  ["system", "prune", "-f", "--filter", "foo=bar"],
];
skip.each(
  refusals,
)("%s %s %s %s %s is refused with the same exit code, and nothing goes", async (...argv: string[]) => {
  const ids = async () => (await both("images", "-aq", "--no-trunc")).map(({ out }) => sorted(out));
  const before = await ids();
  const [mine, other] = await both(...argv);
  expect([mine.code, mine.out]).toEqual([other.code, other.out]);
  expect(mine.err).not.toBe("");
  expect(await ids()).toEqual(before);
});

skip("image prune by label and age, then -a: the same names, IDs and layers", async () => {
  const withoutSize = (text: string) => sorted(text.replace(/(Total reclaimed space: ).*/, "$1"));
  const steps = [
    ["image", "prune", "-f", "--filter", "until=24h"],
    ["image", "prune", "-f", "--filter", "label=stage=other"],
    ["image", "prune", "-f", "--filter", "label!=stage=old"],
    ["image", "prune", "-f"],
    ["image", "prune", "-a", "-f", "--filter", "label!=stage"],
    ["image", "prune", "-a", "-f", "--filter", "label=stage=new", "--filter", "until=0s"],
    ["system", "prune", "-a", "-f"],
  ];
  const told: string[] = [];
  for (const step of steps) {
    const answers = await both(...step);
    // What is reclaimed differs: docker keeps layers unpacked, Kasane as they came.
    same(answers, (text) =>
      withoutSize(
        text.replaceAll(/sha256:([0-9a-f]{64})/g, (_, hex: string) => `sha256:${hex.slice(0, 20)}`),
      ),
    );
    told.push(answers[0].out);
  }
  expect(told.map((text) => text.includes("Deleted Images:"))).toEqual([
    false,
    false,
    false,
    true,
    true,
    true,
    false,
  ]);
  const [left] = await both("images", "-aq");
  expect(left.out).toBe("");
  const [mine, other] = await both("system", "df");
  expect(mine.out).toBe(other.out);
});

skip("builder prune of BuildKit's cache and of Kasane's: the same lines with other IDs", async () => {
  mkdirSync(at("scratch"));
  writeFileSync(at("scratch/file"), "x".repeat(5000));
  writeFileSync(at("scratch/Dockerfile"), "FROM scratch\nCOPY file /\n");
  await runOk([...daemon.docker.argv, "build", "-q", at("scratch")], {
    env: { ...daemon.docker.env, DOCKER_BUILDKIT: "1" },
  });
  await runOk([kasane, "--root", at("store"), "build", "-q", at("scratch")]);
  await both("image", "prune", "-a", "-f");
  for (const { out, code } of await both("builder", "prune", "-f", "--filter", "until=24h")) {
    expect([out, code]).toEqual(["Total reclaimed space: 0B\n", 0]);
  }
  for (const { out, code } of await both("builder", "prune", "-a", "-f")) {
    expect(out).toMatch(
      /^Deleted build cache objects:\n([0-9a-z]{25}\n)+\nTotal reclaimed space: \d+\.?\d*k?B\n$/,
    );
    expect(code).toBe(0);
  }
  const [mine, other] = await both("builder", "prune", "-a", "-f");
  expect(mine.out).toBe(other.out);
});
