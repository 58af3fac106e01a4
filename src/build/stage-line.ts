import { ArgumentError, type DockerfileSource, type StageInstruction } from "../dockerfile/mod.ts";
import { locatedError } from "./locate-error.ts";

/** An instruction of a stage, with where it came from. */
export interface StageLine {
  readonly instruction: StageInstruction;
  readonly source: DockerfileSource;
  readonly isOnBuild: boolean;
}

/** Runs `work`; what it throws says where the line stands. */
export function atLine<T>(line: StageLine, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw errorAt(line, error);
  }
}

export function errorAt({ source, instruction }: StageLine, error: unknown): unknown {
  if (error instanceof ArgumentError) {
    return source.error(instruction.range, error.message, { hint: error.hint, mark: error.mark });
  }
  return locatedError(source, instruction.range, error);
}
