/** Lists of images and what they are: the real docker and Kasane are asked the same about the same images, and say the same. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mapConcurrent } from "../../../src/lib/mod.ts";
import { makeStepRoot } from "../../e2e/sandbox/step-root.ts";
import { type Finished, kasane, missing, run, runOk } from "../../outside.ts";
import {
  type DockerDaemon,
  type RegistryDaemon,
  type Scratch,
  scratch,
  startDockerd,
  startDockerRegistry,
} from "../peers.ts";

setDefaultTimeout(60_000);
const isMissing = missing("docker", "dockerd", "docker-registry", "busybox") || process.getuid?.() !== 0;
const skip = test.skipIf(isMissing);
let directory: Scratch;
let daemon: DockerDaemon;
let registry: RegistryDaemon;
/** IDs, whole, by the name that the image had when it was made. */
const ids: Record<string, string> = {};

const at = (name: string) => join(directory.path, name);
const ours = (argv: readonly string[]) => run([kasane, "--root", at("store"), ...argv]);
const theirs = (argv: readonly string[]) => run([...daemon.docker.argv, ...argv], { env: daemon.docker.env });
const make = (epoch: number, ...argv: string[]) =>
  runOk([kasane, "--root", at("made"), ...argv], { env: { SOURCE_DATE_EPOCH: String(epoch) } });

/** Builds an image of its own time, under a name or without one. */
async function build(epoch: number, name: string, lines: readonly string[], isDangling = false) {
  const context = at("context");
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, "file"), `${name}\n`.repeat(1000));
  writeFileSync(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
  ids[name] = (await make(epoch, "build", "-q", ...(isDangling ? [] : ["-t", name]), context)).trim();
}

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker-listing");
  [daemon, registry] = await Promise.all([startDockerd(), startDockerRegistry()]);
  await makeStepRoot(at("root"));
  await make(1_500_000_000, "import", "-m", "a root", at("root"), "base:1");
  ids["base:1"] = (await make(0, "images", "-q", "--no-trunc", "base:1")).trim();
  await build(1_600_000_000, "app:1", [
    "FROM base:1",
    'LABEL stage=old org.x="<b>&"',
    'ENV A=1 B="two words"',
    "EXPOSE 80/tcp 443",
    "VOLUME /data",
    "WORKDIR /srv",
    "USER web",
    "COPY file /srv/",
    'HEALTHCHECK --interval=30s --timeout=1m CMD ["x"]',
    'ENTRYPOINT ["/bin/sh","-c"]',
    'CMD ["echo hi"]',
  ]);
  await build(1_650_000_000, "app:2", ["FROM base:1", "LABEL stage=new", "COPY file /srv/", "STOPSIGNAL 9"]);
  await build(1_660_000_000, "left", ["FROM base:1", "LABEL stage=left", "COPY file /srv/"], true);
  await build(1_670_000_000, "team/tool:x", ["FROM scratch", "COPY file /"]);
  const pushed = `${registry.address}/team/app:2`;
  await make(0, "tag", "app:2", "app:latest", "localhost:5000/a/long/way:2", pushed);
  await make(
    0,
    "save",
    "-o",
    at("all.tar"),
    "base:1",
    "app:1",
    "app:2",
    "app:latest",
    "localhost:5000/a/long/way:2",
    "team/tool:x",
    ids.left!,
  );
  await make(0, "push", "-q", pushed);
  await both("load", "-q", "-i", at("all.tar"));
  await both("pull", "-q", pushed);
});

afterAll(async () => {
  if (isMissing) return;
  await daemon[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

async function both(...argv: string[]): Promise<readonly [Finished, Finished]> {
  const answers = await Promise.all([ours(argv), theirs(argv)]);
  return answers;
}

/** The errors alone: without Kasane's hints and docker's repetition of its help, and without saying whose they are. */
function reason(text: string): string[] {
  return (
    text
      .replace(/\nSee 'docker [\s\S]*/, "")
      .split("\n")
      .filter((line) => line !== "" && !/^ *hint: /.test(line))
      .map((line) => line.replace(/^(kasane: |error: |error response from daemon: )+/i, ""))
      .map((line) => line.replace(/^"docker (.*)\.$/, '"kasane $1'))
      // Kasane says what is wrong with a name.
      .map((line) => line.replace(/^".*" is not a valid image reference: .*/, "invalid reference format"))
      .map((line) =>
        line.replace(
          /^(error parsing reference: .*: )?invalid (reference format|repository name).*/i,
          "invalid reference format",
        ),
      )
      .map((line) => line.charAt(0).toLowerCase() + line.slice(1))
  );
}

/** What no two runs have the same: containers, and where things lie in memory. */
function masked(text: string): string {
  return text
    .replaceAll(/^[0-9a-f]{64}$/gm, "CONTAINER")
    .replaceAll(/(container )[0-9a-f]{12}\b/g, "$1CONTAINER")
    .replaceAll(/0xc[0-9a-f]{9}\b/g, "0xADDRESS");
}

interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: readonly string[];
}

function told({ code, out, err }: Finished, map: (text: string) => string): Told {
  return { code, out: map(masked(out)), err: reason(err).map(masked) };
}

/** Asks each question of both; what they answer otherwise. */
async function differences(
  questions: readonly (readonly string[])[],
  map: (text: string) => string = (text) => text,
): Promise<string[][]> {
  const answers = await mapConcurrent(questions, 4, async (argv) => {
    const [kasane, docker] = await both(...argv);
    return { argv: argv.join(" "), kasane: told(kasane, map), docker: told(docker, map) };
  });
  return answers
    .filter(({ kasane, docker }) => !Bun.deepEquals(kasane, docker))
    .map(({ argv, kasane, docker }) => [argv, JSON.stringify(docker), JSON.stringify(kasane)]);
}

/** Docker tells the names of one image in any order. */
function sortedRows(text: string): string {
  return text.split("\n").sort().join("\n");
}

skip("images", async () => {
  const filters = [
    [],
    ["-f", "dangling=true"],
    ["-f", "dangling=false"],
    ["-f", "dangling=maybe"],
    ["-f", "label=stage"],
    ["-f", "label=stage=new"],
    ["-f", "label=stage", "-f", "label=org.x"],
    ["-f", "label=stage=new", "-f", "label=stage=old"],
    ["-f", "before=app:2"],
    ["-f", "since=app:2"],
    ["-f", "since=base:1", "-f", "before=team/tool:x"],
    ["-f", "before=nothing:1"],
    ["-f", `before=${ids["app:2"]}`],
    ["-f", "reference=app"],
    ["-f", "reference=app:*"],
    ["-f", "reference=*:2"],
    ["-f", "reference=*/*"],
    ["-f", "reference=*/*/*/*:2"],
    ["-f", "reference=app:1", "-f", "reference=team/*"],
    ["-f", "reference=[ab]*"],
    ["-f", "reference=a["],
    ["-f", "nothing=1"],
    ["-f", "dangling"],
    ["-f", "dangling=true", "-f", "label=stage=left"],
    ["app"],
    ["app:1"],
    ["team/tool"],
    [`${registry.address}/team/app`],
    ["ap"],
    ["*"],
    ["app", "base"],
    ["app", "-f", "label=stage=new"],
    ["-f", "dangling=true", "app"],
  ];
  const questions = filters.map((filter) => ["images", "--digests", ...filter]);
  const flags = ["-a", "-q", "--no-trunc", "--digests"];
  for (let bits = 0; bits < 16; bits++) {
    const chosen = flags.filter((_, index) => bits & (1 << index));
    questions.push(["images", ...chosen]);
    if (chosen.length !== 1) continue;
    for (const format of [
      "table",
      "raw",
      "text",
      "{{json .}}",
      "{{.Repository}} {{.Digest}}",
      "table {{.ID}}\t{{.Tag}}",
    ]) {
      questions.push(["images", ...chosen, "--format", format]);
    }
  }
  expect(await differences(questions, sortedRows)).toEqual([]);
});

skip("what docker learned after 20.10", async () => {
  const column = async (...argv: string[]) => {
    const { code, out } = await ours(["images", "--format", "{{.Repository}}:{{.Tag}}", ...argv]);
    expect(code).toBe(0);
    return out.trim().split("\n");
  };
  expect(await column("-f", "label!=stage")).toEqual(["team/tool:x", "base:1"]);
  expect(await column("-f", "label!=stage=new")).toEqual(["team/tool:x", "<none>:<none>", "app:1", "base:1"]);
  expect(await column("-f", "until=2021-01-01")).toEqual(["app:1", "base:1"]);
  expect(await column("docker.io/library/app:1")).toEqual(["app:1"]);
  const [row] = (await ours(["images", "--format", "json", "app:1"])).out.trim().split("\n");
  const [theirRow] = (await theirs(["images", "--format", "{{json .}}", "app:1"])).out.trim().split("\n");
  expect(row).toBe(theirRow!);
});

skip("history", async () => {
  const questions: string[][] = [];
  for (const name of ["base:1", "app:1", "app:2", "team/tool:x", "nothing:1"]) {
    for (const flags of [
      [],
      ["--no-trunc"],
      ["-q"],
      ["-q", "--no-trunc"],
      ["-H=false"],
      ["--human=false", "--no-trunc"],
      ["-H=false", "-q"],
      ["--format", "{{json .}}"],
      ["--format", "table"],
      ["--format", "{{.ID}} {{.CreatedAt}} {{.CreatedSince}} {{.Size}} {{.Comment}}"],
      ["--format", "table {{.CreatedBy}}\t{{.Size}}", "--no-trunc"],
      ["--format", "{{.Nope}}"],
      ["--format", "{{"],
      ["--format", "{{.Size}}", "-H=false"],
    ]) {
      questions.push(["history", ...flags, name]);
    }
  }
  questions.push(["history"], ["history", "app:1", "app:2"], ["image", "history", "app:1"]);
  expect(await differences(questions)).toEqual([]);
});

const templates = [
  "{{.Id}}",
  "{{.ID}}",
  "{{.RepoTags}}",
  "{{json .RepoTags}}",
  "{{.RepoDigests}}",
  "{{.Parent}}|{{.Comment}}|{{.Author}}",
  "{{.Created}}",
  "{{.DockerVersion}}",
  "{{.Architecture}}/{{.Os}}{{with .Variant}}/{{.}}{{end}}",
  "{{.Size}} {{.VirtualSize}}",
  "{{.RootFS.Type}}",
  "{{.RootFS.Layers}}",
  "{{json .RootFS}}",
  "{{len .RootFS.Layers}}",
  "{{range .RootFS.Layers}}{{println .}}{{end}}",
  "{{.Config}}",
  "{{json .Config}}",
  "{{.Config.User}}",
  "{{.Config.Env}}",
  "{{json .Config.Env}}",
  '{{join .Config.Env ","}}',
  "{{range $i, $e := .Config.Env}}{{$i}}={{$e}};{{end}}",
  "{{.Config.Cmd}} {{.Config.Entrypoint}}",
  "{{json .Config.Cmd}}",
  "{{.Config.Labels}}",
  "{{json .Config.Labels}}",
  '{{index .Config.Labels "stage"}}',
  "{{.Config.Labels.stage}}",
  "{{range $k, $v := .Config.Labels}}{{$k}}={{$v}}\n{{end}}",
  "{{.Config.ExposedPorts}}",
  "{{json .Config.Volumes}}",
  "{{.Config.WorkingDir}}",
  "{{json .Config.Healthcheck}}",
  "{{.Config.StopSignal}}",
  "{{.Config.Hostname}}|{{.Config.Image}}|{{.Config.Tty}}",
  "{{json .ContainerConfig}}",
  "{{.Container}}",
  '{{if eq .Os "linux"}}yes{{else}}no{{end}}',
  "{{upper .Os}} {{title .Architecture}}",
  "{{truncate .Id 12}}",
  '{{printf "%s %d" .Id .Size}}',
  "{{.Nope}}",
  "{{.Config.Nope}}",
  "{{index .RepoTags 99}}",
  "{{",
  "{{.Id",
  "{{nope .Id}}",
  "text",
];

skip("inspect --format", async () => {
  const questions = templates.map((template) => ["inspect", "--format", template, "app:1"]);
  for (const template of templates.slice(0, 10)) {
    questions.push(["image", "inspect", "-f", template, "team/tool:x", "base:1"]);
    questions.push([
      "inspect",
      "--type",
      "image",
      `--format=${template}`,
      ids["app:1"]!.slice(7, 19),
      "nothing:1",
    ]);
  }
  expect(await differences(questions)).toEqual([]);
});

skip("inspect: names that are there and names that are not", async () => {
  const format = ["--format", "{{.Id}}"];
  const questions = [
    ["inspect", "nothing"],
    ["inspect", "nothing", "nobody:1"],
    ["image", "inspect", "nothing"],
    ["container", "inspect", "nothing"],
    ["inspect", "--type", "image", "nothing"],
    ["inspect", "--type", "container", "app:1"],
    ["inspect", "--type", "volume", "app:1"],
    ["inspect", "--type", "foo", "app:1"],
    ["inspect", "--type", "", ...format, "app:1"],
    ["inspect"],
    ["image", "inspect"],
    ["container", "inspect"],
    ["inspect", "a::b"],
    ["inspect", "UPPER"],
    ["inspect", ""],
    ["inspect", ...format, "nothing"],
    ["inspect", ...format, "app:1", "nothing", "app:2"],
    ["inspect", ...format, ids["app:1"]!],
    ["inspect", ...format, ids["app:1"]!.slice(7)],
    ["inspect", ...format, ids["app:1"]!.slice(0, 20)],
    ["inspect", ...format, `${registry.address}/team/app:2`],
    ["inspect", ...format, "docker.io/library/app:1"],
    ["inspect", ...format, "index.docker.io/app:1"],
    ["inspect", ...format, "app"],
    ["inspect", ...format, "base"],
    ["inspect", "--size", ...format, "app:1"],
    ["inspect", `app@${ids["app:1"]}`],
  ];
  expect(await differences(questions)).toEqual([]);
});

/** What is known of an image besides docker's fields, and where docker keeps it. */
function comparable(text: string): unknown {
  const images = JSON.parse(text) as Record<string, unknown>[];
  return images.map((image) => {
    const { GraphDriver: _, Metadata: __, Descriptor: ___, Layers: ____, Manifests: _____, ...rest } = image;
    return rest;
  });
}

skip("inspect: the whole JSON, fields in their order", async () => {
  for (const name of ["base:1", "app:1", "team/tool:x", ids.left!, "app:2"]) {
    const [mine, other] = await both("inspect", name);
    const [actual, expected] = [comparable(mine.out), comparable(other.out)];
    expect(JSON.stringify(actual, null, 1)).toBe(JSON.stringify(expected, null, 1));
  }
});

const containerTemplates = [
  "{{.Name}}",
  "{{.Path}} {{.Args}}",
  "{{json .Args}}",
  "{{.State.Status}} {{.State.Running}} {{.State.Pid}} {{.State.ExitCode}} {{.State.Error}}",
  "{{.State.StartedAt}} {{.State.FinishedAt}}",
  "{{.Image}}",
  "{{.Config.Image}}",
  "{{.Config.Env}}",
  "{{.Config.Cmd}} {{.Config.Entrypoint}}",
  "{{json .Config.Labels}}",
  "{{.Config.User}} {{.Config.WorkingDir}}",
  "{{.HostConfig.NetworkMode}} {{.HostConfig.AutoRemove}} {{.HostConfig.ReadonlyRootfs}}",
  "{{.HostConfig.Binds}}",
  "{{range .Mounts}}{{.Type}} {{.Source}} {{.Destination}} {{.RW}};{{end}}",
  "{{.Nope}}",
  "{{",
];

skip("inspect of a container, and of what has an image's name", async () => {
  const create = ["create", "--network", "none", "--label", "a=x", "-e", "C=3", "-v", "/tmp:/mnt:ro"];
  for (const { code } of await both(...create, "--name", "app", "base:1", "sh", "-c", "echo hi")) {
    expect(code).toBe(0);
  }
  const questions = containerTemplates.flatMap((template) => [
    ["inspect", "-f", template, "app"],
    ["container", "inspect", "-f", template, "app", "nothing"],
  ]);
  questions.push(
    ["inspect", "--type", "image", "-f", "{{.Id}}", "app"],
    ["image", "inspect", "-f", "{{.Id}}", "app"],
    ["inspect", "--type", "container", "-f", "{{.Image}}", "app", "app:1"],
    ["inspect", "-f", "{{.Id}}", "app:1"],
    ["inspect", "-f", "{{.Created}}", "base:1", "nothing"],
  );
  const found = await differences(questions);
  await both("rm", "app");
  expect(found).toEqual([]);
});

/** Where the two are meant to differ, or cannot be the same; docs/differences.md has the reasons. */
const ownOfContainers = new Set([
  ...["Id", "Created", "StartedAt", "FinishedAt", "Hostname"],
  ...["ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "LogConfig", "Driver", "GraphDriver"],
  ...["CgroupnsMode", "Runtime", "MaskedPaths", "SandboxID", "SandboxKey", "NetworkID"],
]);

skip("container inspect: the whole JSON, fields in their order, created and ended", async () => {
  const settings = ["--network", "none", "--label", "a=x", "-e", "C=3", "-v", "/tmp:/mnt:ro", "-u", "5"];
  await both(
    "create",
    ...settings,
    "-t",
    "--read-only",
    "-w",
    "/etc",
    "--name",
    "made",
    "base:1",
    "sh",
    "-c",
    "x",
  );
  await both("run", ...settings, "--name", "ended", "base:1", "sh", "-c", "exit 3");
  for (const name of ["made", "ended"]) {
    for (const size of [[], ["--size"]]) {
      const [mine, other] = await both("container", "inspect", ...size, name);
      const [actual, expected] = [mine, other].map(({ code, out }) => {
        expect(code).toBe(0);
        return JSON.stringify(
          JSON.parse(out),
          // Docker names the variables of the call before those of the image.
          (key, value) => (key === "Env" ? [...value].sort() : ownOfContainers.has(key) ? "" : value),
          1,
        );
      });
      expect(actual).toBe(expected!);
    }
  }
  await both("rm", "made", "ended");
});

/** The same steps one after the other; where they part, both answers. */
async function steps(...list: (readonly string[])[]): Promise<void> {
  const found: string[][] = [];
  for (const argv of list) {
    found.push(...(await differences([argv], argv[0] === "images" ? sortedRows : sortedLines)));
  }
  expect(found).toEqual([]);
}

/** Names and layers of one image; docker tells names in any order. */
function sortedLines(text: string): string {
  const lines = text.split("\n");
  const isName = (line: string) => line.startsWith("Untagged: ");
  return [...lines.filter(isName).sort(), ...lines.filter((line) => !isName(line))].join("\n");
}

skip("tag: what it refuses, and what is named afterwards", async () => {
  await steps(
    ["tag", "app:1", "UPPER"],
    ["tag", "app:1", "a:"],
    ["tag", "app:1", ""],
    ["tag", "app:1", "a b"],
    ["tag", "app:1", "a:!"],
    ["tag", "app:1", "a//b"],
    ["tag", "app:1", `x@${ids["app:1"]}`],
    ["tag", "app:1", ids["app:1"]!.slice(7)],
    ["tag", "nothing:1", "x:1"],
    ["tag", "UPPER", "x:1"],
    ["tag", "app:1", "extra"],
    ["tag", "app:1", "localhost/extra:1"],
    ["tag", ids["app:1"]!.slice(7, 19), "by/id:1"],
    ["tag", ids["team/tool:x"]!, "moves:1"],
    ["tag", "app:1", "moves:1"],
    ["image", "tag", "app:1", "app:1"],
    ["images", "--digests", "--no-trunc"],
    ["rmi", "extra", "localhost/extra:1", "by/id:1", "moves:1"],
    ["images", "--digests", "--no-trunc"],
  );
});

skip("rmi: names, IDs, digests, several at once, and what containers hold", async () => {
  const id = (name: string) => ids[name]!;
  const pushed = `${registry.address}/team/app`;
  const digest = (await ours(["inspect", "-f", "{{index .RepoDigests 0}}", "app:2"])).out.trim();
  expect(digest).toStartWith(`${pushed}@sha256:`);
  await steps(
    ["rmi"],
    ["rmi", "nothing:1"],
    ["rmi", "-f", "nothing:1"],
    ["rmi", "UPPER"],
    ["rmi", "a::b"],
    ["rmi", `sha256:${"0".repeat(64)}`],
    ["rmi", id("app:2").slice(7, 19)],
    ["rmi", id("app:2")],
    ["rmi", "app", "nothing:1", "localhost:5000/a/long/way:2"],
    ["images", "--digests"],
    ["rmi", `${pushed}:2`],
    ["images", "--digests"],
    ["rmi", id("app:2").slice(7, 19)],
    ["images", "--digests"],
    // Known by its digest only.
    ["pull", "-q", digest],
    ["images"],
    ["images", "--digests"],
    ["images", "-q", pushed],
    ["images", "-f", "dangling=true"],
    ["images", "-f", "dangling=false"],
    ["images", "-f", `reference=${digest}`],
    ["inspect", "-f", "{{.RepoTags}} {{.RepoDigests}}", digest],
    ["history", "-q", digest],
    ["tag", digest, "named:1"],
    ["images", "--digests"],
    ["rmi", id("app:2")],
    ["rmi", "named:1"],
    ["images", "--digests"],
    ["tag", digest, `${pushed}:3`],
    ["images", "--digests"],
    ["rmi", digest],
    ["images", "--digests"],
    ["rmi", `${pushed}:3`],
    ["images", "--digests"],
    // A container that was never started.
    ["create", "--name", "idle", "--network", "none", "app:1", "true"],
    ["rmi", "app:1"],
    ["rmi", id("app:1").slice(7, 19)],
    ["tag", "app:1", "second:1"],
    ["rmi", "app:1"],
    ["tag", "second:1", "app:1"],
    ["rmi", id("app:1")],
    ["rmi", "-f", "second:1"],
    ["rmi", "-f", "app:1"],
    ["images"],
    ["rm", "idle"],
    ["images"],
  );
  await both("rmi", "-f", id("app:1"));
  await steps(
    ["images"],
    ["rmi", id("left").slice(7, 19)],
    ["tag", "team/tool:x", "team/tool:y"],
    ["tag", "team/tool:x", "other:1"],
    ["rmi", id("team/tool:x").slice(7, 12)],
    ["rmi", "-f", id("team/tool:x").slice(7, 19)],
    ["images"],
  );
});

skip("rmi: the image of a container that runs", async () => {
  const command = ["--network", "none", "--name", "busy", "base:1", "sleep", "600"];
  const child = Bun.spawn([kasane, "--root", at("store"), "run", ...command], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  try {
    await theirs(["run", "-d", ...command]);
    while ((await ours(["ps", "-q"])).out === "") await Bun.sleep(20);
    await steps(
      ["rmi", "base:1"],
      ["rmi", ids["base:1"]!.slice(7, 19)],
      ["rmi", "-f", ids["base:1"]!.slice(7, 19)],
      ["tag", "base:1", "base:2"],
      ["rmi", "base:2"],
      ["rmi", "-f", "base:1"],
      ["images"],
    );
    await theirs(["rm", "-f", "busy"]);
  } finally {
    child.kill();
    await child.exited;
  }
  await ours(["rm", "busy"]);
  await steps(["rmi", ids["base:1"]!], ["images", "-a"]);
});
