import { isKasaneError, KasaneError } from "../../lib/errors.ts";

type Engine = typeof import("../../template/mod.ts");

/** The template language, loaded when a template asks for more than plain columns: nobody else pays for it at start-up. */
export function engine(): Engine {
  return require("../../template/mod.ts") as Engine;
}

/**
 * Does something with a template.
 * @throws KasaneError `usage` with docker's words and exit code before those of the template
 */
export function orParsingError<T>(work: () => T, exitCode: 1 | 64): T {
  try {
    return work();
  } catch (error) {
    if (!isKasaneError(error, "usage")) throw error;
    const hint = error.hint ?? "docs/format.md tells what templates can do";
    throw new KasaneError("usage", `template parsing error: ${error.message}`, {
      cause: error,
      hint,
      data: { exitCode },
    });
  }
}
