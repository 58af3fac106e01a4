import { type AddInstruction, type CopyInstruction, cleanPath } from "../dockerfile/mod.ts";
import type { StepResult } from "./apply-step.ts";
import { layersPart } from "./cache/layer-stack.ts";
import type { KeyPart, StepKey } from "./cache/step-key.ts";
import { type CopyOrigin, CopySources, excludeMatcher } from "./copy-sources.ts";
import { linkNames } from "./file-layer.ts";
import { parseMode } from "./file-mode.ts";
import { fileStep } from "./file-step.ts";
import { type DraftEntry, LayerDraft, type LowerTree, type Owner } from "./layer-draft.ts";
import { lookUpOwner, numericOwner } from "./owner.ts";
import type { BuildStep } from "./progress.ts";
import type { StageBuilder } from "./stage-builder.ts";
import type { StageImage } from "./stage-image.ts";

/**
 * COPY and ADD. Neither the image below nor the one that is copied from is unpacked.
 * @throws KasaneError `not-found`, `build-failed`, `invalid-dockerfile`, `unsupported`, `network`
 */
export async function copyStep(
  stage: StageBuilder,
  instruction: CopyInstruction | AddInstruction,
  origin: CopyOrigin,
  step: BuildStep,
): Promise<StepResult> {
  const destination = destinationOf(stage.workingDirectory, instruction.destination);
  const exclude = excludeMatcher(instruction.exclude);
  const sources = new CopySources(stage, instruction, origin);
  const fastKey: StepKey = {
    form: `${instruction.kind}/3`,
    parts: [
      ...(await sources.key(exclude)),
      part("destination", destination),
      part("--chown", instruction.chown ?? null),
      part("--chmod", instruction.chmod ?? null),
      part("--exclude", instruction.exclude),
      instruction.kind === "copy"
        ? part("--parents", instruction.parents)
        : part("--unpack", instruction.unpack ?? null),
      stage.times.keyPart,
      layersPart(stage.chain, () => stage.image()),
    ],
  };
  return fileStep(stage, step, {
    createdBy: copyHistory(instruction),
    fastKey,
    isLayerNeeded: true,
    entries: () => copyEntries(stage, instruction, sources, stage.image()),
  });
}

/** What the instruction makes of its sources on top of `below`. */
export async function copyEntries(
  stage: StageBuilder,
  instruction: CopyInstruction | AddInstruction,
  sources: CopySources,
  below: StageImage,
): Promise<readonly DraftEntry[]> {
  const { session } = stage;
  const modified = { seconds: stage.base.timeSeconds, nanoseconds: 0 };
  const { chown, chmod } = instruction;
  const mode = chmod === undefined ? undefined : parseMode(chmod);
  const exclude = excludeMatcher(instruction.exclude);
  const owner = chown === undefined ? undefined : await ownerOf(chown, stage, below);
  const destination = destinationOf(stage.workingDirectory, instruction.destination);
  const put = async (lower: LowerTree): Promise<readonly DraftEntry[]> => {
    const draft = new LayerDraft(lower, modified);
    await sources.putInto(draft, {
      destination,
      modified,
      ...(owner ? { owner } : {}),
      ...(mode ? { mode } : {}),
      ...(exclude ? { exclude } : {}),
    });
    return stage.times.clamped(linkNames(draft.entries()));
  };
  // Archives and downloads are read once, and go wherever their links lead.
  if (instruction.kind === "add") return put(await session.tree(below.layers));
  return session.onTree(below.layers, destination.slice(1), put);
}

async function ownerOf(chown: string, { session }: StageBuilder, below: StageImage): Promise<Owner> {
  return numericOwner(chown) ?? lookUpOwner(chown, await session.files(below));
}

function part(name: string, value: unknown): KeyPart {
  return { kind: "instruction", name, value };
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
