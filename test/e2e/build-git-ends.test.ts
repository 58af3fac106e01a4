/** Repositories that do not come: servers that fall silent, what is too large, a build that is killed meanwhile; and those that come over SSH. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GitServer, gitServer, hasGit } from "../../src/build/testing/git-server.ts";
import { type Finished, kasane, missing, run, runOk, searchPath } from "../outside.ts";

setDefaultTimeout(60_000);

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "kasane-git-ends-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const at = (name: string) => join(directory, name);
const argv = (address: string, ...flags: string[]) => [
  kasane,
  "--root",
  at("store"),
  "build",
  "-q",
  ...flags,
  address,
];
const build = (address: string, env: Record<string, string> = {}, ...flags: string[]): Promise<Finished> =>
  run(argv(address, ...flags), { env });

/** A server that takes what comes and says nothing, or one thing only. */
async function silentServer(
  greeting = "",
): Promise<AsyncDisposable & { host: string; asked: Promise<void> }> {
  const sockets = new Set<Socket>();
  const asked = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", () => {
      if (greeting !== "") socket.write(greeting);
      asked.resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: asked.promise,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Processes that have `text` among their arguments. */
function processesWith(text: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(text);
    } catch {
      return false;
    }
  });
}

async function untilNone(text: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; processesWith(text).length > 0; await Bun.sleep(20)) {
    if (Date.now() > deadline) throw new Error(`still there: ${processesWith(text).join(", ")}`);
  }
}

describe.skipIf(!hasGit())("a repository", () => {
  test.each([
    ["git:// that says nothing", "git", ""],
    ["http:// that says nothing", "http", ""],
    [
      "http:// that stops in the middle of its answer",
      "http",
      "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\nContent-Length: 100\r\n\r\n001e# service=git",
    ],
  ])("%s is told of, and nothing is left", async (_, scheme, greeting) => {
    await using server = await silentServer(greeting);
    const address = `${scheme}://${server.host}/a.git`;
    const { code, out, err } = await build(address, { KASANE_GIT_TIMEOUT: "1s" });
    expect({ code, out, err }).toEqual({
      code: 1,
      out: "",
      err: `kasane: ${address} has sent nothing for 1s\nhint: try again later, or wait longer: KASANE_GIT_TIMEOUT=5m\n`,
    });
    expect(readdirSync(at("store/tmp"))).toEqual([]);
    await untilNone(address);
  });

  test("that is too large is stopped while it comes", async () => {
    await using server: GitServer = gitServer();
    const repository = server.repository("large.git", { Dockerfile: "FROM scratch\nCOPY f /\n" });
    writeFileSync(join(repository.directory, "f"), randomBytes(3_000_000));
    repository.commit({});
    const { address } = repository;
    const { code, err } = await build(address, { KASANE_GIT_SIZE: "1MB" });
    expect({ code, err }).toEqual({
      code: 1,
      err: `kasane: ${address} takes more than the limit of 1000000 bytes\nhint: raise the limit, if you know the repository: KASANE_GIT_SIZE=50GB\n`,
    });
    expect(readdirSync(at("store/tmp"))).toEqual([]);
    expect((await build(address, { KASANE_GIT_SIZE: "100MB" })).code).toBe(0);
    expect((await build(address, { KASANE_GIT_SIZE: "x" })).err).toContain("is not a size");
    expect((await build(address, { KASANE_GIT_TIMEOUT: "soon" })).err).toContain(
      "KASANE_GIT_TIMEOUT is a time",
    );
  });

  test("is left alone by git when the build is killed, and the next build works", async () => {
    await using silent = await silentServer();
    const address = `git://${silent.host}/killed.git`;
    const child = Bun.spawn(argv(address), { stdout: "ignore", stderr: "ignore" });
    await silent.asked;
    expect(processesWith(address).length).toBeGreaterThan(0);
    child.kill("SIGKILL");
    await child.exited;
    await untilNone(address);
    await using server = gitServer();
    const repository = server.repository("a.git", { Dockerfile: "FROM scratch\nCOPY . /\n", a: "a" });
    expect(await build(repository.address)).toMatchObject({ code: 0, err: "" });
    await runOk([kasane, "--root", at("store"), "builder", "prune", "-af"]);
    expect(readdirSync(at("store/tmp"))).toEqual([]);
  });
});

describe.skipIf(!hasGit() || missing("sshd", "ssh", "ssh-keygen"))("a repository over SSH", () => {
  let sshd: Bun.Subprocess;
  let port: number;
  let server: GitServer;
  let address: string;
  const home = () => ({ HOME: at("home") });
  beforeAll(async () => {
    server = gitServer();
    const repository = server.repository("ssh.git", {
      Dockerfile: "FROM scratch\nCOPY a.txt /\n",
      "a.txt": "a",
    });
    for (const name of ["host", "user", "other"])
      await runOk(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", at(name)]);
    const finder = createServer();
    await new Promise<void>((resolve) => finder.listen(0, "127.0.0.1", resolve));
    port = (finder.address() as AddressInfo).port;
    await new Promise((resolve) => finder.close(resolve));
    writeFileSync(at("authorized"), readFileSync(at("user.pub")), { mode: 0o600 });
    mkdirSync(at("home/.ssh"), { recursive: true, mode: 0o700 });
    const [type, key] = readFileSync(at("host.pub"), "utf8").split(" ");
    writeFileSync(at("home/.ssh/known_hosts"), `[127.0.0.1]:${port} ${type} ${key}\n`);
    const options = {
      ListenAddress: `127.0.0.1:${port}`,
      HostKey: at("host"),
      AuthorizedKeysFile: at("authorized"),
      PidFile: "none",
      StrictModes: "no",
      UsePAM: "no",
      PasswordAuthentication: "no",
      PermitRootLogin: "yes",
      LogLevel: "VERBOSE",
    };
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    sshd = Bun.spawn(
      [
        Bun.which("sshd", { PATH: searchPath })!,
        ...["-D", "-e", "-f", "/dev/null"],
        ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
      ],
      { stdout: "ignore", stderr: Bun.file(at("sshd.log")) },
    );
    for (const deadline = Date.now() + 20_000; ; await Bun.sleep(20)) {
      if (readFileSync(at("sshd.log"), "utf8").includes("Server listening")) break;
      if (sshd.exitCode !== null || Date.now() > deadline)
        throw new Error(readFileSync(at("sshd.log"), "utf8"));
    }
    address = `ssh://${(await runOk(["id", "-un"])).trim()}@127.0.0.1:${port}${repository.directory}`;
  });
  afterAll(async () => {
    sshd?.kill();
    await sshd?.exited;
    await server?.[Symbol.asyncDispose]();
  });

  test("comes with the key that --ssh gives, as a context and by ADD", async () => {
    const ssh = ["--ssh", `default=${at("user")}`];
    const flags = [...ssh, "-o", at("files")];
    expect(await build(`${address}#main`, home(), ...flags)).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(at("files/a.txt"), "utf8")).toBe("a");
    mkdirSync(at("context"));
    writeFileSync(at("context/Dockerfile"), `FROM scratch\nADD ${address}#main /src\n`);
    expect(await build(at("context"), home(), ...ssh, "-o", at("added"))).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(at("added/src/a.txt"), "utf8")).toBe("a");
  });

  test("is refused without a key, with another one, and from a host that is not known; with what to do", async () => {
    const without = await build(`${address}#main`, { ...home(), SSH_AUTH_SOCK: "" });
    expect([without.code, without.err]).toEqual([
      1,
      expect.stringContaining("hint: give an SSH agent or key with --ssh"),
    ]);
    const other = await build(`${address}#main`, home(), "--ssh", `default=${at("other")}`);
    expect([other.code, other.err]).toEqual([1, expect.stringContaining("Permission denied")]);
    mkdirSync(at("stranger"));
    const unknown = await build(
      `${address}#main`,
      { HOME: at("stranger") },
      "--ssh",
      `default=${at("user")}`,
    );
    expect([unknown.code, unknown.err]).toEqual([
      1,
      expect.stringContaining("hint: add the host's key to ~/.ssh/known_hosts: ssh-keyscan -p"),
    ]);
  });
});
