import { isKasaneError, KasaneError } from "../lib/mod.ts";
import { createRegistryClient, type RegistryClientOptions } from "./create-registry-client.ts";
import type { Credential } from "./credentials.ts";

/**
 * Checks a login with the registry. Where its token server gives an identity token, that is what to keep instead of the password.
 * @throws KasaneError `unauthorized` for a wrong user name or password, and what ping() throws
 */
export async function logIn(
  options: Omit<RegistryClientOptions, "credentials" | "onIdentityToken"> & {
    credential: Credential;
    signal?: AbortSignal;
  },
): Promise<Credential> {
  const { credential, signal, ...client } = options;
  let identityToken: string | undefined;
  const registry = createRegistryClient({
    ...client,
    credentials: { find: async () => credential },
    onIdentityToken: (token) => {
      identityToken = token;
    },
  });
  try {
    await registry.ping(signal ? { signal } : {});
  } catch (error) {
    throw refusal(error, client.host);
  }
  return identityToken === undefined ? credential : { kind: "identity-token", token: identityToken };
}

function refusal(error: unknown, host: string): unknown {
  if (!isKasaneError(error, "unauthorized") && !isKasaneError(error, "denied")) return error;
  const [, who, answer] = / (\S+) answered (.*)$/s.exec(error.message) ?? [];
  if (answer === undefined) return error;
  return new KasaneError(
    error.code,
    error.code === "unauthorized"
      ? `cannot log in to ${host}: wrong user name or password: ${who} answered ${answer}`
      : `cannot log in to ${host}: ${who} answered ${answer}`,
    {
      cause: error,
      data: error.data,
      hint:
        error.code === "unauthorized"
          ? "check both; where the account has a second factor, an access token takes the password's place"
          : "the account may not use this registry",
    },
  );
}
