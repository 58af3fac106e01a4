import type { KnownIdentity } from "./identity.ts";

/** Bearer tokens that are taken here. */
export interface Tokens {
  /** undefined for a token that is not valid here. */
  verify(token: string): Promise<KnownIdentity | undefined>;
}
