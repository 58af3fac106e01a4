import type { FileFacts } from "./file-facts.ts";
import type { LayerStack } from "./layer-stack.ts";

/** What a part of a key is, for those who are told that it changed. */
export type KeyPartKind =
  /** The instruction itself: what RUN executes, where COPY puts things. */
  | "instruction"
  | "argument"
  | "environment"
  /** User, working directory, platform, time …: set elsewhere, and seen by the step. */
  | "setting"
  /** The files below. */
  | "layers"
  /** What COPY and ADD bring, by the argument that names it. */
  | "source"
  /** What a mount of RUN shows, by its target. */
  | "mount";

/** One of the things that decide a step's result. */
export interface KeyPart {
  readonly kind: KeyPartKind;
  readonly name: string;
  /** JSON; equal values are equal inputs. */
  readonly value: unknown;
  /** What stands for the value where it is only a digest: asked for when a step is recorded, not when it is looked for. */
  readonly layers?: () => LayerStack;
  readonly files?: () => Promise<FileFacts>;
}

/** Everything that decides a step's result, in a fixed order. */
export interface StepKey {
  /** The kind of step with the version of its meaning: another version finds nothing of this one. */
  readonly form: string;
  readonly parts: readonly KeyPart[];
}

export function setting(name: string, value: unknown): KeyPart {
  return { kind: "setting", name, value };
}

/** What is hashed. */
export function keyText({ form, parts }: StepKey): unknown[] {
  return [form, ...parts.map(({ kind, name, value }) => [kind, name, value])];
}
