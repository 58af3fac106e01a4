import { isKasaneError, KasaneError } from "../lib/mod.ts";
import type { Answer } from "./answer.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credential, CredentialSource } from "./credentials.ts";
import { isLoopbackHost } from "./host.ts";
import { unlessCancelled } from "./retry.ts";
import { mergeScopes } from "./scope.ts";
import { type AccessToken, basicAuthorization, fetchToken } from "./token.ts";
import type { Transport } from "./transport.ts";

/** What a request needs to be allowed to do. */
export interface Access {
  readonly repository?: string | undefined;
  readonly scopes: readonly string[];
  readonly action: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The `Authorization` header for one registry: learns from its challenges, keeps tokens per set of scopes, renews them before
 * they end, and asks for each only once however many requests wait for it.
 */
export class Authorizer {
  readonly #host: string;
  readonly #source: CredentialSource | undefined;
  readonly #transport: Transport;
  /** Whether a token server may be anywhere on plain HTTP; else only on this machine, where the registry is too. */
  readonly #allowPlain: boolean;
  #challenge: Challenge | undefined;
  readonly #onIdentityToken: ((token: string) => void) | undefined;
  readonly #tokens = new Map<string, Promise<AccessToken>>();
  readonly #credentials = new Map<string, Promise<Credential | undefined>>();
  /** Why there are no credentials, where the source failed. */
  sourceFailure: KasaneError | undefined;

  constructor(options: {
    host: string;
    credentials: CredentialSource | undefined;
    transport: Transport;
    allowPlain: boolean;
    onIdentityToken?: ((token: string) => void) | undefined;
  }) {
    this.#host = options.host;
    this.#source = options.credentials;
    this.#transport = options.transport;
    this.#allowPlain = options.allowPlain;
    this.#onIdentityToken = options.onIdentityToken;
  }

  /** What to send with a request; undefined while the registry has not asked for anything. */
  async header(access: Access): Promise<string | undefined> {
    const challenge = this.#challenge;
    if (challenge === undefined) return undefined;
    const credential = await this.credential(access.repository);
    if (credential?.kind === "registry-token") return `Bearer ${credential.token}`;
    if (challenge.scheme === "basic") {
      return credential?.kind === "password" ? basicAuthorization(credential) : undefined;
    }
    return `Bearer ${(await this.#token(challenge, credential, access)).value}`;
  }

  /**
   * Takes in the refusal of a request that was sent with `sent`. Returns the header to try again with; undefined when
   * there is nothing better to offer.
   */
  async answer(refusal: Answer, sent: string | undefined, access: Access): Promise<string | undefined> {
    const challenge = this.learn(refusal);
    if (challenge === undefined) return undefined;
    const wanted = challenge.params.scope?.split(" ").filter((scope) => scope !== "") ?? [];
    const wider = { ...access, scopes: mergeScopes([...access.scopes, ...wanted]) };
    const key = this.#key(challenge, access);
    const header = await this.header(wider);
    // The same scopes as before: that token was refused, so it is spent, whatever its lifetime said.
    if (header !== undefined && header === sent && challenge.scheme === "bearer") {
      this.#tokens.delete(this.#key(challenge, wider));
      const renewed = await this.header(wider);
      return renewed === sent ? undefined : renewed;
    }
    if (header !== undefined && header !== sent && challenge.scheme === "bearer") {
      // The next request of this kind starts with what turned out to be needed.
      const token = this.#tokens.get(this.#key(challenge, wider));
      if (token) this.#tokens.set(key, token);
    }
    return header === sent ? undefined : header;
  }

  /** Remembers how an answer wants to be authorised; the strongest way it offers that is known here. */
  learn(answer: Answer): Challenge | undefined {
    const challenges = parseChallenges(answer.headers.get("www-authenticate"));
    const challenge =
      challenges.find((one) => one.scheme === "bearer" && one.params.realm !== undefined) ??
      challenges.find((one) => one.scheme === "basic");
    if (challenge !== undefined) this.#challenge = challenge;
    return challenge;
  }

  /**
   * A source that fails (a helper program that is not installed) counts as one that has nothing, as in Docker: most pulls need no
   * credentials. The failure is kept for the message, should they turn out to be needed.
   */
  credential(repository: string | undefined): Promise<Credential | undefined> {
    if (this.#source?.isChanging) return this.#ask(repository);
    const key = repository ?? "";
    let found = this.#credentials.get(key);
    if (found === undefined) {
      found = this.#ask(repository);
      this.#credentials.set(key, found);
    }
    return found;
  }

  async #ask(repository: string | undefined): Promise<Credential | undefined> {
    try {
      return await this.#source?.find(this.#host, repository);
    } catch (error) {
      if (!isKasaneError(error)) throw error;
      this.sourceFailure = error;
      return undefined;
    }
  }

  #key(challenge: Challenge, access: Access): string {
    return [challenge.params.realm, challenge.params.service, ...mergeScopes(access.scopes)].join(" ");
  }

  async #token(
    challenge: Challenge,
    credential: Credential | undefined,
    access: Access,
  ): Promise<AccessToken> {
    const key = this.#key(challenge, access);
    const kept = this.#tokens.get(key);
    if (kept !== undefined) {
      const token = await unlessCancelled(kept, access.signal);
      if (token.staleAtMs > performance.now()) return token;
    }
    // Another request may have asked for the new one while this one looked at the old.
    const current = this.#tokens.get(key);
    if (current !== undefined && current !== kept) return unlessCancelled(current, access.signal);
    const asked = fetchToken(this.#transport, {
      realm: this.#realm(challenge, access),
      service: challenge.params.service,
      scopes: mergeScopes(access.scopes),
      credential,
      host: this.#host,
      action: access.action,
      onIdentityToken: this.#onIdentityToken,
    });
    this.#tokens.set(key, asked);
    asked.catch(() => {
      if (this.#tokens.get(key) === asked) this.#tokens.delete(key);
    });
    return unlessCancelled(asked, access.signal);
  }

  /** A registry on this machine has no say over whom on the network credentials are told in clear text. */
  #mayBePlain(realm: URL): boolean {
    return this.#allowPlain || (isLoopbackHost(this.#host) && isLoopbackHost(realm.host));
  }

  #realm(challenge: Challenge, access: Access): URL {
    const realm = challenge.params.realm ?? "";
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    if (url?.protocol === "https:" || (url?.protocol === "http:" && this.#mayBePlain(url))) return url;
    throw new KasaneError(
      "protocol",
      `${access.action}: ${this.#host} names a token server that is not an https address`,
      {
        hint: "credentials are never sent in clear text; fix the registry's realm setting",
        data: { host: this.#host },
      },
    );
  }
}
