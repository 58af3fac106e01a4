import { KasaneError } from "../../lib/mod.ts";

/** Where a value stands: `config.yml:12`, `REGISTRY_HTTP_ADDR`. */
export interface Origin {
  readonly place: string;
  /** `http.tls.key`, with numbers for items of lists. */
  readonly path: string;
}

export function configError(origin: Origin, reason: string, hint?: string): KasaneError {
  return new KasaneError(
    "invalid-config",
    `${origin.place}: ${origin.path}: ${reason}`,
    hint ? { hint } : {},
  );
}
