/** What docker tells of published ports, and what Kasane tells. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer } from "node:net";
import { join } from "node:path";
import { makeStepRoot } from "../../e2e/sandbox/step-root.ts";
import { kasane, missing } from "../../outside.ts";
import { type DockerDaemon, type Scratch, scratch, startDockerd } from "../peers.ts";

const isMissing = missing("docker", "dockerd", "busybox") || process.getuid?.() !== 0;
let directory: Scratch;
let daemon: DockerDaemon;
const ours = (...argv: string[]) => [kasane, "--root", join(directory.path, "store"), ...argv];
const theirs = (...argv: string[]) => [...daemon.docker.argv, ...argv];

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("docker-ports");
  const rootfs = join(directory.path, "rootfs");
  await makeStepRoot(rootfs);
  const tar = join(directory.path, "rootfs.tar");
  await call(["tar", "-C", rootfs, "--owner=0", "--group=0", "-cf", tar, "."]);
  await call(ours("import", "-c", "EXPOSE 9", "-c", "EXPOSE 10/udp", tar, "box"));
  await call(ours("save", "-o", join(directory.path, "box.tar"), "box"));
  daemon = await startDockerd();
  await call(theirs("load", "-i", join(directory.path, "box.tar")));
  // The daemon of the tests makes no default network.
  await call(theirs("network", "create", "--subnet", "10.95.0.0/24", "ports"));
  await call(ours("network", "create", "ports"));
}, 60_000);

afterAll(async () => {
  if (isMissing) return;
  await run(theirs("rm", "-f", "one"));
  await run(theirs("network", "rm", "ports"));
  await run(ours("rm", "-f", "one"));
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

async function run(command: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn(command, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...daemon?.docker.env },
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, out, err };
}

async function call(command: string[]): Promise<string> {
  const { code, out, err } = await run(command);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${err}`);
  return out;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      return (server.address() as { port: number }).port;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

test.skipIf(isMissing)(
  "port, ps and inspect tell of the same ports, and both refuse one in use with 125",
  async () => {
    const [a, b, c] = (await freePorts(3)) as [number, number, number];
    const publish = ["-p", `127.0.0.1:${a}:7`, "-p", `127.0.0.1:${b}:7`, "-p", `127.0.0.1:${c}:53/udp`];
    const flags = [
      "-d",
      "--name",
      "one",
      "--network",
      "ports",
      ...publish,
      "--expose",
      "80-82",
      "box",
      "sleep",
      "1000",
    ];
    const questions = [
      ["port", "one"],
      ["port", "one", "7"],
      ["port", "one", "53/udp"],
      ["port", "one", "9"],
      ["port", "one", "53"],
      ["ps", "--format", "{{.Ports}}"],
      ["ps", "-q", "--filter", `publish=${a}`, "--format", "{{.Names}}"],
      ["ps", "--filter", "publish=1", "--format", "{{.Names}}"],
      ["ps", "--filter", "expose=9", "--format", "{{.Names}}"],
      ["ps", "--filter", "expose=80-90/tcp", "--format", "{{.Names}}"],
      ["ps", "--filter", "network=ports", "--format", "{{.Names}} {{.Networks}}"],
      ["ps", "--filter", "network=other", "--format", "{{.Names}}"],
      ["inspect", "-f", "{{json .NetworkSettings.Ports}}", "one"],
      ["inspect", "-f", "{{json .HostConfig.PortBindings}} {{.HostConfig.NetworkMode}}", "one"],
      ["inspect", "-f", "{{json .Config.ExposedPorts}}", "one"],
      ["inspect", "-f", "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}", "one"],
    ];
    const tellings: { code: number; out: unknown }[][] = [];
    for (const tool of [ours, theirs]) {
      await call(tool("run", ...flags));
      const telling = [];
      for (const question of questions) {
        const { code, out } = await run(tool(...question));
        telling.push({ code, out: sorted(out) });
      }
      telling.push({
        code: (await run(tool("run", "--rm", "--network", "ports", ...publish, "box", "true"))).code,
        out: "",
      });
      tellings.push(telling);
      await call(tool("rm", "-f", "one"));
    }
    const [mine, other] = tellings as [(typeof tellings)[0], (typeof tellings)[0]];
    const named = (telling: typeof mine) =>
      telling.map((one, index) => ({ question: questions[index], ...one }));
    expect(named(mine)).toEqual(named(other));
  },
  120_000,
);

/** Docker's lines and keys, and the bindings of a port, come in any order. */
function sorted(text: string): unknown {
  try {
    return JSON.parse(text, (_, value) =>
      Array.isArray(value)
        ? value.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
        : value,
    );
  } catch {
    return text.trim().split(/\n|, /).sort();
  }
}
