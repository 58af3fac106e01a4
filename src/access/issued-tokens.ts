import { randomUUID } from "node:crypto";
import { decodeProtectedHeader, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { anonymous, type Caller } from "../registry/mod.ts";
import type { TokenIssuerConfig } from "./access-config.ts";
import type { AccessRules } from "./access-rules.ts";
import type { Identity, KnownIdentity } from "./identity.ts";
import { type SigningKey, type SigningKeys, signingAlgorithm } from "./signing-keys.ts";
import type { Subject, Subjects } from "./subjects.ts";
import { both, either, readAccessClaim, rightsOfClaim } from "./token-claims.ts";
import { type AccessEntry, hasCatalog } from "./token-scope.ts";
import type { Tokens } from "./tokens.ts";

/** Some clients take a token that has less as spent. */
const shortestLifetimeMs = 60_000;
const refreshLifetimeMs = 30 * 24 * 3600_000;
const leewayS = 30;
const accessType = "JWT";
/** Told apart from access tokens by type and by audience: neither passes for the other. */
const refreshType = "refresh+jwt";
const kinds: readonly Caller["kind"][] = ["anonymous", "user", "robot", "certificate"];

export interface IssuedToken {
  readonly token: string;
  readonly lifetimeMs: number;
  readonly issuedAtMs: number;
}

/**
 * The tokens that this registry issues, and takes back. A token never allows more than its subject may at the moment it is used: whoever
 * is removed, disabled or has lost a right has lost it with all tokens.
 */
export class IssuedTokens implements Tokens {
  readonly #config: TokenIssuerConfig;
  readonly #keys: SigningKeys;
  readonly #subjects: Subjects;
  readonly #rules: AccessRules;
  readonly #now: () => number;

  constructor(parts: {
    config: TokenIssuerConfig;
    keys: SigningKeys;
    subjects: Subjects;
    rules: AccessRules;
    now: () => number;
  }) {
    this.#config = parts.config;
    this.#keys = parts.keys;
    this.#subjects = parts.subjects;
    this.#rules = parts.rules;
    this.#now = parts.now;
  }

  /** `subject` absent: for somebody anonymous. */
  async issue(subject: Subject | undefined, access: readonly AccessEntry[]): Promise<IssuedToken> {
    const issuedAtMs = this.#now();
    const untilMs = subject?.untilMs ?? Number.POSITIVE_INFINITY;
    const lifetimeMs = Math.max(
      1000,
      Math.min(Math.max(this.#config.lifetimeMs, shortestLifetimeMs), untilMs - issuedAtMs),
    );
    const { kind, name } = subject?.caller ?? anonymous;
    const token = await this.#sign(
      { access, kind },
      { name, type: accessType, audience: this.#config.service, issuedAtMs, lifetimeMs },
    );
    return { token, lifetimeMs, issuedAtMs };
  }

  /** Gets access tokens instead of the password, until that changes. */
  async issueRefresh(subject: Subject): Promise<string> {
    const issuedAtMs = this.#now();
    const { kind, name } = subject.caller;
    return await this.#sign(
      { kind, credential: subject.fingerprint },
      {
        name,
        type: refreshType,
        audience: this.#refreshAudience,
        issuedAtMs,
        lifetimeMs: Math.min(refreshLifetimeMs, subject.untilMs - issuedAtMs),
      },
    );
  }

  /** Whose refresh token it is. undefined for one that is not valid, or whose password has changed. */
  async redeem(token: string): Promise<Subject | undefined> {
    const payload = await this.#payload(token, { type: refreshType, audience: this.#refreshAudience });
    const caller = payload && callerOf(payload);
    const subject = caller && (await this.#subjects.find(caller));
    return subject?.fingerprint === payload?.credential ? subject : undefined;
  }

  async verify(token: string): Promise<KnownIdentity | undefined> {
    const payload = await this.#payload(token, { type: accessType, audience: this.#config.service });
    const caller = payload && callerOf(payload);
    const access = payload && readAccessClaim(payload.access);
    if (caller === undefined || access === undefined) return undefined;
    const untilMs = payload!.exp! * 1000;
    if (caller.kind === "anonymous") return { identity: this.#anonymous(), untilMs, sources: [] };
    const subject = await this.#subjects.find(caller);
    if (subject === undefined) return undefined;
    return {
      identity: this.#identity(subject, access),
      untilMs: Math.min(untilMs, subject.untilMs),
      sources: [{ source: subject.source, version: subject.version }],
    };
  }

  #identity({ caller, rights }: Subject, access: readonly AccessEntry[]): Identity {
    return {
      caller,
      rights: either(both(rightsOfClaim(access), rights), this.#rules.anonymous),
      ...(hasCatalog(access) ? { listed: rights } : {}),
      isAdmitted: true,
      couldGain: (wanted) =>
        wanted.every(({ repository, actions }) =>
          actions.every((action) => rights.allows(action, repository)),
        ),
    };
  }

  #anonymous(): Identity {
    return {
      caller: anonymous,
      rights: this.#rules.anonymous,
      isAdmitted: false,
      couldGain: () => true,
    };
  }

  get #refreshAudience(): string {
    return `${this.#config.service}#refresh`;
  }

  async #sign(
    payload: JWTPayload,
    about: { name: string; type: string; audience: string; issuedAtMs: number; lifetimeMs: number },
  ): Promise<string> {
    const { kid, privateKey } = await this.#keys.current();
    const issuedAt = Math.floor(about.issuedAtMs / 1000);
    return await new SignJWT(payload)
      .setProtectedHeader({ alg: signingAlgorithm, typ: about.type, kid })
      .setIssuer(this.#config.issuer)
      .setSubject(about.name)
      .setAudience(about.audience)
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(issuedAt + Math.ceil(about.lifetimeMs / 1000))
      .setJti(randomUUID())
      .sign(privateKey);
  }

  async #payload(
    token: string,
    expected: { type: string; audience: string },
  ): Promise<(JWTPayload & { access?: unknown; kind?: unknown; credential?: unknown }) | undefined> {
    const key = await this.#keyOf(token);
    if (key === undefined) return undefined;
    try {
      const { payload } = await jwtVerify(token, key.publicKey, {
        algorithms: [signingAlgorithm],
        typ: expected.type,
        issuer: this.#config.issuer,
        audience: expected.audience,
        requiredClaims: ["exp", "nbf", "sub"],
        clockTolerance: leewayS,
        currentDate: new Date(this.#now()),
      });
      return payload;
    } catch {
      return undefined;
    }
  }

  async #keyOf(token: string): Promise<SigningKey | undefined> {
    let kid: string | undefined;
    try {
      kid = decodeProtectedHeader(token).kid;
    } catch {
      return undefined;
    }
    return typeof kid === "string" ? await this.#keys.find(kid) : undefined;
  }
}

function callerOf({ kind, sub }: JWTPayload & { kind?: unknown }): Caller | undefined {
  const known = kinds.find((one) => one === kind);
  return known === undefined || typeof sub !== "string" ? undefined : { kind: known, name: sub };
}
