import type { Stage } from "../dockerfile/mod.ts";
import { closest, isKasaneError, KasaneError } from "../lib/mod.ts";

/** A stage whose name was mistyped is looked for as an image; when that cannot be had, the error names the stage. */
export function orNearStage(error: unknown, name: string, earlier: readonly Stage[]): unknown {
  if (!isKasaneError(error) || error.code === "cancelled") return error;
  const names = earlier.map((stage) => stage.from.stageName).filter((each) => each !== undefined);
  const near = closest(name, names);
  if (near === undefined) return error;
  return new KasaneError(error.code, error.message, {
    hint: `did you mean the stage ${near}?`,
    cause: error,
  });
}
