import { KasaneError } from "../lib/mod.ts";
import type { Digest } from "../oci/mod.ts";

/** Bytes that are not what they were announced to be: damaged on the way, or not what was asked for. */
export function digestMismatch(expected: Digest, actual: Digest, sizeBytes: number): KasaneError {
  return new KasaneError(
    "digest-mismatch",
    `cannot store blob ${expected}: the ${sizeBytes} bytes received have digest ${actual}`,
    { hint: "the data was damaged on its way or at its source; try again" },
  );
}
