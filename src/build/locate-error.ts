import type { DockerfileSource, SourceRange } from "../dockerfile/mod.ts";
import { isKasaneError, KasaneError } from "../lib/mod.ts";

/** Runs `work`; an error that does not say where in the Dockerfile it belongs is thrown again with file, line and excerpt. */
export function locateError<T>(source: DockerfileSource, range: SourceRange, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw locatedError(source, range, error);
  }
}

/** The same error with the place in it, its code and data kept. What is located already, cancelled, or not ours stays as it is. */
export function locatedError(source: DockerfileSource, range: SourceRange, error: unknown): unknown {
  if (!isKasaneError(error) || error.code === "cancelled" || error.data.line !== undefined) return error;
  // The excerpt stands right below what it is about; more lines, such as the output of a command, follow it.
  const [first, ...rest] = error.message.split("\n");
  const message = [`${source.name}:${range.startLine}: ${first}`, source.excerpt(range), ...rest].join("\n");
  return new KasaneError(error.code, message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
    data: { ...error.data, file: source.name, line: range.startLine, endLine: range.endLine },
  });
}
