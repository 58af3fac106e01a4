/** What pull, push, load and save print, beside docker's own lines about the same images in the same registry. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { kasane, missing, run, runOk } from "../../outside.ts";
import { sampleImage, save } from "../archive-file.ts";
import {
  type DockerDaemon,
  type RegistryDaemon,
  type Scratch,
  scratch,
  startDockerd,
  startDockerRegistry,
} from "../peers.ts";

setDefaultTimeout(60_000);
const isMissing = missing("docker", "dockerd", "docker-registry") || process.getuid?.() !== 0;
let directory: Scratch;
let daemon: DockerDaemon;
let registry: RegistryDaemon;
const at = (name: string) => join(directory.path, name);

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker-transfer");
  [daemon, registry] = await Promise.all([startDockerd(), startDockerRegistry()]);
  // Layers that lie on each other, so that some are there already when the next image comes.
  const layers = [1, 2, 3].map((number) => ({ [`layer${number}`]: `${number}`.repeat(1000) }));
  const small = await sampleImage({
    family: "docker",
    layers: layers.slice(0, 2),
    config: { Cmd: ["small"] },
  });
  const large = await sampleImage({ family: "docker", layers, config: { Cmd: ["large"] } });
  await save(
    at("images.tar"),
    "docker",
    { image: small, names: [name("app:small")] },
    { image: large, names: [name("app:large"), name("app")] },
  );
  await daemon.docker("load", "-i", at("images.tar"));
  await daemon.docker("push", "-a", "-q", name("app"));
});
afterAll(async () => {
  if (isMissing) return;
  await daemon[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const name = (tag: string) => `${registry.address}/team/${tag}`;
const ours = (...argv: string[]) => [kasane, "--root", at("store"), ...argv];
const theirs = (...argv: string[]) => [...daemon.docker.argv, ...argv];

interface Told {
  readonly code: number;
  readonly lines: readonly string[];
}

/**
 * Standard output by line. Docker's lines about layers come in the order that its threads have, and some ("Waiting", "Verifying Checksum") only when
 * it is slow: what each layer is told to be, in order, is compared, and the lines around them as they stand.
 */
async function told(command: string[], input?: Blob): Promise<Told> {
  const { code, out } = await run(command, input ? { stdin: input } : {});
  const lines = out.split("\n").filter((line) => !/: (Waiting|Verifying Checksum)$/.test(line));
  const isOfLayer = (line: string) => /^[0-9a-f]{12}: /.test(line);
  const first = lines.filter((line) => / (Preparing|Pulling fs layer|Already exists)$/.test(line));
  const layers = lines
    .filter(isOfLayer)
    .toSorted((a, b) => (a.slice(0, 12) < b.slice(0, 12) ? -1 : a.slice(0, 12) > b.slice(0, 12) ? 1 : 0));
  return { code, lines: [...first, "--", ...layers, "--", ...lines.filter((line) => !isOfLayer(line))] };
}

async function expectSame(argv: string[], options: { input?: string } = {}): Promise<Told> {
  const input = options.input === undefined ? undefined : Bun.file(options.input);
  const expected = await told(theirs(...argv), input);
  const actual = await told(ours(...argv), input);
  expect({ argv, ...actual }).toEqual({ argv, ...expected });
  return actual;
}

async function clear(): Promise<void> {
  for (const command of [ours, theirs]) {
    const ids = (await runOk(command("images", "-aq"))).split("\n").filter(Boolean);
    if (ids.length > 0) await runOk(command("rmi", "-f", ...new Set(ids)));
  }
}

describe.skipIf(isMissing)("kasane prints what docker prints:", () => {
  test("pull", async () => {
    await clear();
    const first = await expectSame(["pull", name("app:small")]);
    expect(first.lines.filter((line) => line.endsWith(": Pull complete"))).toHaveLength(2);
    // Of three layers two are there; then all are, first under another name, then under this one.
    const second = await expectSame(["pull", name("app:large")]);
    expect(second.lines.filter((line) => line.endsWith(": Already exists")).length).toBeGreaterThan(1);
    await expectSame(["pull", name("app")]);
    await expectSame(["pull", name("app")]);
    await expectSame(["pull", "-q", name("app")]);
    await expectSame(["pull", "-a", name("app")]);
    await expectSame(["pull", "-a", "-q", name("app")]);
    await clear();
    await expectSame(["pull", "-a", name("app")]);
    const digest = /Digest: (\S+)/.exec(second.lines.join("\n"))![1]!;
    await clear();
    await expectSame(["pull", `${name("app")}@${digest}`]);
  });

  test("pull of what is not there, or cannot be", async () => {
    for (const argv of [
      ["pull", name("none")],
      ["pull", name("app:none")],
      ["pull", "-a", name("none")],
      ["pull", "-a", name("app:small")],
      ["pull", "UPPER"],
    ])
      await expectSame(argv);
  });

  test("push, to a repository that is new, again, and beside one that has the layers", async () => {
    await clear();
    await expectSame(["pull", "-q", name("app")]);
    // Each its own repository, told as the same.
    const push = async (command: typeof ours, who: string, ...argv: string[]) => {
      const { code, lines } = await told(command("push", ...argv.map((word) => word.replace("WHO", who))));
      return { code, lines: lines.map((line) => line.replaceAll(who, "WHO")) };
    };
    const tag = async (target: string) => {
      await runOk(ours("tag", name("app"), target.replace("WHO", "ours")));
      await runOk(theirs("tag", name("app"), target.replace("WHO", "theirs")));
    };
    const same = async (...argv: string[]) => {
      const expected = await push(theirs, "theirs", ...argv);
      expect({ argv, ...(await push(ours, "ours", ...argv)) }).toEqual({ argv, ...expected });
      return expected;
    };
    await tag(name("WHO/one:v1"));
    const mounted = await same(name("WHO/one:v1"));
    expect(mounted.lines.filter((line) => line.endsWith(": Mounted from team/app"))).toHaveLength(3);
    const again = await same(name("WHO/one:v1"));
    expect(again.lines.filter((line) => line.endsWith(": Layer already exists"))).toHaveLength(3);
    await tag(name("WHO/one"));
    await same(name("WHO/one"));
    await same("-q", name("WHO/one"));
    await same("-a", name("WHO/one"));
    await same("-a", "-q", name("WHO/one"));
    await same("-a", name("WHO/one:v1"));
    await same(name("WHO/none"));
    await same("-a", name("WHO/none"));
  });

  test("push of layers that nobody has", async () => {
    await clear();
    for (const command of [ours, theirs]) await runOk(command("load", "-q", "-i", at("images.tar")));
    await using elsewhere = await startDockerRegistry();
    const lines = [];
    for (const command of [theirs, ours]) {
      const target = `${elsewhere.address}/${command === ours ? "ours" : "theirs"}:v1`;
      await runOk(command("tag", name("app"), target));
      const { code, lines: all } = await told(command("push", target));
      // Docker compresses anew what came in an archive: the digest of what it pushes is another.
      lines.push([
        code,
        ...all.map((line) => line.replace(/ours|theirs/, "WHO").replace(/sha256:\S+ size: \d+/, "DIGEST")),
      ]);
    }
    expect(lines[1]).toEqual(lines[0]!);
  });

  test("load", async () => {
    await clear();
    await expectSame(["load", "-i", at("images.tar")]);
    await expectSame(["load", "-q", "-i", at("images.tar")]);
    await expectSame(["load"], { input: at("images.tar") });
    await Bun.write(at("images.tar.gz"), Bun.gzipSync(await Bun.file(at("images.tar")).bytes()));
    await expectSame(["load"], { input: at("images.tar.gz") });
    const other = await sampleImage({ config: { User: "9" } });
    await save(at("other.tar"), "docker", { image: other, names: [name("app:small")] });
    const moved = await expectSame(["load", "-i", at("other.tar")]);
    expect(moved.lines.join("\n")).toContain("already exists, renaming the old one with ID sha256:");
    await save(at("unnamed.tar"), "docker", { image: other, names: [] });
    await expectSame(["load", "-i", at("unnamed.tar")]);
  });

  test("load of what is none, and save of what is not there", async () => {
    writeFileSync(at("garbage"), "garbage");
    writeFileSync(at("empty"), "");
    const whole = await Bun.file(at("images.tar")).bytes();
    writeFileSync(at("half.tar"), whole.subarray(0, 3000));
    for (const argv of [
      ...["nope.tar", "garbage", "empty", "half.tar"].map((file) => ["load", "-i", at(file)]),
      ["save", "-o", at("x.tar"), "nope"],
      ["save", "-o", at("no/such/x.tar"), name("app")],
    ]) {
      const { code, lines } = await expectSame(argv);
      expect([argv, code, lines.filter((line) => line !== "--" && line !== "")]).toEqual([argv, 1, []]);
    }
    expect(await Bun.file(at("x.tar")).exists()).toBe(false);
  });

  test("save of a repository means all its tags", async () => {
    await clear();
    for (const command of [ours, theirs]) await runOk(command("load", "-q", "-i", at("images.tar")));
    const names = [];
    for (const command of [ours, theirs]) {
      await runOk(command("save", "-o", at("all.tar"), name("app")));
      const manifest = JSON.parse(await runOk(["tar", "-xOf", at("all.tar"), "manifest.json"])) as {
        RepoTags: string[];
      }[];
      names.push(manifest.flatMap(({ RepoTags }) => RepoTags).sort());
    }
    expect(names[0]).toEqual(names[1]!);
    expect(names[0]).toHaveLength(3);
  });
});
