import { messageOf } from "../lib/mod.ts";
import type { Meta } from "../meta/mod.ts";
import type { Guard, Peer } from "../registry/mod.ts";
import type { AccessConfig, TokenIssuerConfig } from "./access-config.ts";
import { AccessGuard } from "./access-guard.ts";
import { AccessRules } from "./access-rules.ts";
import type { LoginWay } from "./challenge.ts";
import { FailedLogins } from "./failed-logins.ts";
import { ForeignTokens } from "./foreign-tokens.ts";
import { IssuedTokens } from "./issued-tokens.ts";
import type { OriginOptions } from "./origin.ts";
import { PasswordUsers } from "./password-users.ts";
import { Robots } from "./robots.ts";
import { SigningKeys } from "./signing-keys.ts";
import { Subjects } from "./subjects.ts";
import { createTokenEndpoint, type TokenCall, tokenPath } from "./token-endpoint.ts";
import { firstOf } from "./tokens.ts";

export interface AccessParts extends OriginOptions {
  readonly meta: Pick<Meta, "robots" | "settings">;
  /** One sentence for whoever runs the server. Never a secret. */
  readonly onWarning: (message: string) => void;
  /** Told of every token before it is issued. @throws RegistryFailure to refuse it */
  readonly beforeToken?: ((call: TokenCall) => void) | undefined;
  /** Path before the registry's own, as in `http.prefix`: the token endpoint is there too. */
  readonly prefix?: string | undefined;
  /** ms since the epoch. */
  readonly now?: () => number;
}

export interface Access {
  readonly guard: Guard;
  /** Where tokens are issued: answers `GET` and `POST` of tokenPath, and `GET` of keysPath. Never rejects. */
  readonly tokenEndpoint?: (request: Request, peer: Peer) => Promise<Response>;
  /** Forgets whoever is logged in. */
  close(): void;
}

/**
 * Who may do what, as configured. Reads its files now, so that a mistake is found at the start, and again when they change.
 * @throws KasaneError `usage`, `io`
 */
export function createAccess(config: AccessConfig, parts: AccessParts): Access {
  const { meta, onWarning, now = Date.now } = parts;
  const rules = new AccessRules(config);
  const users = config.htpasswd && new PasswordUsers({ path: config.htpasswd.path, onWarning, now });
  const robots = config.hasRobots ? new Robots({ table: meta.robots, now }) : undefined;
  const { hasCertificateUsers } = config;
  const subjects = new Subjects({ users, robots, rules, hasCertificateUsers, now });
  const issuer = config.issuer ?? impliedIssuer(config);
  const keys = new SigningKeys({ settings: meta.settings, now });
  const issued = issuer && new IssuedTokens({ config: issuer, keys, subjects, rules, now });
  const foreign = config.token && new ForeignTokens(config.token, { rules, onWarning, now });
  const guard = new AccessGuard({
    rules,
    subjects,
    failedLogins: new FailedLogins({ now }),
    tokens: firstOf([...(issued ? [issued] : []), ...(foreign ? [foreign] : [])]),
    way: loginWay({ ...config, ...(issuer ? { issuer } : {}) }, parts.prefix),
    origin: parts,
    now,
  });
  const close = () => guard.forget();
  if (issued === undefined) return { guard, close };
  const tokenEndpoint = createTokenEndpoint({
    service: issuer!.service,
    keys,
    tokens: issued,
    rules,
    authenticate: (request, peer) => guard.subject(request, peer),
    beforeToken: parts.beforeToken,
    onError: (error) => onWarning(`no token could be issued: ${messageOf(error)}`),
  });
  return { guard, tokenEndpoint, close };
}

/**
 * Where some may come in without a password and others with one, docker must be asked for a token: asked for a password that it does
 * not have, it gives up before it tries without.
 */
function impliedIssuer({ rules, token, htpasswd, hasRobots }: AccessConfig): TokenIssuerConfig | undefined {
  const isMixed = rules.some((rule) => rule.isForAnonymous) && (htpasswd !== undefined || hasRobots);
  return isMixed && token === undefined
    ? { service: "kasane", issuer: "kasane", lifetimeMs: 300_000 }
    : undefined;
}

/** What clients are asked for: a token where there are some, else a password. */
function loginWay({ issuer, token, htpasswd, hasRobots }: AccessConfig, prefix = ""): LoginWay | undefined {
  if (issuer)
    return {
      kind: "bearer",
      realm: issuer.realm ?? prefix.replace(/\/+$/, "") + tokenPath,
      service: issuer.service,
    };
  if (token) return { kind: "bearer", realm: token.autoRedirectPath ?? token.realm, service: token.service };
  if (htpasswd) return { kind: "basic", realm: htpasswd.realm };
  return hasRobots ? { kind: "basic", realm: "kasane" } : undefined;
}
