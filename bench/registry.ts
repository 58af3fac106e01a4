/**
 * `kasane serve` beside the registries people run: one table, measured side by side on this machine. One server at a time, everything
 * in memory (tmpfs), rounds that alternate between the servers, medians. Needs wrk and curl; a peer that is not installed is left out.
 *
 * Run: `scripts/bun bench/registry.ts [--only ROW,…] [--peers NAME,…] [--seconds N] [--rounds N]`
 */
import { parseArgs } from "node:util";
import { scratch } from "../test/interop/peers.ts";
import { type Contender, contenders, start } from "./registry/contender.ts";
import { measureListing } from "./registry/listing.ts";
import { median, type Row, rows } from "./registry/rows.ts";
import { printTable } from "./registry/table.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    peers: { type: "string" },
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
  },
});
const seconds = Number(flags.seconds);
const only = flags.only?.split(",");
const chosen = rows.filter((row) => only === undefined || only.includes(row.key));
const wanted = flags.peers?.split(",");
const present = contenders.filter(
  ({ name, program }) =>
    program !== undefined && (name === "kasane" || wanted === undefined || wanted.includes(name)),
);
for (const { name, program } of contenders)
  if (program === undefined) console.log(`${name} is not installed`);

export interface Sample {
  readonly value: number;
  /** Processor time of the server for each request (or image), microseconds. */
  readonly cost: number | undefined;
}
const samples = new Map<string, Sample[]>();

for (let round = 0; round < Number(flags.rounds) && chosen.length > 0; round++) {
  for (const contender of present) await measureAll(contender, round + 1);
}

async function measureAll(contender: Contender, seed: number): Promise<void> {
  await using directory = await scratch("bench");
  const running = await start(contender, directory.path);
  try {
    for (const row of chosen) await measureOne(contender, row, { running, seed, directory: directory.path });
  } finally {
    await running.stop();
  }
}

async function measureOne(
  contender: Contender,
  row: Row,
  at: { running: Awaited<ReturnType<typeof start>>; seed: number; directory: string },
): Promise<void> {
  const { host } = at.running;
  const before = at.running.processorSeconds();
  const { value, requests } = await row.measure({ ...at, host, headers: contender.headers, seconds });
  const spent = at.running.processorSeconds() - before;
  const key = `${contender.name} ${row.key}`;
  const cost = requests === undefined ? undefined : (spent * 1e6) / requests;
  samples.set(key, [...(samples.get(key) ?? []), { value, cost }]);
}

if (chosen.length > 0) {
  printTable({
    columns: present.map(({ name }) => name),
    rows: chosen,
    cell(column, row) {
      const found = samples.get(`${column} ${row.key}`)!;
      const costs = found.map((sample) => sample.cost).filter((cost) => cost !== undefined);
      return {
        value: median(found.map((sample) => sample.value)),
        cost: costs.length > 0 ? median(costs) : undefined,
      };
    },
  });
}
if (only === undefined || only.includes("list")) await measureListing(contenders[0]!);
