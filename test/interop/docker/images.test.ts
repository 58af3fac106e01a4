/** The docker CLI with its daemon, and Kasane: the same calls on the same images, byte for byte. What differs on purpose is in docs/differences.md. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { type DockerDaemon, type Scratch, scratch, startDockerd } from "../peers.ts";

const isMissing = missing("docker", "dockerd") || process.getuid?.() !== 0;
let daemon: DockerDaemon;
let directory: Scratch;
/** What stands for ID in a call. */
let id: string;

const ours = () => [kasane, "--root", join(directory.path, "store")];

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker-images");
  const root = join(directory.path, "root");
  mkdirSync(join(root, "etc"), { recursive: true });
  writeFileSync(join(root, "etc/motd"), "hello\n");
  await runOk(["ln", "-s", "motd", join(root, "etc/link")]);
  const call = (...args: string[]) => runOk([kasane, "--root", "builder", ...args], { cwd: directory.path });
  await call("import", "root", "base:1");
  writeFileSync(
    join(directory.path, "Dockerfile"),
    'FROM base:1\nLABEL a=1 b="x y" empty=\nENV X=1\nCOPY root/etc/motd /srv/a\n' +
      'VOLUME /data\nEXPOSE 80/tcp\nHEALTHCHECK --interval=5s CMD true\nUSER 7\nSTOPSIGNAL SIGUSR1\nCMD ["-c", "echo \\"<&>\\" é, and this is a line that is much longer than a column"]\n',
  );
  const times = ["--timestamp", "1700000000"];
  await call("build", ...times, "-t", "app:1", "-t", "app:2", "-t", "localhost:5000/team/app:1", ".");
  writeFileSync(join(directory.path, "Other"), "FROM base:1\nCOPY root/etc/motd /b\n");
  await call("build", "--timestamp", "1600000000", "-t", "other:1", "-f", "Other", ".");
  await call("save", "-o", "all.tar", "app:1", "app:2", "localhost:5000/team/app:1", "other:1");
  // Into another store: built images show when they were built here, and the build cache keeps their layers.
  await runOk([...ours(), "load", "-q", "-i", "all.tar"], { cwd: directory.path });
  daemon = await startDockerd();
  await daemon.docker("load", "-q", "-i", join(directory.path, "all.tar"));
  id = (await daemon.docker("images", "-q", "app:1")).trim();
}, 120_000);

afterAll(async () => {
  if (isMissing) return;
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Docker's daemon and its client have words before an error, Kasane its name; hints are Kasane's own. */
function wording(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("hint: "))
    .map((line) => line.replace(/^(Error response from daemon: |Error: |kasane: )/, ""))
    .map((line) => line.replace(/^No such/, "no such").replace(/^Invalid filter/, "invalid filter"))
    .join("\n");
}

async function both(args: readonly string[]): Promise<{ docker: Answer; kasane: Answer }> {
  const words = args.map((word) => word.replace("ID", id));
  const env = { ...daemon.docker.env, DOCKER_CONFIG: join(directory.path, "client"), TZ: "UTC" };
  const [docker, mine] = await Promise.all([
    run([...daemon.docker.argv, ...words], { env }),
    run([...ours(), ...words], { env }),
  ]);
  return {
    docker: { ...docker, err: wording(docker.err) },
    kasane: { ...mine, err: wording(mine.err) },
  };
}

const fields = "{{.Repository}}:{{.Tag}} {{.ID}} {{.Digest}} {{.Size}} {{.VirtualSize}} {{.CreatedAt}}";

test
  .skipIf(isMissing)
  .each([
    [["images"]],
    [["images", "-a"]],
    [["images", "-q"]],
    [["images", "-q", "--no-trunc"]],
    [["images", "--digests", "app"]],
    [["images", "--no-trunc", "other"]],
    [["image", "ls", "app:1"]],
    [["images", "localhost:5000/*/*"]],
    [["images", "nope"]],
    [["images", "Foo:::"]],
    [["images", "["]],
    ...[
      "dangling=true",
      "dangling=false",
      "label=a",
      "label=a=1",
      "label=a=2",
      "before=app:1",
      "since=other:1",
      "reference=a*",
      "reference=*:1",
      "dangling=foo",
      "colour=red",
    ].map((filter): [string[]] => [["images", "--filter", filter]]),
    [["images", "--format", fields]],
    [["images", "--format", "table {{.ID}}\t{{.Tag}}"]],
    [["images", "--format", "{{json .}}", "app:1"]],
    [["images", "--format", "raw"]],
    [["history", "app:1"]],
    [["history", "--no-trunc", "app:1"]],
    [["history", "-q", "app:1"]],
    [["history", "-q", "--no-trunc", "ID"]],
    [["history", "-H=false", "app:1"]],
    [["image", "history", "--format", "{{json .}}", "app:1"]],
    ...[
      "{{.Id}}",
      "{{json .Config}}",
      "{{json .ContainerConfig}}",
      "{{json .RootFS}}",
      "{{.Size}} {{.VirtualSize}}",
      "{{.Created}} {{.Comment}} {{.Architecture}} {{.Os}}",
      "{{.RepoTags}} {{.RepoDigests}}",
      '{{index .Config.Labels "b"}}',
      "{{.Nope}}",
    ].map((format): [string[]] => [["inspect", "--format", format, "app:1", "other:1"]]),
    [["inspect", "nope"]],
    [["inspect", "--format", "{{.Id}}", "nope", "app:1", "nope2"]],
    [["image", "inspect", "nope"]],
    [["container", "inspect", "nope"]],
    [["inspect", "--type", "cat", "app:1"]],
    [["inspect", "--type", "container", "app:1"]],
    [["inspect", "--type", "network", "app:1"]],
  ] as [string[]][])("%p", async (args) => {
  const { docker, kasane: mine } = await both(args);
  expect(ordered(args, mine)).toEqual(ordered(args, docker));
});

/** Docker goes through the repositories of one image in any order: rows are compared without theirs, and IDs (`-q`) with it. */
function ordered(args: readonly string[], said: Answer): Answer {
  // The two are not asked in the same second.
  const answer = { ...said, out: said.out.replaceAll(/\b(?:\d+ seconds|Less than a second) ago/g, "now") };
  if (args[0] !== "images" || args.includes("-q")) return answer;
  const [header = "", ...rows] = answer.out.split(args.includes("raw") ? "\n\n" : "\n");
  const isTable = header.startsWith("REPOSITORY") || header.startsWith("IMAGE ID");
  return { ...answer, out: (isTable ? [header, ...rows.sort()] : [header, ...rows].sort()).join("\n") };
}

test.skipIf(isMissing)("inspect has docker's fields in docker's order, and its own after them", async () => {
  const { docker, kasane: mine } = await both(["inspect", "app:1"]);
  const theirs = Object.keys(JSON.parse(docker.out)[0]);
  expect(Object.keys(JSON.parse(mine.out)[0]).slice(0, theirs.length)).toEqual(theirs);
});

/** One after the other: what each leaves is what the next one meets. */
test.skipIf(isMissing)(
  "tag and rmi, step by step",
  async () => {
    const steps = [
      ["tag", "other:1", "example.com/x/other:new"],
      ["images"],
      ["rmi", "nope", "app:2", "nope2"],
      ["rmi", "-f", "nope"],
      ["rmi", "ID"],
      ["rmi", "localhost:5000/team/app:1"],
      ["rmi", "app:1"],
      ["rmi", "-f", "other:1", "example.com/x/other:new"],
      ["images", "-a"],
    ];
    for (const step of steps) {
      const { docker, kasane: mine } = await both(step);
      expect([step, ordered(step, mine)]).toEqual([step, ordered(step, docker)]);
    }
  },
  60_000,
);
