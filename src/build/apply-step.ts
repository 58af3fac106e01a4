import type { ImageLayer } from "../image/mod.ts";
import { isKasaneError, KasaneError, messageOf } from "../lib/mod.ts";
import type { LayerCause } from "./layer-cause.ts";
import type { BuildStep } from "./progress.ts";
import type { StageBuilder } from "./stage-builder.ts";
import { errorAt, type StageLine } from "./stage-line.ts";

/** A line that may make a layer, as a step of its stage. */
export interface NumberedLine {
  readonly line: StageLine;
  readonly index: number;
  readonly total: number;
  /** As people see it. */
  readonly text: string;
}

/** What a step that makes a layer returns. */
export interface StepResult {
  readonly layer?: ImageLayer;
  readonly isCached: boolean;
  /** True for a hit although something below, or copied from, was made anew: its files are the same. */
  readonly isSameAsBefore?: boolean;
  /** `created_by` of the history entry. */
  readonly createdBy: string;
}

/** Runs a step that may make a layer, and tells of it. @throws KasaneError located in the Dockerfile */
export async function applyStep(
  stage: StageBuilder,
  { line, index, total, text }: NumberedLine,
  work: (step: BuildStep) => Promise<StepResult>,
): Promise<void> {
  const { session } = stage;
  const step = session.numberStep({
    stage: stage.name,
    index,
    total,
    instruction: line.instruction.kind.toUpperCase(),
    text,
    isOnBuild: line.isOnBuild,
    line: line.instruction.range.startLine,
  });
  const startedAt = performance.now();
  stage.written = line.instruction.original;
  session.emit({ kind: "started", step });
  try {
    session.checkCancelled();
    const { layer, isCached, isSameAsBefore = false, createdBy } = await work(step);
    if (layer) stage.addLayer(layer, causeOf(line, text));
    stage.addHistory(createdBy, { hasLayer: layer !== undefined });
    if (isCached) {
      session.emit({ kind: "cached", step, isSameAsBefore, ...(layer ? { layer: layer.diffId } : {}) });
    } else {
      session.emit({
        kind: "finished",
        step,
        durationMs: performance.now() - startedAt,
        ...(layer ? { layer: layer.diffId, sizeBytes: layer.descriptor.size } : {}),
      });
    }
  } catch (cause) {
    const located = errorAt(line, cause);
    const error = isKasaneError(located)
      ? located
      : new KasaneError("internal", `${text}: ${messageOf(located)}`, { cause: located });
    session.emit({ kind: "failed", step, error });
    throw error;
  }
}

function causeOf({ source, instruction, isOnBuild }: StageLine, text: string): Omit<LayerCause, "stage"> {
  return { instruction: text, range: instruction.range, ...(!isOnBuild && { file: source.name }) };
}
