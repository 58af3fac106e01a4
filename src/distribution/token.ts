import { collect, KasaneError } from "../lib/mod.ts";
import type { Answer } from "./answer.ts";
import type { Credential } from "./credentials.ts";
import { responseError } from "./response-error.ts";
import type { Transport } from "./transport.ts";

/** An access token with the moment (performance.now()) from which a new one is needed. */
export interface AccessToken {
  readonly value: string;
  readonly staleAtMs: number;
}

export interface TokenRequest {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
  /** The registry as users write it. */
  readonly host: string;
  readonly action: string;
  /** With it a password is also exchanged for an identity token, where the server gives any. */
  readonly onIdentityToken?: ((token: string) => void) | undefined;
}

const answerLimitBytes = 1024 * 1024;
const defaultLifetimeS = 60;
const longestLifetimeS = 24 * 3600;
const clientId = "kasane";

/**
 * Gets an access token from a token server: by GET, anonymously or with a password, or by OAuth2 POST with an identity
 * token (Docker's token authentication specification and its OAuth2 companion).
 * @throws KasaneError `unauthorized`, `denied`, `network`, `protocol`
 */
export async function fetchToken(transport: Transport, request: TokenRequest): Promise<AccessToken> {
  const answer =
    request.credential?.kind === "identity-token"
      ? await exchangeIdentityToken(transport, request, request.credential.token)
      : await askForToken(transport, request);
  if (answer.status !== 200) {
    throw await responseError(answer, {
      action: request.action,
      host:
        request.realm.host === request.host
          ? request.host
          : `${request.host} (token server ${request.realm.host})`,
      hasCredential: request.credential !== undefined,
    });
  }
  return readToken(await collect(answer.body(), answerLimitBytes, "the token server's answer"), request);
}

function askForToken(transport: Transport, request: TokenRequest): Promise<Answer> {
  const url = new URL(request.realm);
  if (request.service !== undefined) url.searchParams.set("service", request.service);
  for (const scope of request.scopes) url.searchParams.append("scope", scope);
  const { credential } = request;
  if (credential?.kind !== "password") {
    return transport.exchange({ method: "GET", url, action: request.action });
  }
  url.searchParams.set("account", credential.username);
  if (request.onIdentityToken !== undefined) {
    url.searchParams.set("offline_token", "true");
    url.searchParams.set("client_id", clientId);
  }
  return transport.exchange({
    method: "GET",
    url,
    authorization: basicAuthorization(credential),
    action: request.action,
  });
}

function exchangeIdentityToken(
  transport: Transport,
  request: TokenRequest,
  identityToken: string,
): Promise<Answer> {
  const form = new URLSearchParams({ grant_type: "refresh_token", client_id: clientId });
  if (request.service !== undefined) form.set("service", request.service);
  if (request.scopes.length > 0) form.set("scope", request.scopes.join(" "));
  form.set("refresh_token", identityToken);
  const bytes = new TextEncoder().encode(form.toString());
  return transport.exchange({
    method: "POST",
    url: request.realm,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: { sizeBytes: bytes.length, open: () => bytes },
    isSecret: true,
    action: request.action,
  });
}

function readToken(bytes: Uint8Array, request: TokenRequest): AccessToken {
  let answer:
    | { token?: unknown; access_token?: unknown; expires_in?: unknown; refresh_token?: unknown }
    | undefined;
  try {
    answer = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    answer = undefined;
  }
  const value = [answer?.token, answer?.access_token].find(
    (token) => typeof token === "string" && token !== "",
  );
  // A line break in a token would be a second header.
  if (typeof value !== "string" || !/^[\x21-\x7e]+$/.test(value)) {
    throw new KasaneError(
      "protocol",
      `${request.action}: the token server ${request.realm.host} sent no usable token`,
    );
  }
  const identityToken = answer?.refresh_token;
  if (typeof identityToken === "string" && identityToken !== "") request.onIdentityToken?.(identityToken);
  const told = answer?.expires_in;
  const lifetimeS =
    typeof told === "number" && told > 0 ? Math.min(told, longestLifetimeS) : defaultLifetimeS;
  // Renewed a little early, so that no token runs out on the way; the clocks of two machines are never compared.
  return { value, staleAtMs: performance.now() + lifetimeS * 1000 - Math.min(10_000, lifetimeS * 250) };
}

export function basicAuthorization(credential: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`, "utf8").toString("base64")}`;
}
