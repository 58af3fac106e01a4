/** Small habits of those who know docker by heart, typed to docker and to Kasane: names as docker tells them, empty values, and what it refuses. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeStepRoot } from "../../e2e/sandbox/step-root.ts";
import { type Finished, kasane, missing, run, runOk } from "../../outside.ts";
import { type DockerDaemon, type Scratch, scratch, startDockerd } from "../peers.ts";

setDefaultTimeout(60_000);
const isMissing = missing("docker", "dockerd", "busybox") || process.getuid?.() !== 0;
const skip = test.skipIf(isMissing);
let directory: Scratch;
let daemon: DockerDaemon;

const at = (name: string) => join(directory.path, name);
const ours = (...argv: string[]) => run([kasane, "--root", at("store"), ...argv]);
const theirs = (...argv: string[]) => run([...daemon.docker.argv, ...argv], { env: daemon.docker.env });
const both = (...argv: string[]) => Promise.all([ours(...argv), theirs(...argv)]);

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker-details");
  daemon = await startDockerd();
  await makeStepRoot(at("root"));
  await runOk(["tar", "-C", at("root"), "--owner=0", "--group=0", "-cf", at("root.tar"), "."]);
  await runOk([...daemon.docker.argv, "import", at("root.tar"), "base:1"]);
  mkdirSync(at("context"));
  writeFileSync(at("context/Dockerfile"), "FROM base:1\nENV SECRET=1\nRUN echo x > /x\nENV SECRET=\n");
  // By docker's classic builder, which writes down the container that it used.
  await daemon.docker("build", "-q", "-t", "app:1", at("context"));
  await daemon.docker("save", "-o", at("all.tar"), "base:1", "app:1");
  await runOk([kasane, "--root", at("store"), "load", "-q", "-i", at("all.tar")]);
  for (const { code } of await both("volume", "create", "kept")) expect(code).toBe(0);
});

afterAll(async () => {
  if (isMissing) return;
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

/** Docker's words before an error, its usage, and Kasane's hints are each their own. */
function told({ code, out, err }: Finished): { code: number; out: string; err: string[] } {
  const lines = err
    .replace(/\nSee 'docker [\s\S]*/, "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("hint: "))
    .map((line) => line.replace(/^(kasane: |error: |error response from daemon: )+/i, ""))
    .map((line) => line.replace(/^"docker (.*)\.$/, '"kasane $1'))
    .map((line) => line.charAt(0).toLowerCase() + line.slice(1));
  return { code, out: out.replaceAll(/\b[0-9a-f]{64}\b/g, "ID"), err: lines };
}

/** Typed to both, one after the other: what they answer otherwise. */
async function differences(calls: readonly (readonly string[])[]): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const argv of calls) {
    const [mine, other] = (await both(...argv)).map(told);
    if (!Bun.deepEquals(mine, other)) found.push({ argv, docker: other, kasane: mine });
  }
  return found;
}

skip("a container's name with the / that docker tells it with", async () => {
  const create = ["create", "--network", "none"];
  expect(
    await differences([
      [...create, "--name", "one", "app:1", "true"],
      [...create, "--name", "/two", "app:1", "true"],
      ["inspect", "-f", "{{.Name}}", "/one", "two"],
      ["container", "inspect", "-f", "{{.Name}}", "/two"],
      ["start", "/one"],
      ["wait", "/one"],
      ["logs", "/one"],
      ["diff", "/one"],
      ["export", "-o", at("one.tar"), "/one"],
      ["commit", "/one"],
      ["rename", "/one", "/four"],
      ["ps", "-a", "--format", "{{.Names}}", "--filter", "name=^/four$"],
      ["rm", "/four", "/two"],
    ]),
  ).toEqual([]);
  for (const argv of [
    ["run", "--network", "none", "--name", "//three", "app:1", "true"],
    ["rename", "/four", "//five"],
    ["rm", "/"],
  ]) {
    const [mine, other] = await both(...argv);
    expect([argv, mine.code, mine.out]).toEqual([argv, other.code, other.out]);
  }
});

skip("inspect: networks after images, --size where it means nothing, and structs in docker's order", async () => {
  const settings = [
    "--restart",
    "on-failure:3",
    "--ulimit",
    "nofile=10:20",
    "-p",
    "8080:80",
    "--tmpfs",
    "/t",
  ];
  await both("create", "--network", "none", "--name", "made", ...settings, "app:1", "true");
  const found = await differences([
    ["inspect", "-f", "{{.Name}} {{.Driver}} {{.Scope}}", "none", "host"],
    ["inspect", "--type", "network", "-f", "{{.Name}}", "none", "nothing", "made"],
    ["network", "inspect", "-f", "{{.Name}}", "nothing"],
    ["network", "inspect", "-f", "{{.Nope}}", "none"],
    ["inspect", "--size", "-f", "{{.Driver}}", "none", "kept"],
    ["inspect", "-f", "{{.Nope}}", "kept"],
    ["volume", "inspect", "-f", "{{.Nope}}", "kept"],
    ["inspect", "-f", "{{json .NetworkSettings}}", "made"],
    ["inspect", "-f", "{{json .NetworkSettings.Networks}}", "made"],
    ...[
      "{{json .HostConfig.RestartPolicy}} {{.HostConfig.RestartPolicy}} {{.HostConfig.RestartPolicy.Name}}",
      "{{json .HostConfig.PortBindings}} {{.HostConfig.PortBindings}} {{.NetworkSettings.Ports}}",
      "{{range $port, $to := .HostConfig.PortBindings}}{{$port}} {{$port.Proto}} {{(index $to 0).HostPort}}{{end}}",
      "{{.HostConfig.Ulimits}} {{json .HostConfig.Ulimits}}",
      "{{.HostConfig.Tmpfs}} {{.HostConfig.Sysctls}} {{.HostConfig.ConsoleSize}}",
      "{{.HostConfig.CpuShares}} {{.HostConfig.Dns}} {{.HostConfig.NanoCpus}}",
      "{{.HostConfig.CPUShares}} {{.HostConfig.DNS}} {{.HostConfig.NanoCPUs}}",
      "{{.HostConfig.Nope}}",
      "{{.NetworkSettings.Nope}}",
      "{{.NetworkSettings.Networks.none.Gateway}}|{{.NetworkSettings.Networks.other}}",
      '{{if index .NetworkSettings.Networks "other"}}there{{else}}not there{{end}}',
      '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}',
    ].map((template) => ["inspect", "-f", template, "made"]),
  ]);
  await both("rm", "made");
  expect(found).toEqual([]);
});

skip("ps and system df show an image's ID where its name means another one by now", async () => {
  const [theirId] = (await both("inspect", "-f", "{{.Id}}", "app:1")).map(({ out }) => out.trim());
  const images = [
    "app:1",
    "docker.io/library/app:2",
    "app",
    theirId!,
    theirId!.slice(7),
    theirId!.slice(7, 20),
  ];
  for (const name of ["app:2", "app:latest"]) await both("tag", "app:1", name);
  for (const [index, image] of images.entries()) {
    await both("create", "--network", "none", "--name", `shown${index}`, image, "true");
  }
  const ps = ["ps", "-a", "--filter", "name=shown", "--format", "{{.Names}} {{.Image}}"];
  const df = ["system", "df", "-v", "--format", "{{range .Containers}}{{.Names}} {{.Image}};{{end}}"];
  const all = [ps, [...ps, "--no-trunc"], df];
  const found = await differences(all);
  await both("tag", "base:1", "app:latest");
  await both("rmi", "app:2");
  found.push(...(await differences(all)));
  const [{ out }] = await both(...ps);
  await both("rm", ...[0, 1, 2, 3, 4, 5].map((index) => `shown${index}`));
  expect(found).toEqual([]);
  expect(out).toContain(`shown2 ${theirId!.slice(7, 19)}\n`);
  expect(out).toContain("shown0 app:1\n");
});

skip("values that are empty, as scripts give them", async () => {
  expect(
    await differences([
      ["images", "-q", "--filter", "", "--filter", "dangling=false"],
      ["ps", "-aq", "--filter", ""],
      ["image", "prune", "-f", "--filter", "", "--filter", "label=none"],
      ["container", "prune", "-f", "--filter", "", "--filter", "label=none"],
    ]),
  ).toEqual([]);
  for (const { code, out } of await both("save", "-o", "", "base:1")) {
    expect([code, out.length > 1_000_000]).toEqual([0, true]);
  }
  const [mine, other] = await Promise.all(
    [[kasane, "--root", at("store")], daemon.docker.argv].map((argv) =>
      run([...argv, "load", "-q", "-i", ""], { stdin: Bun.file(at("all.tar")) }),
    ),
  );
  expect(mine).toEqual(other!);
});

skip("what is refused", async () => {
  const calls = [
    ["images", "-qz"],
    ["version", "x"],
    ["system", "df", "x"],
    ["container", "prune", "x"],
    ["system", "prune", "-f", "--volumes", "--filter", "until=1h"],
  ];
  const theirWords = (line: string) => line.replace(/^eRROR: The/, "the");
  for (const argv of calls) {
    const [mine, other] = (await both(...argv)).map(told);
    expect([argv, mine!.code, mine!.out, mine!.err[0]]).toEqual([
      argv,
      other!.code,
      other!.out,
      theirWords(other!.err[0]!),
    ]);
  }
  await both("create", "--network", "none", "--name", "box", "app:1", "true");
  for (const argv of [
    ["cp", "box:", at("out")],
    ["cp", at("root.tar"), "box:"],
  ]) {
    const codes = (await both(...argv)).map(({ code }) => code);
    expect([argv, ...codes]).toEqual([argv, 1, 1]);
  }
  // Neither puts a file in the place of a device: docker refuses, Kasane writes to it.
  await runOk(["mknod", "-m", "666", at("null"), "c", "1", "3"]);
  const codes = (await both("cp", "box:/etc/passwd", at("null"))).map(({ code }) => code);
  expect([codes, statSync(at("null")).isCharacterDevice()]).toEqual([[0, 1], true]);
  await both("rm", "box");
});

skip("--change: several instructions in one, and what is wrong with one", async () => {
  const change = (text: string) => ["import", "--change", text, at("root.tar"), "changed:1"];
  const format = "{{json .Config.Env}} {{json .Config.Labels}} {{json .Config.ExposedPorts}}";
  for (const text of ["ENV A=1\nLABEL b=2", "EXPOSE 80\nexpose 81/udp", "# a remark\nENV C=3"]) {
    for (const { code } of await both(...change(text))) expect([text, code]).toEqual([text, 0]);
    const [mine, other] = await both("inspect", "-f", format, "changed:1");
    expect([text, mine.out]).toEqual([text, other.out]);
  }
  for (const text of ["", "EXPOSE x", "ENV A=1\nRUN x", "FROM base:1", "BOGUS x", "LABEL"]) {
    const [mine, other] = await both(...change(text));
    expect([text, mine.code, mine.out]).toEqual([text, other.code, other.out]);
    expect(mine.err).toContain("--change");
    expect(mine.err).not.toContain("fault of Kasane");
    expect(mine.err).not.toContain("--check");
  }
});

skip("an image on one of docker's classic builder tells nothing of that one's container", async () => {
  const format =
    "{{.Container}}|{{.DockerVersion}}|{{json .ContainerConfig}}|{{.Config.Image}}|{{.Config.Hostname}}";
  const [theirBase] = (await both("inspect", "-f", format, "app:1")).map(({ out }) => out.trim());
  // What was true of the base is still told of it.
  expect(theirBase).toMatch(/^[0-9a-f]{64}\|20/);
  expect(theirBase).toContain("SECRET=");
  mkdirSync(at("on-it"));
  writeFileSync(at("on-it/Dockerfile"), "FROM app:1\nENV B=1\n");
  await runOk([kasane, "--root", at("store"), "build", "-q", "-t", "on:1", at("on-it")]);
  const env = { ...daemon.docker.env, DOCKER_BUILDKIT: "1" };
  await runOk([...daemon.docker.argv, "build", "-q", "-t", "on:1", at("on-it")], { env });
  const [mine, other] = await both("inspect", "-f", format, "on:1");
  expect(mine.out).toBe(other.out);
  expect(mine.out).toStartWith("||");

  await runOk([kasane, "--root", at("store"), "run", "--network", "none", "--name", "done", "app:1", "true"]);
  await runOk([kasane, "--root", at("store"), "commit", "done", "committed:1"]);
  expect((await ours("inspect", "-f", format, "committed:1")).out).toBe(mine.out);
});
