/** Whole processes side by side: everybody in turn, medians, the clock's time and the processors'. */
import type { Peer } from "../test/interop/peers.ts";
import { median } from "./processes.ts";

export interface Call {
  readonly argv: readonly string[];
  readonly env?: Record<string, string>;
}
export type Contender = Readonly<Record<string, Call>>;

export function ofPeer({ argv, env }: Peer, rows: Readonly<Record<string, readonly string[]>>): Contender {
  return Object.fromEntries(
    Object.entries(rows).map(([row, words]) => [row, { argv: [...argv, ...words], env }]),
  );
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
export async function measure(
  contenders: Readonly<Record<string, Contender>>,
  rounds: number,
): Promise<Record<Figure, Results>> {
  const samples = new Map<string, Map<string, Record<Figure, number>[]>>();
  for (let round = 0; round <= rounds; round++) {
    for (const [name, rows] of Object.entries(contenders)) {
      for (const [row, call] of Object.entries(rows)) {
        const sample = time(call);
        // A daemon that waits for somebody to read its log would wait for ever.
        await Bun.sleep(1);
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

export function print(
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

export function ratioTo(name: string, others: readonly string[]): Ratio {
  return (ofRow) => {
    const own = ofRow.get(name);
    const best = Math.min(...others.flatMap((other) => ofRow.get(other) ?? []));
    return own === undefined || best === Number.POSITIVE_INFINITY ? undefined : own / best;
  };
}

/** A ratio that is wanted to be no more than something. */
export interface Goal {
  readonly what: string;
  readonly ratio: Ratio;
  readonly atMost: number;
}

export function ratiosOf(goals: readonly Goal[]): Record<string, Ratio> {
  return Object.fromEntries(goals.map(({ what, ratio }) => [what, ratio]));
}

/** Goal by goal and row by row, by the clock and by the processors: what was measured, what is wanted, and whether it was reached. */
export function printVerdicts(results: Record<Figure, Results>, goals: readonly Goal[]): void {
  for (const { what, ratio, atMost } of goals) {
    for (const [row, ofRow] of results.wall) {
      const measured = [ratio(ofRow), ratio(results.processor.get(row)!)];
      if (measured[0] === undefined || measured[1] === undefined) continue;
      const [wall, processor] = measured.map((value) => value!.toFixed(2));
      const verdict = measured[0] <= atMost ? "reached" : "missed";
      console.log(`${verdict}: ${what}, ${row}: ${wall} (processors ${processor}), wanted ${atMost}`);
    }
  }
}
