import { existsSync, readFileSync } from "node:fs";

/** A process and all below it. */
export function family(pid: number): number[] {
  const children = `/proc/${pid}/task/${pid}/children`;
  const below = existsSync(children)
    ? readFileSync(children, "utf8").split(" ").filter(Boolean).map(Number)
    : [];
  return [pid, ...below.flatMap(family)];
}

/** Processor time of a process so far, hundredths of a second. `withEnded`: and of its children that have ended. */
export function ticksOf(pid: number, { withEnded = false } = {}): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const counted = withEnded ? fields.slice(11, 15) : fields.slice(11, 13);
  return sum(counted.map(Number));
}

/** The most memory a process ever had, KiB. */
export function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
