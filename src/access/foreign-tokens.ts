import { decodeProtectedHeader, type JWTHeaderParameters, type JWTPayload, jwtVerify } from "jose";
import { KasaneError } from "../lib/mod.ts";
import type { TokenVerifierConfig } from "./access-config.ts";
import type { AccessRules } from "./access-rules.ts";
import type { KnownIdentity } from "./identity.ts";
import { everyRight } from "./rights.ts";
import { either, readAccessClaim, rightsOfClaim } from "./token-claims.ts";
import { hasCatalog } from "./token-scope.ts";
import type { Tokens } from "./tokens.ts";
import { TrustedKeys } from "./trusted-keys.ts";

/** Signatures by public keys. Neither `none` nor HMAC, for which a public key would be the secret. */
const publicKeyAlgorithms: readonly string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
/** Two machines' clocks. */
const leewayS = 60;
const printable = /^[\x20-\x7e\u00a0-\uffff]{0,256}$/;

/** Tokens that another service issues, after distribution's token specification: they say what they allow. */
export class ForeignTokens implements Tokens {
  readonly #config: TokenVerifierConfig;
  readonly #algorithms: string[];
  readonly #keys: TrustedKeys;
  readonly #rules: AccessRules;
  readonly #now: () => number;

  /** @throws KasaneError `usage`, `io` */
  constructor(
    config: TokenVerifierConfig,
    parts: { rules: AccessRules; onWarning: (message: string) => void; now: () => number },
  ) {
    this.#config = config;
    this.#algorithms = [...(config.signingAlgorithms ?? publicKeyAlgorithms)];
    const wrong = this.#algorithms.find((name) => !publicKeyAlgorithms.includes(name));
    if (wrong !== undefined) {
      throw new KasaneError("usage", `tokens signed with ${JSON.stringify(wrong)} cannot be accepted`, {
        hint: `choose of ${publicKeyAlgorithms.join(", ")}`,
      });
    }
    this.#keys = new TrustedKeys(config, parts);
    this.#rules = parts.rules;
    this.#now = parts.now;
  }

  async verify(token: string): Promise<KnownIdentity | undefined> {
    this.#keys.refresh(this.#now());
    const { version } = this.#keys;
    const payload = await this.#payload(token);
    const access = payload && readAccessClaim(payload.access);
    if (access === undefined) return undefined;
    const name = typeof payload!.sub === "string" && printable.test(payload!.sub) ? payload!.sub : "";
    return {
      identity: {
        caller: { kind: "token", name },
        rights: either(rightsOfClaim(access), this.#rules.anonymous),
        ...(hasCatalog(access) ? { listed: everyRight } : {}),
        isAdmitted: true,
        // Nobody here knows what the service would give.
        couldGain: () => true,
      },
      untilMs: payload!.exp! * 1000,
      sources: [{ source: this.#keys, version }],
    };
  }

  /** Algorithm, key, signature, issuer, audience, times: in this order, and the first that is wrong ends it. */
  async #payload(token: string): Promise<(JWTPayload & { access?: unknown }) | undefined> {
    try {
      const header = decodeProtectedHeader(token) as JWTHeaderParameters;
      if (!this.#algorithms.includes(header.alg)) return undefined;
      const key = await this.#keys.find(header);
      if (key === undefined) return undefined;
      const { payload } = await jwtVerify(token, key, {
        algorithms: this.#algorithms,
        issuer: this.#config.issuer,
        audience: this.#config.service,
        requiredClaims: ["exp"],
        clockTolerance: leewayS,
        currentDate: new Date(this.#now()),
      });
      return payload;
    } catch {
      return undefined;
    }
  }
}
