import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDirectory, kasane } from "../../test/outside.ts";
import { family, peakOf, sum, ticksOf } from "../processes.ts";

/** A server that takes part. */
export interface Contender {
  readonly name: string;
  /** undefined where its program is not on this machine. */
  readonly program: string | undefined;
  readonly version: string;
  /** Writes what it needs into `directory`; returns the call that serves a store in it on `port`. */
  prepare(at: { directory: string; port: number }): Promise<readonly string[]>;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Running {
  readonly host: string;
  readonly startMs: number;
  /** Processor time of all its processes so far, s. */
  processorSeconds(): number;
  /** The most memory its processes ever had, MB. Memory that they share counts once for each. */
  worstMemoryMB(): number;
  stop(): Promise<void>;
}

export const user = { name: "bench", password: "correct horse battery staple" } as const;

/** Kasane with authentication and access rules on; the others as open as they come. */
export const contenders: readonly Contender[] = [
  {
    name: "kasane",
    program: kasane,
    version: "this checkout",
    async prepare({ directory, port }) {
      const at = (name: string) => join(directory, name);
      const hash = await Bun.password.hash(user.password, { algorithm: "bcrypt", cost: 5 });
      await writeFile(at("htpasswd"), `${user.name}:${hash}\n`);
      const lines = [
        "version: 0.1",
        "log: { level: error, accesslog: { disabled: true } }",
        `storage: { filesystem: { rootdirectory: ${at("store")} }, delete: { enabled: true } }`,
        `http: { addr: 127.0.0.1:${port} }`,
        `auth: { htpasswd: { realm: bench, path: ${at("htpasswd")} } }`,
        "kasane:",
        "  access:",
        "    groups: { team: [somebody] }",
        "    rules:",
        `      - { repositories: ["team/**"], actions: [pull, push], groups: [team] }`,
        `      - { repositories: ["public/**"], actions: [pull], anonymous: true }`,
        `      - { repositories: ["bench/**"], actions: [pull, push, delete], users: [${user.name}] }`,
      ];
      await writeFile(at("config.yml"), `${lines.join("\n")}\n`);
      return [kasane, "serve", at("config.yml")];
    },
    headers: { authorization: `Basic ${btoa(`${user.name}:${user.password}`)}` },
  },
  distribution("docker-registry", { program: "docker-registry", version: "2.8 (Debian)" }),
  distribution("distribution", { program: "distribution-registry", version: "v3" }),
  {
    name: "olareg",
    program: find("olareg"),
    version: "0.2",
    async prepare({ directory, port }) {
      const root = join(directory, "store");
      await mkdir(root, { recursive: true });
      return [find("olareg")!, "serve", "--addr", "127.0.0.1", "--port", String(port), "--dir", root];
    },
    headers: {},
  },
];

/** Docker's registry, old or new: one configuration fits both. */
function distribution(name: string, options: { program: string; version: string }): Contender {
  const program = find(options.program);
  return {
    name,
    program,
    version: options.version,
    async prepare({ directory, port }) {
      const configuration = join(directory, "config.yml");
      const lines = [
        "version: 0.1",
        "log: { level: error, accesslog: { disabled: true } }",
        `storage: { filesystem: { rootdirectory: ${join(directory, "store")} }, delete: { enabled: true } }`,
        `http: { addr: 127.0.0.1:${port} }`,
      ];
      await writeFile(configuration, `${lines.join("\n")}\n`);
      return [program!, "serve", configuration];
    },
    headers: {},
  };
}

function find(program: string): string | undefined {
  const path = [process.env.PATH, "/usr/sbin", "/sbin", join(cacheDirectory(), "bin")].join(":");
  return Bun.which(program, { PATH: path }) ?? undefined;
}

/** Starts a server and waits for its first answer. */
export async function start(contender: Contender, directory: string): Promise<Running> {
  const port = freePort();
  const argv = await contender.prepare({ directory, port });
  const startedMs = performance.now();
  const child = Bun.spawn([...argv], {
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
    stdin: "ignore",
    stdout: "ignore",
    stderr: Bun.file(join(directory, "stderr.log")),
  });
  const host = `127.0.0.1:${port}`;
  while (!(await isAnswering(host))) {
    if (child.exitCode !== null || performance.now() - startedMs > 60_000) {
      child.kill("SIGKILL");
      const said = await Bun.file(join(directory, "stderr.log")).text();
      throw new Error(`${contender.name} does not answer:\n${said.slice(-2000)}`);
    }
    await Bun.sleep(1);
  }
  return {
    host,
    startMs: performance.now() - startedMs,
    processorSeconds: () => sum(family(child.pid).map((pid) => ticksOf(pid))) / 100,
    worstMemoryMB: () => sum(family(child.pid).map(peakOf)) / 1024,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await child.exited;
      clearTimeout(timer);
    },
  };
}

async function isAnswering(host: string): Promise<boolean> {
  try {
    const answer = await fetch(`http://${host}/v2/`);
    await answer.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
