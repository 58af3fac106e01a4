import type { WorkdirInstruction } from "../dockerfile/mod.ts";
import { isKasaneError } from "../lib/mod.ts";
import type { StepResult } from "./apply-step.ts";
import { layersPart } from "./cache/layer-stack.ts";
import { setting } from "./cache/step-key.ts";
import { fileStep } from "./file-step.ts";
import { LayerDraft, type Owner } from "./layer-draft.ts";
import { lookUpOwner } from "./owner.ts";
import type { BuildStep } from "./progress.ts";
import type { StageBuilder } from "./stage-builder.ts";

/**
 * WORKDIR: makes the directory, as the current USER's, where the image does not have it; a directory that is there makes no layer.
 * @throws KasaneError `build-failed` where something that is no directory is in the way
 */
export function workdirStep(
  stage: StageBuilder,
  instruction: WorkdirInstruction,
  step: BuildStep,
): Promise<StepResult> {
  const { session, layers } = stage;
  const directory = stage.setWorkingDirectory(instruction.path);
  const user = stage.config.User ?? "";
  const seconds = stage.base.timeSeconds;
  return fileStep(stage, step, {
    // As it was written, or where it leads to.
    createdBy: `WORKDIR ${instruction.path.startsWith("/") ? instruction.path : directory}`,
    fastKey: {
      form: "workdir/2",
      parts: [
        { kind: "instruction", name: "directory", value: directory },
        setting("user", user),
        setting("time", seconds),
        layersPart(stage.chain, () => stage.image()),
      ],
    },
    isLayerNeeded: false,
    entries: () =>
      session.onTree(layers, directory.slice(1), async (lower) => {
        const draft = new LayerDraft(lower, { seconds, nanoseconds: 0 });
        const path = draft.resolve(directory.slice(1));
        if (!draft.isDirectory(path)) draft.makeDirectories(path, 0o755, await ownerOf(stage, user));
        return draft.entries();
      }),
  });
}

/** USER need not be there yet: a directory made for somebody unknown is root's. */
async function ownerOf(stage: StageBuilder, user: string): Promise<Owner> {
  if (user === "") return { uid: 0, gid: 0 };
  try {
    return await lookUpOwner(user, await stage.session.files(stage.image()));
  } catch (error) {
    if (isKasaneError(error, "build-failed")) return { uid: 0, gid: 0 };
    throw error;
  }
}
