/**
 * Looking at local images as whole processes, beside the programs people use: the same 50 images in each store, everything in memory (tmpfs),
 * rounds in which everybody has one turn, medians. Wanted: the compiled program before every peer in every row, and from the checkout within
 * 1.5 of docker. Then Kasane alone with 50 images and with 1,000 of 5,000 names: no command more than twice as long. A peer that is not
 * installed is left out; docker needs root.
 *
 * Run: `npm run build && scripts/bun bench/images.ts [--rounds N]`
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Peer, peer, podman, scratch, startDockerd } from "../test/interop/peers.ts";
import { missing, runOk } from "../test/outside.ts";
import { fillStore } from "./images/store.ts";

const { values: flags } = parseArgs({ options: { rounds: { type: "string", default: "25" } } });
const rounds = Number(flags.rounds);
const checkout = resolve(import.meta.dir, "..");
const compiled = join(checkout, "dist/kasane");
if (!existsSync(compiled)) throw new Error("dist/kasane is missing: npm run build");

interface Call {
  readonly argv: readonly string[];
  readonly env?: Record<string, string>;
}
type Contender = Readonly<Record<string, Call>>;

function ofPeer({ argv, env }: Peer, rows: Readonly<Record<string, readonly string[]>>): Contender {
  return Object.fromEntries(
    Object.entries(rows).map(([row, words]) => [row, { argv: [...argv, ...words], env }]),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Milliseconds of one whole process: from before its start to after its end, and of the processors for it. */
function time({ argv, env = {} }: Call): Record<Figure, number> {
  const started = performance.now();
  const { exitCode, resourceUsage } = Bun.spawnSync([...argv], {
    env: { ...process.env, ...env },
    stdout: "ignore",
    stderr: "ignore",
    stdin: "ignore",
  });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${exitCode}`);
  return { wall: performance.now() - started, processor: Number(resourceUsage!.cpuTime.total) / 1000 };
}

/** Medians by row and contender; everybody in turn, so that what the machine does meanwhile meets all of them. */
function measure(contenders: Readonly<Record<string, Contender>>): Record<Figure, Results> {
  const samples = new Map<string, Map<string, Record<Figure, number>[]>>();
  for (let round = 0; round <= rounds; round++) {
    for (const [name, rows] of Object.entries(contenders)) {
      for (const [row, call] of Object.entries(rows)) {
        const sample = time(call);
        // The first warms caches.
        if (round === 0) continue;
        const ofRow = samples.get(row) ?? new Map<string, Record<Figure, number>[]>();
        samples.set(row, ofRow.set(name, [...(ofRow.get(name) ?? []), sample]));
      }
    }
  }
  const medians = (figure: Figure): Results =>
    new Map(
      [...samples].map(([row, ofRow]) => [
        row,
        new Map([...ofRow].map(([name, all]) => [name, median(all.map((sample) => sample[figure]))])),
      ]),
    );
  return { wall: medians("wall"), processor: medians("processor") };
}

/** Processor time is what stays comparable on a machine that others use as well. */
type Figure = "wall" | "processor";
type Results = Map<string, Map<string, number>>;

function print(
  results: Record<Figure, Results>,
  names: readonly string[],
  ratios: Readonly<Record<string, Ratio>>,
): void {
  printFigure("ms", results.wall, names, ratios);
  console.log("");
  printFigure("ms of processor", results.processor, names, ratios);
}

function printFigure(
  title: string,
  results: Results,
  names: readonly string[],
  ratios: Readonly<Record<string, Ratio>>,
): void {
  const titles = [...names, ...Object.keys(ratios)];
  console.log(`| ${title} | ${titles.join(" | ")} |\n| --- |${" --- |".repeat(titles.length)}`);
  for (const [row, ofRow] of results) {
    const times = names.map((name) => ofRow.get(name)?.toFixed(1) ?? "");
    const shares = Object.values(ratios).map((ratio) => ratio(ofRow)?.toFixed(2) ?? "");
    console.log(`| ${row} | ${[...times, ...shares].join(" | ")} |`);
  }
}

/** One contender's time in those of another; undefined where one of them has no such row. */
type Ratio = (ofRow: ReadonlyMap<string, number>) => number | undefined;

function ratioTo(name: string, others: readonly string[]): Ratio {
  return (ofRow) => {
    const own = ofRow.get(name);
    const best = Math.min(...others.flatMap((other) => ofRow.get(other) ?? []));
    return own === undefined || best === Number.POSITIVE_INFINITY ? undefined : own / best;
  };
}

const kasaneRows = (root: string, program: string): Contender =>
  ofPeer({ argv: [program, "--root", root], env: {} } as unknown as Peer, {
    start: ["version"],
    list: ["images"],
    inspect: ["inspect", "app7:v0"],
    history: ["history", "app7:v0"],
    "one repository": ["images", "app7"],
    "by id": ["images", "-q", "app7"],
    tag: ["tag", "app7:v0", "app7:again"],
    "system df": ["system", "df"],
    "images --tree": ["images", "--tree"],
  });

await using directory = await scratch("bench-images");
const at = (name: string) => join(directory.path, name);
const names = await fillStore(at("small"), { count: 50, tags: 50 });
const archive = at("images.tar");
await runOk([compiled, "--root", at("small"), "save", "-o", archive, ...names]);

const contenders: Record<string, Contender> = {
  "kasane compiled": kasaneRows(at("small"), compiled),
  "kasane checkout": kasaneRows(at("small"), join(checkout, "bin/kasane")),
};
const rows = {
  start: ["version"],
  list: ["images"],
  inspect: ["inspect", "app7:v0"],
  history: ["history", "app7:v0"],
};
await using daemon = missing("dockerd") || process.getuid?.() !== 0 ? undefined : await startDockerd();
if (daemon) {
  await daemon.docker("load", "-i", archive);
  contenders.docker = ofPeer(daemon.docker, { ...rows, start: ["--version"], "system df": ["system", "df"] });
}
if (!missing("podman")) {
  const pod = await podman(at("podman"));
  await pod("load", "-i", archive);
  contenders.podman = ofPeer(pod, { ...rows, start: ["--version"], list: ["images"] });
}
if (!missing("skopeo")) {
  await runOk([
    compiled,
    "--root",
    at("small"),
    "save",
    "--format",
    "oci-dir",
    "-o",
    at("layout"),
    "app7:v0",
  ]);
  contenders.skopeo = {
    start: { argv: [peer("skopeo"), "--version"] },
    inspect: { argv: [peer("skopeo"), "inspect", `oci:${at("layout")}`] },
  };
}
if (!missing("crane")) contenders.crane = { start: { argv: [peer("crane"), "version"] } };
await Bun.write(at("empty.ts"), "");
await runOk([process.execPath, "build", "--compile", "--bytecode", at("empty.ts"), "--outfile", at("empty")]);
contenders["empty Bun program"] = { start: { argv: [at("empty")] } };
const peers = ["docker", "podman", "skopeo", "crane"];
print(measure(contenders), Object.keys(contenders), {
  "compiled / best peer": ratioTo("kasane compiled", peers),
  "checkout / docker": ratioTo("kasane checkout", ["docker"]),
});

await fillStore(at("large"), { count: 1000, tags: 5000 });
const [few, many] = ["50 images", "1,000 images, 5,000 names"] as const;
const sizes = { [few]: kasaneRows(at("small"), compiled), [many]: kasaneRows(at("large"), compiled) };
console.log("");
print(measure(sizes), [few, many], { "many / few": ratioTo(many, [few]) });
