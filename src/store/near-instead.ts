import { isKasaneError, KasaneError } from "../lib/errors.ts";

/** The names here that are near, as the hint of what find() threw; undefined where there are none. */
export function nearHint(missing: unknown): string | undefined {
  return isKasaneError(missing) && missing.data.isNear === true ? missing.hint : undefined;
}

/**
 * Why an image that is not here could not be fetched either. What find() said of names here that are near comes before what to do about a
 * registry, unless that one tells names of its own.
 */
export function nearInstead(error: unknown, missing: unknown): unknown {
  const hint = nearHint(missing);
  if (hint === undefined || !isKasaneError(error) || error.data.host === undefined) return error;
  if (error.code === "not-found" && error.hint?.startsWith("search for it") === false) return error;
  return new KasaneError(error.code, error.message, { hint, data: error.data, cause: error });
}
