import type { ImageLayer } from "../image/mod.ts";
import type { StepResult } from "./apply-step.ts";
import { type StepKey, setting } from "./cache/step-key.ts";
import { recipeOf, writeFileLayer } from "./file-layer.ts";
import type { DraftEntry } from "./layer-draft.ts";
import type { BuildStep } from "./progress.ts";
import type { StageBuilder } from "./stage-builder.ts";

export interface FileStep {
  readonly createdBy: string;
  /**
   * Everything the result depends on, the layers below included: cheap to find out. Whoever hits it need not even know what is in the
   * image below.
   */
  readonly fastKey: StepKey;
  /** What the layer is made of; empty = there is nothing to do, and no layer. */
  readonly entries: () => Promise<readonly DraftEntry[]>;
  /** True where a layer is made even when it is empty: COPY and ADD have one each. */
  readonly isLayerNeeded: boolean;
}

/** Under which a layer of these very entries is kept, whatever it stands on. */
export async function recipeKey(entries: readonly DraftEntry[]): Promise<StepKey> {
  return { form: "files/1", parts: [setting("entries", await recipeOf(entries))] };
}

/**
 * A step that only brings files. It is looked for twice: by what it was asked for on top of these very layers, and by the exact entries it
 * comes to, which may be the same on top of others.
 */
export async function fileStep(stage: StageBuilder, told: BuildStep, step: FileStep): Promise<StepResult> {
  const { session, cache } = stage;
  const { createdBy, fastKey } = step;
  const fast = await cache.get(fastKey);
  if (fast === "none") return { isCached: true, createdBy };
  if (fast) return { layer: fast, isCached: true, createdBy };
  const entries = await step.entries();
  if (entries.length === 0 && !step.isLayerNeeded) {
    await session.cache.put(fastKey, "none", createdBy);
    return { isCached: false, createdBy };
  }
  const recipe = await recipeKey(entries);
  const known = await cache.get(recipe);
  let layer: ImageLayer;
  if (known && known !== "none") layer = known;
  else {
    await stage.missed(told, fastKey);
    layer = await session.cache.once(recipe, () => session.work(() => writeFileLayer(session, entries)));
    await session.cache.put(recipe, layer, createdBy);
  }
  await session.cache.put(fastKey, layer, createdBy);
  return { layer, isCached: known !== undefined, isSameAsBefore: known !== undefined, createdBy };
}
