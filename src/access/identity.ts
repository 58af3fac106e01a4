import type { Caller, Wanted } from "../registry/mod.ts";
import type { Rights } from "./rights.ts";
import type { Source } from "./source.ts";

/** Who somebody turned out to be. */
export interface Identity {
  readonly caller: Caller;
  readonly rights: Rights;
  /** Whose repositories lists show, where that is not `rights`. */
  readonly listed?: Rights;
  readonly isAdmitted: boolean;
  /** For tokens: whether another one could allow what this one does not. */
  readonly couldGain?: (wanted: readonly Wanted[]) => boolean;
}

/** An identity with how long it holds. */
export interface KnownIdentity {
  readonly identity: Identity;
  readonly untilMs: number;
  readonly sources: readonly { readonly source: Source; readonly version: number }[];
}

/** Whether it holds still. A promise only when a source has to look, which is seldom. */
export function holds(known: KnownIdentity, nowMs: number): boolean | Promise<boolean> {
  if (nowMs >= known.untilMs) return false;
  for (const { source, version } of known.sources) {
    const looking = source.refresh(nowMs);
    if (looking !== undefined) return Promise.all([looking, ...refreshAll(known, nowMs)]).then(isSame);
    if (source.version !== version) return false;
  }
  return true;

  function isSame(): boolean {
    return known.sources.every(({ source, version }) => source.version === version);
  }
}

function refreshAll({ sources }: KnownIdentity, nowMs: number): (undefined | Promise<void>)[] {
  return sources.map(({ source }) => source.refresh(nowMs));
}
