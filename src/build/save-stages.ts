import { familiarReference } from "../oci/mod.ts";
import type { AttestParts } from "./attest/attest.ts";
import { composeBuilt, type FinishedPlatform } from "./built-image.ts";
import { usualShape } from "./output/build-outputs.ts";
import { storeOutput } from "./output/store-output.ts";
import type { PlannedStage } from "./plan.ts";
import type { PlatformBuild } from "./platform-build.ts";
import type { BuildSession } from "./session.ts";
import type { StageImage } from "./stage-image.ts";

/**
 * Keeps the stages below the target as images without a name, as buildah's --save-stages does. Returns the finished ones, which with its
 * --stage-labels have labels like the others.
 */
export async function saveStages(
  session: BuildSession,
  platforms: readonly PlatformBuild[],
  finished: readonly FinishedPlatform[],
  about: Pick<AttestParts, "dockerfile" | "bases">,
): Promise<FinishedPlatform[]> {
  const { store, lease, signal, options } = session;
  const shape = usualShape(options);
  const labelled = (
    planned: PlannedStage,
    stage: StageImage,
    ids: ReadonlyMap<number, string>,
  ): StageImage => {
    // Of a stage that is nothing but its base, nothing is to be said.
    if (!options.saveStages?.labels || planned.stage.instructions.length === 0) return stage;
    const { from, index } = planned.stage;
    const { base } = planned;
    const labels = {
      "io.buildah.stage.name": from.stageName ?? `${index}`,
      "io.buildah.stage.base":
        base.kind === "stage"
          ? (ids.get(base.index) ?? from.base)
          : base.kind === "image"
            ? familiarReference(base.reference)
            : from.base,
    };
    return { ...stage, config: { ...stage.config, Labels: { ...stage.config.Labels, ...labels } } };
  };
  return Promise.all(
    finished.map(async (one, position) => {
      const { plan, target: platform } = platforms[position]!;
      const ids = new Map<number, string>();
      for (const { planned, stage } of await platforms[position]!.intermediate()) {
        const kept = { stage: labelled(planned, stage, ids), platform, isRequested: one.isRequested };
        await session.need(stage.layers);
        const image = await composeBuilt(session, [kept], shape, { ...about, isIndex: false });
        await storeOutput({ names: [] }).write(image, { store, lease, signal });
        ids.set(planned.stage.index, image.platforms[0]!.image.configDescriptor.digest);
      }
      return { ...one, stage: labelled(plan.stages[plan.target]!, one.stage, ids) };
    }),
  );
}
