import { type AddInstruction, type CopyInstruction, cleanPath } from "../dockerfile/mod.ts";
import { type CopyOrigin, CopySources, excludeMatcher } from "./copy-sources.ts";
import { linkNames } from "./file-layer.ts";
import { parseMode } from "./file-mode.ts";
import { fileStep } from "./file-step.ts";
import { LayerDraft } from "./layer-draft.ts";
import { lookUpOwner } from "./owner.ts";
import type { StageBuilder, StepResult } from "./stage-builder.ts";

/**
 * COPY and ADD. Neither the image below nor the one that is copied from is unpacked.
 * @throws KasaneError `not-found`, `build-failed`, `invalid-dockerfile`, `unsupported`, `network`
 */
export async function copyStep(
  stage: StageBuilder,
  instruction: CopyInstruction | AddInstruction,
  origin: CopyOrigin,
): Promise<StepResult> {
  const { session, layers } = stage;
  const seconds = stage.base.timeSeconds;
  const destination = destinationOf(stage.workingDirectory, instruction.destination);
  const mode = instruction.chmod === undefined ? undefined : parseMode(instruction.chmod);
  const exclude = excludeMatcher(instruction.exclude);
  const sources = new CopySources(stage, instruction, origin);
  const fastKey = [
    "copy/1",
    stage.chain,
    instruction.kind,
    destination,
    seconds,
    instruction.chown ?? null,
    instruction.chmod ?? null,
    instruction.exclude,
    instruction.kind === "copy" ? instruction.parents : (instruction.unpack ?? null),
    await sources.key(),
  ];
  return fileStep(session, {
    createdBy: copyHistory(instruction),
    fastKey,
    isLayerNeeded: true,
    async entries() {
      const draft = new LayerDraft(await session.tree(layers), { seconds, nanoseconds: 0 });
      const owner =
        instruction.chown === undefined
          ? undefined
          : await lookUpOwner(instruction.chown, await session.files(stage.image()));
      await sources.putInto(draft, {
        destination,
        modified: { seconds, nanoseconds: 0 },
        ...(owner ? { owner } : {}),
        ...(mode ? { mode } : {}),
        ...(exclude ? { exclude } : {}),
      });
      return linkNames(draft.entries());
    },
  });
}

/** Absolute and clean, with the trailing slash that says it is a directory. */
function destinationOf(workingDirectory: string, destination: string): string {
  const path = destination.startsWith("/") ? destination : `${workingDirectory}/${destination}`;
  const clean = cleanPath(`/${path}`);
  const isDirectory = /(^|\/)\.?$/.test(destination);
  return isDirectory && clean !== "/" ? `${clean}/` : clean;
}

function copyHistory(instruction: CopyInstruction | AddInstruction): string {
  return [
    instruction.kind.toUpperCase(),
    ...(instruction.kind === "copy" && instruction.parents ? ["--parents"] : []),
    ...(instruction.chown === undefined ? [] : [`--chown=${instruction.chown}`]),
    ...(instruction.chmod === undefined ? [] : [`--chmod=${instruction.chmod}`]),
    ...instruction.sources,
    ...instruction.inlineFiles.map((file) => `<<${file.name}`),
    instruction.destination,
  ].join(" ");
}
