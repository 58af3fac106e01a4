/**
 * `npm run tour`: the main job of Kasane, shown to a newcomer in half a minute, with no network and no other tool.
 * Options: --base IMAGE takes an image of the default store or a registry instead of making one from this machine's shell.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeBaseRoot } from "./base-root.ts";

const kasane = resolve(import.meta.dir, "../bin/kasane");
const { values } = parseArgs({ options: { base: { type: "string" } } });
const isTty = process.stdout.isTTY === true;
const bold = (text: string) => (isTty ? `\x1b[1m${text}\x1b[0m` : text);
const dim = (text: string) => (isTty ? `\x1b[2m${text}\x1b[0m` : text);

const work = mkdtempSync(join(tmpdir(), "kasane-tour-"));
const root = join(work, "store");
// Also what the runtime keeps of compiled sources goes away with the rest.
const env = { ...process.env, BUN_RUNTIME_TRANSPILER_CACHE_PATH: join(work, "cache") };
const children = new Set<{ kill(signal?: NodeJS.Signals): void; exited: Promise<number> }>();
const startedAtMs = performance.now();

/** Runs kasane in the tour's own store, shows what is typed and what it answers, and returns its output. */
async function show(
  what: string,
  args: string[],
  options: { show?: number; cwd?: string; store?: string } = {},
): Promise<string> {
  console.log(`\n${bold(`# ${what}`)}`);
  console.log(dim(`$ kasane ${args.join(" ")}`));
  const started = performance.now();
  const child = Bun.spawn([kasane, "--root", options.store ?? root, ...args], {
    cwd: options.cwd ?? work,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const lines = (out + err).trimEnd().split("\n");
  const limit = options.show ?? 24;
  for (const line of lines.slice(0, limit)) console.log(`  ${line}`);
  if (lines.length > limit) console.log(dim(`  … ${lines.length - limit} more lines`));
  console.log(dim(`  (${((performance.now() - started) / 1000).toFixed(2)} s)`));
  if (code !== 0) throw new Error(`kasane ${args[0]} ended with ${code}`);
  return out;
}

/** The uid that a step of user nobody sees: where only one is mapped, that one. */
async function uidOfNobody(): Promise<number> {
  const child = Bun.spawn([kasane, "--root", root, "info", "--format", "json"], { env, stdout: "pipe" });
  const { Mode } = await child.stdout.json();
  return Mode.includes("one uid") ? 0 : 65534;
}

/** Starts the registry on a free port and waits until it says where it listens. */
async function startRegistry(): Promise<string> {
  console.log(`\n${bold("# A registry, out of the same program, on a free port of this machine")}`);
  console.log(dim("$ kasane serve --addr 127.0.0.1:0 &"));
  const child = Bun.spawn(
    [kasane, "--root", join(work, "registry"), "serve", "--addr", "127.0.0.1:0", "--quiet"],
    { env, stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  );
  children.add(child);
  let text = "";
  for await (const chunk of child.stdout) {
    text += new TextDecoder().decode(chunk);
    const url = /listening on (\S+)/.exec(text)?.[1];
    if (url) {
      console.log(`  listening on ${url}`);
      return new URL(url).host;
    }
  }
  throw new Error("the registry did not start");
}

const dockerfile = (base: string) => `# The first stage makes something, the second keeps only the result.
FROM ${base} AS builder
WORKDIR /src
COPY greeting.txt .
RUN mkdir -p /out && { cat greeting.txt; echo "built on $(uname -s)"; } > /out/hello.txt

FROM ${base}
LABEL org.opencontainers.image.title="tour"
ENV GREETED=world
COPY --from=builder --chmod=644 /out/hello.txt /srv/hello.txt
COPY --chmod=755 hello.sh /usr/local/bin/hello
WORKDIR /srv
USER nobody
CMD ["hello"]
`;

async function tour(): Promise<void> {
  console.log(bold("Kasane in half a minute: everything below happens in a temporary directory."));
  const context = join(work, "app");
  mkdirSync(context);
  writeFileSync(join(context, "greeting.txt"), "Hello from a layered image.\n");
  writeFileSync(
    join(context, "hello.sh"),
    '#!/bin/sh\necho "Hello, $GREETED. I am user $(id -u)."\ncat /srv/hello.txt\n',
  );

  let base = values.base;
  if (base === undefined) {
    base = "tour-base:latest";
    await makeBaseRoot(join(work, "base"));
    await show("A base image from this machine's own shell and libraries", [
      "import",
      join(work, "base"),
      base,
    ]);
  } else await show("The base image", ["pull", base]);
  writeFileSync(join(context, "Dockerfile"), dockerfile(base));
  console.log(`\n${bold("# The Dockerfile")}`);
  for (const line of dockerfile(base).trimEnd().split("\n")) console.log(`  ${line}`);

  const host = await startRegistry();
  const image = `${host}/tour:v1`;
  await show("Build it: two stages, a RUN in a sandbox, no daemon", ["build", "-t", image, context], {
    show: 40,
  });
  await show("Build it again: nothing changed, nothing runs", ["build", "-t", image, context], { show: 40 });
  await show("What is in the store now", ["images"]);
  await show("What made each layer", ["history", image]);
  const before = JSON.parse(await show("Everything about it", ["inspect", image], { show: 20 }))[0];
  await show("Push it to the registry", ["push", image]);
  await show("Forget it here", ["rmi", image]);
  await show("Pull it back", ["pull", image]);
  const after = JSON.parse(
    await show("It is the same image, bit by bit", ["inspect", "--format", "json", image], { show: 0 }),
  );
  if (before.Descriptor.digest !== after.Descriptor.digest) throw new Error("the digest changed on the way");
  console.log(`  ${after.Descriptor.digest} = ${before.Descriptor.digest}`);
  const said = await show("Run it", ["run", "--rm", image]);
  if (!said.includes(`Hello, world. I am user ${await uidOfNobody()}.`))
    throw new Error("the image did not say what it should");
  await show("Save it to a file", ["save", "-o", join(work, "tour.tar"), image]);
  await show("Load it into an empty store", ["load", "-i", join(work, "tour.tar")], {
    store: join(work, "second"),
  });
  await show("Clean up", ["image", "prune", "-a", "-f"]);
}

/** Ends what was started and removes everything, also what belongs to other users of the user namespace. */
async function cleanUp(): Promise<void> {
  for (const child of children) {
    child.kill("SIGTERM");
    await child.exited;
  }
  try {
    rmSync(work, { recursive: true, force: true });
  } catch {
    const child = Bun.spawn([kasane, "unshare", "rm", "-rf", work], {
      env: { ...env, BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" },
      stdout: "ignore",
      stderr: "inherit",
    });
    await child.exited;
  }
}

let failed = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => void cleanUp().then(() => process.exit(130)));
}
try {
  await tour();
} catch (error) {
  failed = true;
  console.error(`\nThe tour stopped: ${error instanceof Error ? error.message : error}`);
} finally {
  await cleanUp();
}
if (!failed) {
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  console.log(
    `\n${bold(`That was the main job, in ${seconds} s. Nothing was left behind.`)} Next: README.md`,
  );
}
process.exit(failed ? 1 : 0);
