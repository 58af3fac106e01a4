import { type Dockerfile, expandWord, parseTrigger } from "../dockerfile/mod.ts";
import type { ImageLayer } from "../image/mod.ts";
import type { Platform } from "../oci/mod.ts";
import { applyStep } from "./apply-step.ts";
import { applyWithoutLayer } from "./apply-without-layer.ts";
import type { ContextOrigin } from "./context/context-origin.ts";
import type { NamedContexts } from "./context/named-contexts.ts";
import type { CopyOrigin } from "./copy-sources.ts";
import { copyStep } from "./copy-step.ts";
import { startingImage } from "./image-changes.ts";
import { orNearStage } from "./near-stage.ts";
import { type BuildPlan, instructionSource, type PlannedStage, type SourceName } from "./plan.ts";
import { runStep, type WhatFollows } from "./run-step.ts";
import type { BuildSession } from "./session.ts";
import { StageBuilder } from "./stage-builder.ts";
import type { StageImage } from "./stage-image.ts";
import type { StageLine } from "./stage-line.ts";
import { WorkAhead } from "./work-ahead.ts";
import { workdirStep } from "./workdir-step.ts";

export interface StageRun {
  readonly session: BuildSession;
  readonly dockerfile: Dockerfile;
  readonly plan: BuildPlan;
  readonly planned: PlannedStage;
  /** What the stage stands on. */
  readonly base: StageImage;
  /** True where the base is an image that had to be found: a step of its own, the first. */
  readonly hasBaseStep: boolean;
  readonly context: ContextOrigin;
  readonly contexts: NamedContexts;
  /** Hears of each layer that the stage gets. */
  readonly onLayer?: (layer: ImageLayer) => void;
  /** Where one was asked for. */
  readonly platform: Platform | undefined;
  /** A stage or image that an instruction reads from. */
  readonly resolve: (source: SourceName) => Promise<StageImage>;
}

/** Carries out a stage's instructions, the triggers of its base first. */
export async function runStage(run: StageRun): Promise<StageImage> {
  const { session, planned, plan, dockerfile } = run;
  const isOnStage = planned.base.kind === "stage";
  const base = isOnStage ? run.base : startingImage(run.base, session.options.changes ?? {});
  const stage = new StageBuilder({
    session,
    base,
    name: planned.name,
    escape: dockerfile.directives.escape,
    globalArgs: plan.globalArgs,
    isCached: !session.isFiltered(planned.stage),
    onLayer: run.onLayer,
  });
  const ahead = new WorkAhead(stage, run.context);
  const lines = [...triggerLines(base), ...ownLines(run)];
  const first = run.hasBaseStep ? 1 : 0;
  const total = first + lines.filter(isStep).length;
  let index = first;
  for (const [position, line] of lines.entries()) {
    session.checkCancelled();
    const rest = lines.slice(position + 1);
    const isRunNext = rest.some(isRun);
    const isRunOn = isRunNext || isBase(run);
    const next = { isRunOn, isRunNext, workAhead: () => ahead.begin(rest) };
    if (line.instruction.kind !== "copy") ahead.stop();
    if (isStep(line)) await runLine(run, stage, line, { index: ++index, total, ...next });
    else applyWithoutLayer(stage, line);
  }
  ahead.stop();
  return stage.image();
}

function ownLines({ dockerfile, planned }: StageRun): StageLine[] {
  return planned.stage.instructions.map((instruction) => ({
    instruction,
    source: dockerfile.source,
    isOnBuild: false,
  }));
}

function triggerLines(base: StageImage): StageLine[] {
  return (base.config.OnBuild ?? []).map((text) => ({
    ...parseTrigger(text, `ONBUILD of ${base.name}`),
    isOnBuild: true,
  }));
}

function isRun({ instruction: { kind } }: StageLine): boolean {
  return kind === "run";
}

/** Whether another stage stands on this one. */
function isBase({ plan, planned }: StageRun): boolean {
  const { index } = planned.stage;
  return [...plan.needed].some((other) => {
    const { base } = plan.stages[other]!;
    return base.kind === "stage" && base.index === index;
  });
}

function isStep({ instruction: { kind } }: StageLine): boolean {
  return kind === "run" || kind === "copy" || kind === "add" || kind === "workdir";
}

async function runLine(
  run: StageRun,
  stage: StageBuilder,
  line: StageLine,
  place: { index: number; total: number } & WhatFollows,
): Promise<void> {
  const { instruction: written } = line;
  // Waiting for another stage is no work of this step's own: it starts when its source is there. A failure is told below, with its place.
  if (written.kind === "copy" && written.from !== undefined) await origin(run, written.from).catch(() => {});
  const text = shownText(stage, line);
  const { index, total, ...follows } = place;
  await applyStep(stage, { line, index, total, text }, async (step) => {
    const instruction = stage.expand(line);
    switch (instruction.kind) {
      case "workdir":
        return workdirStep(stage, instruction, step);
      case "copy":
        return copyStep(stage, instruction, await origin(run, instruction.from), step);
      case "add":
        return copyStep(stage, instruction, run.context, step);
      default:
        return runStep(
          stage,
          instruction as Extract<typeof instruction, { kind: "run" }>,
          (from) => origin(run, from),
          { step, ...follows },
        );
    }
  });
}

async function origin(run: StageRun, from: string | undefined): Promise<CopyOrigin> {
  if (from === undefined) return run.context;
  const { stages } = run.dockerfile;
  const { index } = run.planned.stage;
  const source = instructionSource({ stages, contexts: run.plan.contexts }, index, from);
  if (source.kind === "context") return run.contexts.origin(source.name, source.context, run.platform);
  try {
    return { kind: "image", image: await run.resolve(source) };
  } catch (error) {
    throw source.kind === "image" ? orNearStage(error, from, stages.slice(0, index)) : error;
  }
}

/** The instruction as people see it: on one line, with what is known of its variables. */
function shownText(stage: StageBuilder, { instruction }: StageLine): string {
  const [name, ...rest] = instruction.original.trim().split(/\s+/);
  const written = [name!.toUpperCase(), ...rest].join(" ");
  try {
    return expandWord(written, stage.variables.lookup, {
      escape: stage.escape,
      keepQuotes: true,
      keepEscapes: true,
      keepUnset: true,
    });
  } catch {
    return written;
  }
}
