import type { BuildHistoryTable, BuildRecord } from "../../meta/mod.ts";
import type { JournalBuild, JournalStep } from "./build-journal.ts";
import type { RecordedPart } from "./explain.ts";
import { type CacheMiss, decodeFiles, explainMiss, parseParts } from "./step-record.ts";

/** A step of a recorded build with the reason why it ran. */
export interface ExplainedStep extends Omit<JournalStep, "cause"> {
  /** Absent for what came from the cache. */
  readonly miss?: CacheMiss;
  /** Everything that decided the result; absent for what came from the cache, and where it is no longer recorded. */
  readonly inputs?: readonly RecordedPart[];
}

/** A recorded build. */
export interface ExplainedBuild extends Omit<JournalBuild, "steps"> {
  readonly id: string;
  readonly startedAtMs: number;
  readonly image?: string;
  readonly steps: readonly ExplainedStep[];
}

/** Every step of a recorded build: a hit, or what changed since the nearest one before it. undefined for a record that cannot be read. */
export async function explainBuild(
  history: BuildHistoryTable,
  record: BuildRecord,
): Promise<ExplainedBuild | undefined> {
  const build = readBuild(record);
  if (!build) return undefined;
  const steps: ExplainedStep[] = [];
  for (const step of build.steps) steps.push(await explainStep(history, step, record.startedAtMs));
  const { id, startedAtMs, image } = record;
  return { ...build, id, startedAtMs, ...(image && { image }), steps };
}

/** undefined for a record that cannot be read. */
export function readBuild(record: BuildRecord): JournalBuild | undefined {
  try {
    const build = JSON.parse(record.value) as Partial<JournalBuild>;
    return Array.isArray(build.steps) && Array.isArray(build.tags) ? (build as JournalBuild) : undefined;
  } catch {
    return undefined;
  }
}

async function explainStep(
  history: BuildHistoryTable,
  { cause, ...step }: JournalStep,
  beforeMs: number,
): Promise<ExplainedStep> {
  if (step.key === undefined) return step;
  const inputs = await history.inputs(step.key);
  if (!inputs) return { ...step, ...(cause && { miss: { cause } }) };
  const parts = parseParts(inputs.parts);
  if (cause) return { ...step, inputs: parts, miss: { cause } };
  const { place, text, key } = inputs;
  const files = async () => decodeFiles(await history.files(key));
  const explained = await explainMiss(history, { place, text, parts, files }, beforeMs);
  const miss: CacheMiss = explained ? { cause: "changed", ...explained } : { cause: "first" };
  return { ...step, inputs: parts, miss };
}
