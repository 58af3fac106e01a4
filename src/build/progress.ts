import type { KasaneError } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";
import type { CacheMiss } from "./cache/step-record.ts";

/** One step of a build: an instruction that does work, or a base image that is fetched. */
export interface BuildStep {
  /** Counts from 1 through the whole build, in the order steps were planned. */
  readonly number: number;
  /** The stage's name, or `stage-N`; `""` where the Dockerfile has a single stage without a name. */
  readonly stage: string;
  /** Place in its stage and how many steps the stage has, FROM included. */
  readonly index: number;
  readonly total: number;
  /** FROM, RUN, COPY, ADD or WORKDIR. */
  readonly instruction: string;
  /** The instruction on one line, variables expanded: `RUN apt-get update`. */
  readonly text: string;
  readonly isOnBuild: boolean;
  /** Where it stands: Dockerfile lines, 1-based. */
  readonly line: number;
}

/** Work beside the steps, by BuildKit's name for it: `exporting to image`. Events of one carry the same object. */
export interface BuildTask {
  readonly name: string;
}

/**
 * What a build tells whoever watches. Steps of different stages overlap; everything of one step carries the same step
 * object, so that a plain log can be grouped and a terminal can keep one line for each.
 */
export type BuildEvent =
  | { readonly kind: "started"; readonly step: BuildStep }
  /** The result came from the cache; the end of the step. */
  | {
      readonly kind: "cached";
      readonly step: BuildStep;
      readonly layer?: Digest;
      /** Something it depends on was made anew, and the files are the same. */
      readonly isSameAsBefore: boolean;
    }
  /** Its result is not in the cache: the step runs now. */
  | ({ readonly kind: "missed"; readonly step: BuildStep } & CacheMiss)
  | {
      readonly kind: "output";
      readonly step: BuildStep;
      readonly stream: "stdout" | "stderr";
      readonly chunk: Uint8Array;
    }
  | {
      readonly kind: "finished";
      readonly step: BuildStep;
      readonly durationMs: number;
      /** The layer it made, by diffID, and the size of its blob; absent where it made none. */
      readonly layer?: Digest;
      readonly sizeBytes?: number;
    }
  | { readonly kind: "failed"; readonly step: BuildStep; readonly error: KasaneError }
  | { readonly kind: "task-started"; readonly task: BuildTask }
  | { readonly kind: "task-finished"; readonly task: BuildTask; readonly durationMs: number }
  | { readonly kind: "task-failed"; readonly task: BuildTask; readonly error: KasaneError }
  /** A part of a step or a task: a layer on its way, a manifest that is written. */
  | { readonly kind: "progress"; readonly of: BuildStep | BuildTask; readonly part: BuildPart }
  /** `rule` is the build check that found it. */
  | { readonly kind: "warning"; readonly message: string; readonly line?: number; readonly rule?: string };

export interface BuildPart {
  /** `exporting layers`, or the short digest of a layer. */
  readonly id: string;
  readonly currentBytes?: number;
  readonly totalBytes?: number;
  readonly isDone: boolean;
}

export type BuildListener = (event: BuildEvent) => void;
