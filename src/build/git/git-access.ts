import { KasaneError } from "../../lib/mod.ts";
import type { GitAddress } from "./git-address.ts";
import type { GitAccess } from "./run-git.ts";

export interface Credentials {
  readonly secrets?: ReadonlyMap<string, Uint8Array> | undefined;
  readonly sshAgents?: ReadonlyMap<string, string> | undefined;
}

/**
 * What a repository is asked with: the secrets GIT_AUTH_HEADER and GIT_AUTH_TOKEN, those with `.host` behind them first, else what the
 * address said itself. They go to this repository alone, and not along with redirects.
 */
export function gitAccess(address: GitAddress, { secrets, sshAgents }: Credentials): GitAccess {
  if (address.isSsh) {
    const sshAgent = sshAgents?.get("default");
    return sshAgent === undefined ? {} : { sshAgent };
  }
  const { host, remote, credentials } = address;
  for (const suffix of [`.${host}`, `.${host.replace(/:\d+$/, "")}`, ""]) {
    const header = secretText(secrets, `GIT_AUTH_HEADER${suffix}`);
    const token = secretText(secrets, `GIT_AUTH_TOKEN${suffix}`);
    if (header !== undefined) return { authorization: { scope: scopeOf(remote), header } };
    if (token !== undefined) {
      return { authorization: { scope: scopeOf(remote), header: basic(`x-access-token:${token}`) } };
    }
  }
  return credentials === undefined
    ? {}
    : { authorization: { scope: scopeOf(remote), header: basic(credentials) } };
}

/**
 * The `Authorization` header for a download: the secrets HTTP_AUTH_HEADER_host and HTTP_AUTH_TOKEN_host.
 */
export function downloadAuthorization(host: string, secrets: Credentials["secrets"]): string | undefined {
  const header = secretText(secrets, `HTTP_AUTH_HEADER_${host}`);
  if (header !== undefined) return header;
  const token = secretText(secrets, `HTTP_AUTH_TOKEN_${host}`);
  return token === undefined ? undefined : `Bearer ${token}`;
}

/** A repository's token is for it alone; on GitHub it usually is for the private submodules beside it as well. */
function scopeOf(remote: string): string {
  return /^https:\/\/(www\.)?github\.com\//.exec(remote)?.[0] ?? remote;
}

function basic(credentials: string): string {
  return `basic ${Buffer.from(credentials).toString("base64")}`;
}

/** Editors end files with a line break; inside of a header it would begin another one. */
function secretText(secrets: Credentials["secrets"], id: string): string | undefined {
  const bytes = secrets?.get(id);
  if (!bytes) return undefined;
  const text = new TextDecoder().decode(bytes).trim();
  if (!/[\x00-\x1f\x7f]/.test(text) && text !== "") return text;
  throw new KasaneError("usage", `the secret ${id} is no header value`, {
    hint: "it is one line of text without control characters",
  });
}
