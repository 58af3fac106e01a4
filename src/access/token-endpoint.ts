import { anonymous, type Caller, failureResponse, type Peer, RegistryFailure } from "../registry/mod.ts";
import type { AccessRules } from "./access-rules.ts";
import { basicHeader } from "./basic-credentials.ts";
import type { IssuedTokens } from "./issued-tokens.ts";
import type { SigningKeys } from "./signing-keys.ts";
import type { Subject } from "./subjects.ts";
import { grantScopes, parseScopes } from "./token-scope.ts";

/** Where tokens are asked for. */
export const tokenPath = "/auth/token";
/** Where others find the keys that verify them: a JWK set. */
export const keysPath = "/auth/keys";

const limitBodyBytes = 32 * 1024;

/** A token that is about to be issued. */
export interface TokenCall {
  readonly request: Request;
  readonly peer: Peer;
  readonly caller: Caller;
  /** What it allows, as scopes are written: `repository:team/app:pull,push`, several with spaces between, or nothing. */
  readonly scope: string;
}

export interface TokenEndpointParts {
  readonly service: string;
  readonly keys: SigningKeys;
  readonly tokens: IssuedTokens;
  readonly rules: AccessRules;
  /** Whoever the request's credentials and connection say; undefined for nobody. @throws RegistryFailure */
  readonly authenticate: (request: Request, peer: Peer) => Promise<Subject | undefined>;
  /** @throws RegistryFailure to refuse it */
  readonly beforeToken?: ((call: TokenCall) => void) | undefined;
  readonly onError: (error: unknown) => void;
}

/** What a client asks for, by query or form. */
interface Asked {
  readonly request: Request;
  readonly peer: Peer;
  readonly subject: Subject | undefined;
  readonly scopes: readonly string[];
  readonly isRefreshWanted: boolean;
}

/**
 * Docker's token authentication: `GET` with Basic credentials, a client certificate or nothing, and its OAuth2 companion: `POST` with
 * a password or a refresh token. Answers with what the caller may do of what he asks for.
 */
export function createTokenEndpoint(
  parts: TokenEndpointParts,
): (request: Request, peer: Peer) => Promise<Response> {
  return async (request, peer) => {
    try {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname.endsWith(keysPath)) return await publishKeys(parts, request);
      if (request.method === "GET")
        return await answer(parts, await byQuery(parts, { request, peer, searchParams }));
      if (request.method === "POST") return await answer(parts, await byForm(parts, { request, peer }));
      throw new RegistryFailure("UNSUPPORTED", { headers: { allow: "GET, POST" } });
    } catch (error) {
      if (!(error instanceof RegistryFailure)) parts.onError(error);
      return refuse(error instanceof RegistryFailure ? error : new RegistryFailure("UNKNOWN"), request);
    }
  };
}

async function byQuery(
  { service, authenticate }: TokenEndpointParts,
  asked: { request: Request; peer: Peer; searchParams: URLSearchParams },
): Promise<Asked> {
  const { request, peer, searchParams } = asked;
  checkService(searchParams.get("service"), service);
  return {
    request,
    peer,
    subject: await authenticate(request, peer),
    scopes: searchParams.getAll("scope"),
    isRefreshWanted: searchParams.get("offline_token") === "true",
  };
}

async function byForm(
  { service, tokens, authenticate }: TokenEndpointParts,
  { request, peer }: { request: Request; peer: Peer },
): Promise<Asked> {
  const form = await readForm(request);
  checkService(form.get("service"), service);
  const scopes = form.getAll("scope");
  const grant = form.get("grant_type");
  if (grant === "refresh_token") {
    const subject = await tokens.redeem(form.get("refresh_token") ?? "");
    if (subject === undefined) {
      throw new RegistryFailure("UNAUTHORIZED", { message: "the refresh token is not valid: log in again" });
    }
    return { request, peer, subject, scopes, isRefreshWanted: false };
  }
  if (grant !== "password") throw badRequest("grant_type must be password or refresh_token");
  const [userName, password] = [form.get("username") ?? "", form.get("password") ?? ""];
  // The same as a request with these as its credentials, so that it is remembered and slowed down alike.
  const login = new Request(request.url, { headers: { authorization: basicHeader({ userName, password }) } });
  return {
    request,
    peer,
    subject: await authenticate(login, peer),
    scopes,
    isRefreshWanted: form.get("access_type") === "offline",
  };
}

async function answer(
  { tokens, rules, beforeToken }: TokenEndpointParts,
  { request, peer, subject, scopes, isRefreshWanted }: Asked,
): Promise<Response> {
  const rights = subject?.rights ?? rules.anonymous;
  const access = grantScopes(parseScopes(scopes), { rights, isKnown: subject !== undefined });
  const scope = access.map(({ type, name, actions }) => `${type}:${name}:${actions.join(",")}`).join(" ");
  beforeToken?.({ request, peer, caller: subject?.caller ?? anonymous, scope });
  const { token, lifetimeMs, issuedAtMs } = await tokens.issue(subject, access);
  const refresh = isRefreshWanted && subject?.isRefreshable ? await tokens.issueRefresh(subject) : undefined;
  return json(
    {
      token,
      access_token: token,
      token_type: "Bearer",
      expires_in: Math.floor(lifetimeMs / 1000),
      issued_at: new Date(issuedAtMs).toISOString(),
      scope,
      ...(refresh === undefined ? {} : { refresh_token: refresh }),
    },
    { "content-type": "application/json", "cache-control": "no-store", pragma: "no-cache" },
  );
}

/** With an exact length, for whoever logs the answer. */
function json(value: unknown, headers: Readonly<Record<string, string>>): Response {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return new Response(body, { headers: { ...headers, "content-length": String(body.length) } });
}

async function publishKeys({ keys }: TokenEndpointParts, request: Request): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw new RegistryFailure("UNSUPPORTED", { headers: { allow: "GET, HEAD" } });
  }
  return json(await keys.publicSet(), {
    "content-type": "application/jwk-set+json",
    "cache-control": "public, max-age=300",
  });
}

async function readForm(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") throw badRequest("the body must be form encoded");
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > limitBodyBytes) throw badRequest(`the body has more than ${limitBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

function checkService(asked: string | null, service: string): void {
  if (asked !== null && asked !== service) throw badRequest("tokens for that service are not issued here");
}

function badRequest(message: string): RegistryFailure {
  return new RegistryFailure("UNSUPPORTED", { status: 400, message });
}

/** Wrong credentials are asked for again by Basic: this is where a challenge of the registry has sent the client. */
function refuse(failure: RegistryFailure, request: Request): Response {
  const response = failureResponse(failure, request.method);
  response.headers.set("cache-control", "no-store");
  if (failure.code === "UNAUTHORIZED") {
    response.headers.set("www-authenticate", 'Basic realm="token", charset="UTF-8"');
  }
  return response;
}
