/**
 * `kasane build` beside the builders people use: the same Dockerfile and context for all (Debian base, a RUN that writes 5,000 files, a context of
 * 2,000), stores in memory (tmpfs), rounds in which everybody has one turn, medians of whole processes; in brackets the processor time,
 * that of daemons included. A peer that is not installed is left out. Needs root.
 *
 * Run: `npm run build && scripts/bun bench/build.ts [--rounds N] [--only ROW,…] [--builders NAME,…]`
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { debianRoot } from "../test/debian-root.ts";
import { scratch, startDistribution } from "../test/interop/peers.ts";
import { checkout, hasPrograms, runOk } from "../test/outside.ts";
import { type Builder, presentBuilders, type Spent, spend } from "./build/builders.ts";
import { baseName, changeOneFile, writeContext, writeLargeFile, writeRuns } from "./build/content.ts";
import { median } from "./processes.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
    builders: { type: "string" },
  },
});
const rounds = Number(flags.rounds);
const only = flags.only?.split(",");
const isWanted = (row: string): boolean => only === undefined || only.includes(row);
const kasane = join(checkout, "dist/kasane");
if (!existsSync(kasane)) throw new Error("dist/kasane is missing: npm run build");

/** How many RUNs the overhead of one is found out with. */
const runs = 10;

const samples = new Map<string, Map<string, Spent[]>>();
function note(row: string, name: string, spent: Spent): void {
  const ofRow = samples.get(row) ?? new Map<string, Spent[]>();
  samples.set(row, ofRow.set(name, [...(ofRow.get(name) ?? []), spent]));
}

await using directory = await scratch("bench-build");
const at = (name: string) => join(directory.path, name);
await using registry = await startDistribution();
await runOk([kasane, "--root", at("base"), "import", await debianRoot(), baseName]);
await runOk([kasane, "--root", at("base"), "save", "-o", at("base.tar"), baseName]);
const pushed = `${registry.address}/bench/${baseName}`;
await runOk([kasane, "--root", at("base"), "tag", baseName, pushed]);
await runOk([kasane, "--root", at("base"), "push", pushed]);

const present = presentBuilders(flags.builders?.split(","));
const started: Builder[] = [];
try {
  for (const { start } of present) {
    const setting = {
      directory: directory.path,
      archive: at("base.tar"),
      registry: registry.address,
      base: baseName,
    };
    started.push(await start(setting));
  }
  // The first round brings the base into place, wherever that is.
  for (let round = 0; round <= rounds; round++) for (const builder of started) await turn(builder, round);
} finally {
  for (const builder of started) await builder[Symbol.asyncDispose]();
}

async function turn(builder: Builder, round: number): Promise<void> {
  const say = (row: string, spent: Spent) => round > 0 && note(row, builder.name, spent);
  const context = at(`context-${builder.name.replaceAll(" ", "-")}`);
  const seed = round * 10;
  if (isWanted("build")) {
    writeContext(context, seed, builder.base);
    await settle();
    say("nothing cached", await builder.build(context));
    say("all cached", await builder.build(context));
    changeOneFile(context, seed);
    await settle();
    say("one file changed", await builder.build(context));
  }
  if (isWanted("push")) {
    writeContext(context, seed + 1, builder.base);
    await settle();
    say("build, then push", await builder.buildAndPush(context));
  }
  if (isWanted("run")) {
    writeRuns(context, 1, seed, builder.base);
    const one = await builder.build(context);
    writeRuns(context, 1 + runs, seed, builder.base);
    const many = await builder.build(context);
    say("one RUN more", {
      ms: (many.ms - one.ms) / runs,
      processorMs: (many.processorMs - one.processorMs) / runs,
    });
  }
  if (isWanted("copy")) {
    writeLargeFile(context, seed, builder.base);
    if (builder === started[0]) await needed(context, round);
    say("COPY of 300 MB", await builder.build(context));
  }
}

/** What the COPY of a large file is measured against: nothing but hashing and compressing it. */
async function needed(context: string, round: number): Promise<void> {
  const large = join(context, "large");
  const bare = await spend([[process.execPath, join(import.meta.dir, "build/hash-and-compress.ts"), large]]);
  if (round > 0) note("COPY of 300 MB", "hash + gzip", bare);
  if (!hasPrograms("pigz")) return;
  const pigz = await spend([
    ["sha256sum", large],
    ["sh", "-c", `pigz -6 -c ${large} | sha256sum`],
  ]);
  if (round > 0) note("COPY of 300 MB", "sha256sum + pigz", pigz);
}

/** A file that was changed less than a clock tick ago is changing still, for whoever looks at times. */
function settle(): Promise<void> {
  return Bun.sleep(20);
}

const names = [...new Set([...samples.values()].flatMap((ofRow) => [...ofRow.keys()]))];
console.log(`| ms | ${names.join(" | ")} | to the best peer |\n| --- |${" --- |".repeat(names.length + 1)}`);
for (const [row, ofRow] of samples) {
  const of = (name: string): number => median((ofRow.get(name) ?? []).map(({ ms }) => ms));
  const cells = names.map((name) => {
    const all = ofRow.get(name);
    if (!all) return "";
    return `${of(name).toFixed(0)} (${median(all.map(({ processorMs }) => processorMs)).toFixed(0)})`;
  });
  const peers = names.filter((name) => !name.startsWith("kasane") && ofRow.has(name)).map(of);
  const ratio = peers.length > 0 ? (of("kasane") / Math.min(...peers)).toFixed(2) : "";
  console.log(`| ${row} | ${cells.join(" | ")} | ${ratio} |`);
}
