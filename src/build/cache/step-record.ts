import type { BuildHistoryTable } from "../../meta/mod.ts";
import { digestHex, digestOf } from "../../oci/mod.ts";
import { compareInputs, distance, type KeyChange, nameOf, type RecordedPart } from "./explain.ts";
import type { FileFacts } from "./file-facts.ts";
import type { StepKey } from "./step-key.ts";

/** Why a step had to run. */
export interface CacheMiss {
  /**
   * `no-cache`: nobody looked; `removed`: nothing changed, but the result is no longer in the cache. Where it was asked for, also `first`:
   * nothing like it was ever built here; `changed`: see `changes`.
   */
  readonly cause?: "no-cache" | "first" | "changed" | "removed";
  /** Against the nearest record of such a step. */
  readonly changes?: readonly KeyChange[];
  /** When that was, ms since the epoch. */
  readonly comparedWithMs?: number;
}

/** A step that is looked for among those that were recorded. */
export interface SoughtStep {
  readonly place: string;
  readonly text: string;
  readonly parts: readonly RecordedPart[];
  readonly files: () => Promise<ReadonlyMap<string, FileFacts>>;
}

const valueLimit = 160;
const textLimit = 300;
/** Compressed. */
const filesLimitBytes = 256 * 1024;
/** Decompressed: whoever can write the database could make one byte into many. */
const factsLimitBytes = 64 * 1024 * 1024;
/** Records of the same place, and of the same text, that the nearest is looked for among. */
const candidateLimit = 10;
/** Of those that are equally near by their parts, so many are compared file by file. */
const closeLimit = 3;

export function recordedParts(key: StepKey): RecordedPart[] {
  return key.parts.map(({ kind, name, value, layers }) => ({
    kind,
    name,
    value: shortValue(value),
    ...(layers && { layers: layers() }),
  }));
}

export async function filesOf(key: StepKey): Promise<Map<string, FileFacts>> {
  const files = new Map<string, FileFacts>();
  for (const part of key.parts) if (part.files) files.set(nameOf(part), await part.files());
  return files;
}

export function encodeFiles(files: ReadonlyMap<string, FileFacts>): Uint8Array | undefined {
  if (files.size === 0) return undefined;
  const bytes = Bun.zstdCompressSync(JSON.stringify([...files]), { level: 1 });
  return bytes.length > filesLimitBytes ? undefined : bytes;
}

export function shortText(text: string): string {
  return text.slice(0, textLimit);
}

/** What a step differs in from the nearest that was recorded before `beforeMs`; undefined where there is none. */
export async function explainMiss(
  history: BuildHistoryTable,
  step: SoughtStep,
  beforeMs: number,
): Promise<Pick<CacheMiss, "changes" | "comparedWithMs"> | undefined> {
  const candidates = (await history.inputsLike(step, { beforeMs, limit: candidateLimit }))
    .map((inputs) => ({ ...inputs, parts: parseParts(inputs.parts) }))
    .map((inputs) => ({ inputs, distance: distance(inputs.parts, step.parts) }))
    .sort((a, b) => a.distance - b.distance);
  const close = candidates.filter((one) => one.distance === candidates[0]!.distance).slice(0, closeLimit);
  let nearest: { changes: KeyChange[]; comparedWithMs: number } | undefined;
  const files = await step.files();
  for (const { inputs } of close) {
    const before = { parts: inputs.parts, files: decodeFiles(await history.files(inputs.key)) };
    const changes = compareInputs(before, { parts: step.parts, files });
    if (changes.length === 0 || (nearest && nearest.changes.length <= changes.length)) continue;
    nearest = { changes, comparedWithMs: inputs.recordedAtMs };
  }
  return nearest;
}

export function parseParts(text: string): RecordedPart[] {
  try {
    const parts: unknown = JSON.parse(text);
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

export function decodeFiles(bytes: Uint8Array | undefined): Map<string, FileFacts> {
  if (bytes === undefined) return new Map();
  try {
    const text = Bun.zstdDecompressSync(new Uint8Array(bytes));
    return text.length > factsLimitBytes ? new Map() : new Map(JSON.parse(text.toString("utf8")));
  } catch {
    return new Map();
  }
}

function shortValue(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text.length <= valueLimit) return text;
  return `${text.slice(0, valueLimit - 24)}… (${digestHex(digestOf(text)).slice(0, 16)})`;
}
