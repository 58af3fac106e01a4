import { isKasaneError, KasaneError } from "../../lib/mod.ts";

/** Docker's convention: whatever keeps a container from running is 125. */
export function failureToRun(error: unknown): unknown {
  if (!isKasaneError(error) || error.data.exitCode !== undefined) return error;
  return new KasaneError(error.code, error.message, {
    cause: error,
    data: { ...error.data, exitCode: 125 },
    ...(error.hint && { hint: error.hint }),
  });
}
