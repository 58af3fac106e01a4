import { isKasaneError, KasaneError } from "../../lib/mod.ts";

/** Docker's convention: whatever keeps a container from running is 125. */
export function failureToRun(error: unknown): unknown {
  if (!isKasaneError(error) || error.data.exitCode !== undefined) return error;
  return withExitCode(error, 125);
}

/** The same of `exec`, where what keeps the command from beginning (a user that is not there) is 126. */
export function failureToEnter(error: unknown): unknown {
  if (isKasaneError(error, "sandbox") && error.data.exitCode === 125) return withExitCode(error, 126);
  return failureToRun(error);
}

function withExitCode(error: KasaneError, exitCode: number): KasaneError {
  return new KasaneError(error.code, error.message, {
    cause: error,
    data: { ...error.data, exitCode },
    ...(error.hint && { hint: error.hint }),
  });
}
