/** What a user has for a registry. */
export type Credential =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** A refresh token from a login; exchanged for access tokens (Docker's `identitytoken`, user name `<token>`). */
  | { readonly kind: "identity-token"; readonly token: string }
  /** A bearer token to be sent as it is (Docker's `registrytoken`). */
  | { readonly kind: "registry-token"; readonly token: string };

/** Where credentials come from. Nothing it returns may reach a message or a log. */
export interface CredentialSource {
  /** `host` is the registry as users write it (`docker.io`); with `repository`, entries for its namespaces count too. */
  find(host: string, repository?: string): Promise<Credential | undefined>;
  /** True when they may change while a client lives: then they are asked for at each login instead of once. */
  readonly isChanging?: boolean;
}
