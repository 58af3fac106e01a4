import { type CircuitPatience, defaultCircuitPatience } from "./circuit.ts";

/** How long upstreams are waited for. Everything in ms. */
export interface Patience {
  /** To look whether a tag has moved, where what is here can be served instead. */
  readonly checkMs: number;
  /** To get a manifest or a list that is not here. */
  readonly fetchMs: number;
  /** How a download that breaks is gone on with. */
  readonly retry: { readonly attempts: number; readonly baseMs: number; readonly maxMs: number };
  readonly timeouts: { readonly headersMs: number; readonly stallMs: number };
  /** How long "there is no such thing" is believed. */
  readonly absentMs: number;
  /** How long a list of tags or referrers is used again. */
  readonly listMs: number;
  /** How long a blob that is not kept can still be asked for when its last reader has gone. */
  readonly lingerMs: number;
  readonly circuit: CircuitPatience;
}

export const defaultPatience: Patience = {
  checkMs: 4_000,
  fetchMs: 15_000,
  retry: { attempts: 5, baseMs: 200, maxMs: 3_000 },
  timeouts: { headersMs: 10_000, stallMs: 30_000 },
  absentMs: 5_000,
  listMs: 30_000,
  lingerMs: 5_000,
  circuit: defaultCircuitPatience,
};
