import type { KnownIdentity } from "./identity.ts";

/** Bearer tokens that are taken here. */
export interface Tokens {
  /** undefined for a token that is not valid here. */
  verify(token: string): Promise<KnownIdentity | undefined>;
}

/** The first that knows the token counts: of each, issuer and keys are its own. */
export function firstOf(kinds: readonly Tokens[]): Tokens | undefined {
  if (kinds.length === 0) return undefined;
  return {
    async verify(token) {
      for (const kind of kinds) {
        const known = await kind.verify(token);
        if (known !== undefined) return known;
      }
      return undefined;
    },
  };
}
