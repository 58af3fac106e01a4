import type { VariableLookup } from "../expand.ts";

/** A lookup that remembers what it was asked for. */
export interface RecordingLookup {
  readonly lookup: VariableLookup;
  readonly found: Set<string>;
  readonly missing: Set<string>;
}

export function recordingLookup(inner: VariableLookup): RecordingLookup {
  const found = new Set<string>();
  const missing = new Set<string>();
  return {
    found,
    missing,
    lookup(name) {
      const value = inner(name);
      (value === undefined ? missing : found).add(name);
      return value;
    },
  };
}
