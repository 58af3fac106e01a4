import type { BuildHistoryTable } from "../../meta/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import type { BuildEvent, BuildStep } from "../progress.ts";
import type { StepKey } from "./step-key.ts";
import {
  type CacheMiss,
  encodeFiles,
  explainMiss,
  filesOf,
  recordedParts,
  shortText,
} from "./step-record.ts";

/** A step of a recorded build. */
export interface JournalStep {
  readonly number: number;
  readonly stage: string;
  readonly index: number;
  readonly total: number;
  readonly line: number;
  readonly text: string;
  /** `hit-by-files`: what is below or copied from changed, but the files it brings are the same as before. */
  outcome: "running" | "hit" | "hit-by-files" | "ran" | "failed";
  /** Of its inputs, where it was no hit. */
  key?: string;
  cause?: "no-cache" | "removed";
  layer?: Digest;
  durationMs?: number;
}

/** A build as it is recorded. */
export interface JournalBuild {
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  readonly tags: readonly string[];
  readonly durationMs: number;
  readonly error?: string;
  readonly steps: readonly JournalStep[];
}

const stepLimit = 1000;

/** Writes down what a build does and why, beside its work: nothing waits for it but the end of the build. */
export class BuildJournal {
  readonly #history: BuildHistoryTable;
  readonly #isExplained: boolean;
  readonly #startedAtMs = Date.now();
  readonly #steps = new Map<number, JournalStep>();
  readonly #writing: Promise<unknown>[] = [];
  /** Which Dockerfile of which context this is. */
  #place = "";
  #context = "";
  #dockerfile = "";

  constructor(options: { history: BuildHistoryTable; isExplained: boolean }) {
    this.#history = options.history;
    this.#isExplained = options.isExplained;
  }

  begin(context: string, dockerfile: string): void {
    this.#context = context;
    this.#dockerfile = dockerfile;
    this.#place = JSON.stringify([context, dockerfile]);
  }

  hear(event: BuildEvent): void {
    switch (event.kind) {
      case "started":
        this.#started(event.step);
        break;
      case "cached":
        this.#ended(event.step, {
          outcome: event.isSameAsBefore ? "hit-by-files" : "hit",
          ...(event.layer && { layer: event.layer }),
        });
        break;
      case "finished":
        this.#ended(event.step, {
          outcome: "ran",
          durationMs: Math.round(event.durationMs),
          ...(event.layer && { layer: event.layer }),
        });
        break;
      case "failed":
        this.#ended(event.step, { outcome: "failed" });
    }
  }

  #started(step: BuildStep): void {
    if (this.#steps.size >= stepLimit) return;
    const { number, stage, index, total, line, text } = step;
    this.#steps.set(number, { number, stage, index, total, line, text: shortText(text), outcome: "running" });
  }

  #ended(step: BuildStep, how: Partial<JournalStep>): void {
    const known = this.#steps.get(step.number);
    if (known) Object.assign(known, how);
  }

  /** A step has to run: notes what decides its result, and says why, where that was asked for. */
  async missed(
    step: BuildStep,
    written: string,
    { key, id, isLookedFor }: { key: StepKey; id: string; isLookedFor: boolean },
  ): Promise<CacheMiss> {
    const place = `${this.#place} ${step.stage} ${step.index}`;
    const text = shortText(written);
    const parts = recordedParts(key);
    const isKnown = (await this.#history.inputs(id)) !== undefined;
    const cause = !isLookedFor ? "no-cache" : isKnown ? "removed" : undefined;
    this.#ended(step, { key: id, ...(cause && { cause }) });
    const files = once(() => filesOf(key));
    const sought = { place, text, parts, files };
    const explained =
      this.#isExplained && cause === undefined
        ? await explainMiss(this.#history, sought, this.#startedAtMs)
        : undefined;
    const record = async () => {
      const bytes = encodeFiles(await files());
      await this.#history.putInputs({
        key: id,
        place,
        text,
        recordedAtMs: Date.now(),
        parts: JSON.stringify(parts),
        ...(bytes && { files: bytes }),
      });
    };
    // An explanation that could not be kept is no reason to fail a build.
    this.#writing.push(record().catch(() => {}));
    if (cause) return { cause };
    if (!this.#isExplained) return {};
    return explained ? { cause: "changed", ...explained } : { cause: "first" };
  }

  /** Returns the id under which the build can be asked for. */
  async end(result: {
    tags: readonly string[];
    target?: string | undefined;
    image?: Digest;
    error?: string;
  }): Promise<string> {
    await Promise.all(this.#writing);
    const { tags, target, image, error } = result;
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString("hex");
    const build: JournalBuild = {
      context: this.#context,
      dockerfile: this.#dockerfile,
      ...(target === undefined ? {} : { target }),
      tags,
      durationMs: Date.now() - this.#startedAtMs,
      ...(error === undefined ? {} : { error: shortText(error) }),
      steps: [...this.#steps.values()].sort((a, b) => a.number - b.number),
    };
    await this.#history.putBuild({
      id,
      startedAtMs: this.#startedAtMs,
      ...(image && { image }),
      value: JSON.stringify(build),
    });
    return id;
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
