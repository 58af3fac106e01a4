import type { ImageLayer } from "../../image/mod.ts";
import type { BuildStep } from "../progress.ts";
import type { BuildSession } from "../session.ts";
import { compareLayers, type FileDifference } from "./compare-layers.ts";

/** A step that gave two layers from the same input. */
export interface StepDifference {
  readonly step: BuildStep;
  readonly files: readonly FileDifference[];
}

const second = 1000;

/**
 * Carries out steps a second time, on the very layers they stood on, and notes what came out otherwise: so each step answers for itself
 * only, not for those before it.
 */
export class Reproducibility {
  readonly #session: BuildSession;
  readonly #differences: StepDifference[] = [];

  constructor(session: BuildSession) {
    this.#session = session;
  }

  /** In the order of the steps. */
  get differences(): readonly StepDifference[] {
    return this.#differences.toSorted((a, b) => a.step.number - b.step.number);
  }

  async check(
    step: BuildStep,
    { layer, isCached }: { readonly layer: ImageLayer; readonly isCached: boolean },
    again: () => Promise<ImageLayer>,
  ): Promise<void> {
    const session = this.#session;
    // A time that was written down in seconds must have had the chance to be another.
    if (!isCached) await session.pause(second - (Date.now() % second) + 1);
    const other = await session.work(again);
    if (other.diffId === layer.diffId) return;
    const files = await compareLayers(
      session.store.blobs,
      { layer, index: await session.index(layer) },
      { layer: other, index: await session.index(other) },
    );
    this.#differences.push({ step, files });
  }
}
