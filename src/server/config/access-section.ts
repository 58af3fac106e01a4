import type { AccessConfig, AccessRule, TokenIssuerConfig, TokenVerifierConfig } from "../../access/mod.ts";
import type { Action } from "../../registry/mod.ts";
import { configError } from "./config-error.ts";
import { checkedPatterns } from "./patterns.ts";
import type { Settings } from "./settings.ts";

const defaultTokenLifetimeMs = 5 * 60_000;
const actions = ["pull", "push", "delete"] as const;

/** undefined where nothing was said about who may do what: then everybody may do everything. */
export function accessConfig(settings: Settings): AccessConfig | undefined {
  if (settings.has("auth.none") && (settings.has("auth.htpasswd") || settings.has("auth.token"))) {
    throw configError(
      settings.origin("auth.none"),
      "there is another kind of auth beside it",
      "leave one of them",
    );
  }
  const hasOwn = settings.has("kasane.access");
  if (!hasOwn && !settings.has("auth.htpasswd") && !settings.has("auth.token")) return undefined;
  const htpasswd = htpasswdConfig(settings);
  const token = tokenConfig(settings);
  const issuer = issuerConfig(settings);
  const hasCertificateUsers = settings.flag("kasane.access.certificates") ?? false;
  if (hasCertificateUsers && (settings.texts("http.tls.clientcas") ?? []).length === 0) {
    throw configError(
      settings.origin("kasane.access.certificates"),
      "nobody can vouch for clients' certificates",
      "set http.tls.clientcas",
    );
  }
  const groups = settings.map<readonly string[]>("kasane.access.groups") ?? {};
  return {
    ...(htpasswd ? { htpasswd } : {}),
    ...(token ? { token } : {}),
    ...(issuer ? { issuer } : {}),
    hasRobots: settings.flag("kasane.access.robots") ?? false,
    hasCertificateUsers,
    rules: settings.items("kasane.access.rules").map((rule) => accessRule(rule, groups)),
    groups,
  };
}

function htpasswdConfig(settings: Settings): AccessConfig["htpasswd"] {
  if (!settings.has("auth.htpasswd")) return undefined;
  return {
    realm: settings.text("auth.htpasswd.realm") ?? "registry",
    path: required(settings, "auth.htpasswd", "path"),
  };
}

function tokenConfig(settings: Settings): TokenVerifierConfig | undefined {
  if (!settings.has("auth.token")) return undefined;
  const [rootCertificatesPath, jwksPath] = [
    settings.text("auth.token.rootcertbundle"),
    settings.text("auth.token.jwks"),
  ];
  if (!rootCertificatesPath && !jwksPath) {
    throw configError(
      settings.origin("auth.token"),
      "no token can be verified",
      "set auth.token.rootcertbundle or auth.token.jwks",
    );
  }
  const isRedirected = settings.flag("auth.token.autoredirect") ?? false;
  const signingAlgorithms = settings.texts("auth.token.signingalgorithms");
  return {
    realm: isRedirected
      ? (settings.text("auth.token.realm") ?? "")
      : required(settings, "auth.token", "realm"),
    service: required(settings, "auth.token", "service"),
    issuer: required(settings, "auth.token", "issuer"),
    ...(rootCertificatesPath ? { rootCertificatesPath } : {}),
    ...(jwksPath ? { jwksPath } : {}),
    ...(signingAlgorithms?.length ? { signingAlgorithms } : {}),
    ...(isRedirected
      ? { autoRedirectPath: settings.text("auth.token.autoredirectpath") ?? "/auth/token/" }
      : {}),
  };
}

function issuerConfig(settings: Settings): TokenIssuerConfig | undefined {
  const path = "kasane.access.issuer";
  if (!settings.has(path) || settings.flag(`${path}.enabled`) === false) return undefined;
  const realm = settings.text(`${path}.realm`);
  return {
    ...(realm ? { realm } : {}),
    service: settings.text(`${path}.service`) ?? "kasane",
    issuer: settings.text(`${path}.name`) ?? "kasane",
    lifetimeMs: settings.number(`${path}.lifetime`) ?? defaultTokenLifetimeMs,
  };
}

function accessRule(rule: Settings, groups: Readonly<Record<string, unknown>>): AccessRule {
  const wanted = rule.texts("actions") ?? [];
  const unknown = wanted.find((action) => !actions.includes(action as Action));
  if (wanted.length === 0 || unknown !== undefined) {
    throw configError(
      rule.origin("actions"),
      unknown === undefined ? "there are none" : `${JSON.stringify(unknown)} is no action`,
      `some of ${actions.join(", ")}`,
    );
  }
  const [users, named] = [rule.texts("users") ?? [], rule.texts("groups") ?? []];
  const missing = named.find((group) => !Object.hasOwn(groups, group));
  if (missing !== undefined) {
    throw configError(
      rule.origin("groups"),
      `there is no group ${JSON.stringify(missing)}`,
      "groups are named in kasane.access.groups",
    );
  }
  const [isForAnonymous, isForUsers] = [rule.flag("anonymous") ?? false, rule.flag("authenticated") ?? false];
  if (users.length === 0 && named.length === 0 && !isForAnonymous && !isForUsers) {
    throw configError(
      rule.origin("users"),
      "the rule is for nobody",
      "give it users, groups, anonymous: true or authenticated: true",
    );
  }
  const repositories = checkedPatterns(rule, "repositories");
  return { repositories, actions: wanted as Action[], users, groups: named, isForAnonymous, isForUsers };
}

function required(settings: Settings, section: string, name: string): string {
  const value = settings.text(`${section}.${name}`);
  if (value) return value;
  throw configError(settings.origin(section), `${name} is missing`, `set ${section}.${name}`);
}
