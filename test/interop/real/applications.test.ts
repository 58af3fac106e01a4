/**
 * Applications as people write them, with what their package managers bring: cold, again, with one source file changed; and the result answers.
 * Registries are those that this machine is configured for: its files go into the steps as secrets.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { debianRoot } from "../../debian-root.ts";
import {
  cacheDirectory,
  guideDockerfiles,
  guidesDirectory,
  missing,
  kasane as program,
  run,
  runOk,
} from "../../outside.ts";
import { type Scratch, scratch } from "../peers.ts";
import { type Kasane, kasaneAt } from "./world.ts";

interface Application {
  readonly name: string;
  /** A stage of bases.Dockerfile that it stands on. */
  readonly base?: string;
  /** What changes: the application answers with it. */
  readonly source: string;
  readonly change: readonly [from: string, to: string];
  /** The step that takes long and has nothing to do with the sources: it comes from the cache when they change. */
  readonly dependencies: string;
  readonly answer: string;
}

const applications: readonly Application[] = [
  {
    name: "node",
    base: "node",
    source: "src/greeting.ts",
    change: ["hello", "good morning"],
    dependencies: "npm ci",
    answer: "hello from node\n",
  },
  {
    name: "python",
    base: "python",
    source: "greeter/greeting.py",
    change: ["hello", "good morning"],
    dependencies: "pip wheel",
    answer: "hello from python\n",
  },
  {
    name: "go",
    base: "go",
    source: "greeting.go",
    change: ["hello", "good morning"],
    dependencies: "go mod download",
    answer: "hello from go\n",
  },
];

const isMissing = missing("debootstrap") || process.getuid?.() !== 0;
let directory: Scratch;
let kasane: Kasane;
let secrets: string[];

beforeAll(async () => {
  if (isMissing) return;
  directory = await scratch("applications");
  kasane = kasaneAt(join(directory.path, "store"));
  await kasane("import", await debianRoot(), "debian:bookworm-slim");
  for (const { base } of applications) if (base) await loadBase(base);
  secrets = await machineSecrets();
}, 900_000);
afterAll(() => directory?.[Symbol.asyncDispose](), 60_000);

/** Debian's packages of a language, which are made once (minutes) and kept. */
async function loadBase(base: string): Promise<void> {
  const name = `application-${base}`;
  const kept = join(cacheDirectory(), `${name}.tar`);
  if (existsSync(kept)) {
    await kasane("load", "--quiet", "-i", kept);
    return;
  }
  const dockerfile = Bun.file(join(import.meta.dir, "applications/bases.Dockerfile"));
  await runOk([program, "--root", kasane.root, "build", "-q", "--target", base, "-t", name, "-"], {
    stdin: dockerfile,
  });
  const fresh = `${kept}.${process.pid}`;
  await kasane("save", "-o", fresh, name);
  renameSync(fresh, kept);
}

/** How this machine reaches package registries. */
async function machineSecrets(): Promise<string[]> {
  const file = (id: string, path: string) => (existsSync(path) ? ["--secret", `id=${id},src=${path}`] : []);
  const options = [
    ...file("npmrc", process.env.NPM_CONFIG_USERCONFIG ?? join(homedir(), ".npmrc")),
    ...file("pip.conf", process.env.PIP_CONFIG_FILE ?? "/etc/pip.conf"),
    ...file("authorities", "/etc/ssl/certs/ca-certificates.crt"),
  ];
  const settings = await run(["go", "env", "GOPROXY", "GOSUMDB", "GONOSUMDB"]).catch(() => undefined);
  if (settings?.code === 0) {
    const [proxy, sums, noSums] = settings.out.split("\n");
    const path = join(directory.path, "go.env");
    writeFileSync(path, `GOPROXY=${proxy}\nGOSUMDB=${sums}\nGONOSUMDB=${noSums}\n`);
    options.push(...file("go.env", path));
  }
  return options;
}

interface Built {
  readonly digest: string;
  /** The steps that ran, and those that did not. */
  readonly ran: readonly string[];
  readonly cached: readonly string[];
}

async function build(name: string, context: string): Promise<Built> {
  const call = [
    program,
    "--root",
    kasane.root,
    "build",
    "--progress",
    "plain",
    ...secrets,
    "-t",
    name,
    context,
  ];
  const { code, out, err } = await run(call);
  if (code !== 0) throw new Error(`${name} was not built:\n${out}${err}`);
  const steps = [...`${out}${err}`.matchAll(/^#(\d+) \[[^\]]*\] (?!FROM )(.*)$/gm)];
  const isCached = ([, number]: RegExpMatchArray) => `${out}${err}`.includes(`\n#${number} CACHED`);
  const { digest } = await kasane.identity(name);
  return {
    digest,
    ran: steps.filter((step) => !isCached(step)).map((step) => step[2]!),
    cached: steps.filter(isCached).map((step) => step[2]!),
  };
}

/** What the application answers on a port, which it says on standard output where it is not known. */
async function answerOf(name: string, port?: number): Promise<string> {
  const child = Bun.spawn([program, "--root", kasane.root, "run", "--rm", "--network", "host", name], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  try {
    if (port !== undefined) return await answerFrom(port);
    let said = "";
    for await (const chunk of child.stdout) {
      said += new TextDecoder().decode(chunk);
      const found = /listening on (\d+)\n/.exec(said)?.[1];
      if (found) return await answerFrom(Number(found));
    }
    throw new Error(`${name} ended with ${await child.exited}: ${said}`);
  } finally {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await child.exited;
    clearTimeout(timer);
  }
}

async function answerFrom(port: number): Promise<string> {
  for (const deadline = Date.now() + 20_000; ; await Bun.sleep(20)) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer) return answer.text();
    if (Date.now() > deadline) throw new Error(`nobody answers on port ${port}`);
  }
}

function freePort(): number {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = server;
  void server.stop(true);
  return port!;
}

describe.skipIf(isMissing)("an application in", () => {
  test.each(applications.map((one) => [one.name, one] as const))(
    "%s: cold, again, and with one source file changed",
    async (name, { source, change: [from, to], dependencies, answer }) => {
      const context = join(directory.path, name);
      cpSync(join(import.meta.dir, "applications", name), context, { recursive: true });
      await buildThrice({ name, context, source, change: [from, to], dependencies }, async () => {
        return (await answerOf(name))
          .replace(answer, "as before")
          .replace(answer.replace(from, to), "changed");
      });
    },
    600_000,
  );

  test.skipIf(guidesDirectory === undefined)(
    "nginx of the fifth guide",
    async () => {
      const context = join(directory.path, "nginx");
      mkdirSync(context);
      const dockerfile = guideDockerfiles("004_6483d52c93818dc9.txt").find((text) => text.includes("nginx"))!;
      writeFileSync(join(context, "Dockerfile"), dockerfile);
      const port = freePort();
      const server = `server { listen 127.0.0.1:${port}; location / { return 200 "as before"; } }`;
      writeFileSync(join(context, "nginx.conf"), `events {}\nhttp { ${server} }\n`);
      const change = ["as before", "changed"] as const;
      const one = { name: "nginx", context, source: "nginx.conf", change, dependencies: "apt-get install" };
      await buildThrice(one, () => answerOf("nginx", port));
    },
    600_000,
  );
});

interface Subject extends Pick<Application, "name" | "source" | "change" | "dependencies"> {
  readonly context: string;
}

/** `answer` says whether the application is "as before" or "changed". */
async function buildThrice(one: Subject, answer: () => Promise<string>): Promise<void> {
  const { name, context, source, change, dependencies } = one;
  const [from, to] = change;
  const cold = await build(name, context);
  expect(cold.ran.join("\n")).toContain(dependencies);
  expect(await answer()).toBe("as before");

  const again = await build(name, context);
  expect(again.ran).toEqual([]);
  expect(again.digest).toBe(cold.digest);

  const path = join(context, source);
  writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
  const changed = await build(name, context);
  expect(changed.cached.join("\n")).toContain(dependencies);
  expect(changed.ran.join("\n")).not.toContain(dependencies);
  expect(changed.digest).not.toBe(cold.digest);
  expect(await answer()).toBe("changed");

  // What it was before is in the cache still.
  writeFileSync(path, readFileSync(path, "utf8").replace(to, from));
  const back = await build(name, context);
  expect(back.ran).toEqual([]);
  expect(back.digest).toBe(cold.digest);
}
