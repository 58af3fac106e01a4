import type { Action } from "../registry/mod.ts";

/** Who may come in, and what they may do: distribution's `auth` section, and Kasane's `kasane.access`. */
export interface AccessConfig {
  /** `auth.htpasswd`: Basic. The file is read again when it changes. */
  readonly htpasswd?: { readonly realm: string; readonly path: string };
  /** `auth.token`: tokens that another service issues. */
  readonly token?: TokenVerifierConfig;
  /**
   * `kasane.access.issue`: tokens that this registry issues to users of htpasswd and to robots, at `/auth/token`. Implied, with defaults,
   * where there are users or robots and rules for anonymous callers, and no `token`.
   */
  readonly issuer?: TokenIssuerConfig;
  /** `kasane.access.robots`: robot accounts may log in, by Basic or for a token. */
  readonly hasRobots: boolean;
  /** `http.tls.clientcas` with `kasane.access.certificates`: the common name of a verified certificate is a user. */
  readonly hasCertificateUsers: boolean;
  /** First match decides nothing: rights add up. Without any rule, whoever is logged in may do everything. */
  readonly rules: readonly AccessRule[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
}

export interface AccessRule {
  /** Patterns of oci's namePattern(). `{user}` in one stands for the caller's own name. */
  readonly repositories: readonly string[];
  readonly actions: readonly Action[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Also for those who are not logged in. */
  readonly isForAnonymous: boolean;
  /** For everybody who is logged in. */
  readonly isForUsers: boolean;
}

export interface TokenVerifierConfig {
  /** Where clients get tokens: goes into the challenge. */
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM file with the certificates that tokens' chains (x5c) must end in, or whose keys sign. */
  readonly rootCertificatesPath?: string;
  /** JSON Web Key Set file. */
  readonly jwksPath?: string;
  readonly signingAlgorithms?: readonly string[];
  /** `autoredirect`: the realm is this registry's own host with `autoRedirectPath`. */
  readonly autoRedirectPath?: string;
}

export interface TokenIssuerConfig {
  /** Absent: this server's own `/auth/token`. */
  readonly realm?: string;
  readonly service: string;
  readonly issuer: string;
  readonly lifetimeMs: number;
}
