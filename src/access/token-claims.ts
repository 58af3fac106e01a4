import type { Action } from "../registry/mod.ts";
import { actionBits, type Rights } from "./rights.ts";
import { type AccessEntry, repositoriesOf } from "./token-scope.ts";

const limitEntries = 1024;

/** The `access` claim of a token. undefined where it has another shape than the specification's. */
export function readAccessClaim(claim: unknown): AccessEntry[] | undefined {
  if (claim === undefined || claim === null) return [];
  if (!Array.isArray(claim) || claim.length > limitEntries) return undefined;
  for (const entry of claim as Partial<AccessEntry>[]) {
    const isEntry =
      typeof entry?.type === "string" &&
      typeof entry.name === "string" &&
      Array.isArray(entry.actions) &&
      entry.actions.every((action) => typeof action === "string");
    if (!isEntry) return undefined;
  }
  return claim as AccessEntry[];
}

/** What the entries allow, and nothing else. */
export function rightsOfClaim(entries: readonly AccessEntry[]): Rights {
  const repositories = repositoriesOf(entries);
  return {
    allows: (action: Action, repository: string) =>
      ((repositories.get(repository) ?? 0) & actionBits[action]) !== 0,
  };
}

export function either(one: Rights, other: Rights): Rights {
  return { allows: (action, name) => one.allows(action, name) || other.allows(action, name) };
}

export function both(one: Rights, other: Rights): Rights {
  return { allows: (action, name) => one.allows(action, name) && other.allows(action, name) };
}
