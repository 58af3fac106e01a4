import { randomBytes } from "node:crypto";
import { BoundedMap } from "../lib/mod.ts";
import { anonymous, type Guard, type Peer, RegistryFailure, type Session } from "../registry/mod.ts";
import type { AccessRules } from "./access-rules.ts";
import { AccessSession } from "./access-session.ts";
import { parseBasic } from "./basic-credentials.ts";
import { type ChallengeOptions, challengeFor, type LoginWay, wantedBy } from "./challenge.ts";
import type { FailedLogins } from "./failed-logins.ts";
import { holds, type Identity, type KnownIdentity } from "./identity.ts";
import type { OriginOptions } from "./origin.ts";
import type { Subject, Subjects } from "./subjects.ts";
import type { Tokens } from "./tokens.ts";

/** A header whose credentials were right is not looked into again for so long, ms. */
const rememberedMs = 5 * 60_000;
const rememberedHeaders = 4096;
const limitHeaderCharacters = 16 * 1024;

/** What podman and skopeo send when they are asked for a password and have none: no name and no password. */
const nobody = "Basic Og==";

export interface GuardParts {
  readonly rules: AccessRules;
  readonly subjects: Subjects;
  readonly failedLogins: FailedLogins;
  readonly tokens: Tokens | undefined;
  /** Absent where nobody can log in. */
  readonly way: LoginWay | undefined;
  readonly origin: OriginOptions;
  readonly now: () => number;
}

/**
 * Who asks, and what he may. Credentials that were right are remembered by a keyed hash of the whole header, so that a request costs a
 * hash and a look into a map; whatever makes them wrong (a changed file, a changed robot, the end of a token) ends that.
 */
export class AccessGuard implements Guard {
  readonly #parts: GuardParts;
  readonly #known = new BoundedMap<string, KnownIdentity>(rememberedHeaders);
  readonly #checking = new Map<string, Promise<KnownIdentity>>();
  /** Never leaves the process: what is kept in memory tells nobody a password. */
  readonly #key = randomBytes(32);
  readonly #anonymous: Identity;
  readonly #challenge: (request: Request, options: ChallengeOptions) => string | undefined;

  constructor(parts: GuardParts) {
    this.#parts = parts;
    // Refused at the door, a client asks for a password; where there are none, it would only go away.
    const isAdmitted = parts.way === undefined && parts.rules.hasAnonymous;
    this.#anonymous = { caller: anonymous, rights: parts.rules.anonymous, isAdmitted };
    this.#challenge = (request, options) =>
      parts.way && challengeFor(request, parts.way, { ...parts.origin, ...options });
  }

  admit(request: Request, peer: Peer): Session | Promise<Session> {
    const header = request.headers.get("authorization");
    if (header === null || header === nobody) return this.#session(this.#ofConnection(peer), request);
    const key = this.#digest(header);
    const known = this.#known.get(key);
    if (known === undefined) return this.#check(header, key, request, peer);
    const isValid = holds(known, this.#parts.now());
    if (isValid === true) return this.#session(known.identity, request);
    return this.#checkAgain({ isValid, known, header, key }, request, peer);
  }

  /** Whoever the `Authorization` header and the connection say, for the token endpoint. */
  async subject(request: Request, peer: Peer): Promise<Subject | undefined> {
    const header = request.headers.get("authorization");
    if (header === null || header === nobody) return this.#certificate(peer);
    const credentials = parseBasic(header);
    if (credentials === undefined) throw this.#wrong(request);
    const { identity } = await this.#remembered(header, request, peer);
    return await this.#parts.subjects.find(identity.caller);
  }

  forget(): void {
    this.#known.clear();
  }

  async #remembered(header: string, request: Request, peer: Peer): Promise<KnownIdentity> {
    const key = this.#digest(header);
    const known = this.#known.get(key);
    if (known !== undefined && (await holds(known, this.#parts.now()))) return known;
    return await this.#identify(header, key, request, peer);
  }

  #digest(header: string): string {
    return new Bun.CryptoHasher("sha256", this.#key).update(header).digest("base64");
  }

  #session(identity: Identity, request: Request): Session {
    return new AccessSession(identity, request, this.#challenge);
  }

  #certificate({ certificate }: Peer): Subject | undefined {
    if (certificate === undefined) return undefined;
    return this.#parts.subjects.certificate(certificate.commonName || (certificate.names[0] ?? ""));
  }

  #ofConnection(peer: Peer): Identity {
    const subject = peer.certificate && this.#certificate(peer);
    return subject ? { caller: subject.caller, rights: subject.rights, isAdmitted: true } : this.#anonymous;
  }

  async #checkAgain(
    seen: { isValid: boolean | Promise<boolean>; known: KnownIdentity; header: string; key: string },
    request: Request,
    peer: Peer,
  ): Promise<Session> {
    if (await seen.isValid) return this.#session(seen.known.identity, request);
    if (this.#known.get(seen.key) === seen.known) this.#known.delete(seen.key);
    return await this.#check(seen.header, seen.key, request, peer);
  }

  async #check(header: string, key: string, request: Request, peer: Peer): Promise<Session> {
    return this.#session((await this.#identify(header, key, request, peer)).identity, request);
  }

  /** Of requests that come at once with the same header, one is checked and all get its answer. */
  async #identify(header: string, key: string, request: Request, peer: Peer): Promise<KnownIdentity> {
    const place = `${key} ${peer.address}`;
    let checking = this.#checking.get(place);
    if (checking === undefined) {
      checking = this.#verified(header, request, peer).finally(() => this.#checking.delete(place));
      this.#checking.set(place, checking);
      this.#known.set(key, await checking);
    }
    return await checking;
  }

  async #verified(header: string, request: Request, peer: Peer): Promise<KnownIdentity> {
    try {
      const found = await this.#verify(header, peer);
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof RegistryFailure) || error.code !== "UNAUTHORIZED") throw error;
      throw this.#wrong(request, error.message);
    }
    throw this.#wrong(request);
  }

  async #verify(header: string, peer: Peer): Promise<KnownIdentity | undefined> {
    const { subjects, failedLogins, tokens, now } = this.#parts;
    if (header.length > limitHeaderCharacters) return undefined;
    if (isBearer(header)) return await tokens?.verify(header.slice("bearer ".length).trim());
    const credentials = subjects.hasAny ? parseBasic(header) : undefined;
    if (credentials === undefined) return undefined;
    const subject = await failedLogins.attempt(
      { address: peer.address, userName: credentials.userName },
      () => subjects.logIn(credentials),
    );
    return subject && knownOf(subject, now() + rememberedMs);
  }

  #wrong(request: Request, message?: string): RegistryFailure {
    const isToken = isBearer(request.headers.get("authorization") ?? "");
    const header = this.#challenge(request, {
      wanted: wantedBy(request),
      ...(isToken ? { error: "invalid_token" } : {}),
    });
    return new RegistryFailure("UNAUTHORIZED", {
      message: message ?? (isToken ? "the token is not valid here" : "wrong user name or password"),
      ...(header === undefined ? {} : { headers: { "www-authenticate": header } }),
    });
  }
}

function isBearer(header: string): boolean {
  return /^bearer(?: |$)/i.test(header);
}

function knownOf(subject: Subject, rememberedUntilMs: number): KnownIdentity {
  const { caller, rights, untilMs, source, version } = subject;
  return {
    identity: { caller, rights, isAdmitted: true },
    untilMs: Math.min(untilMs, rememberedUntilMs),
    sources: [{ source, version }],
  };
}
