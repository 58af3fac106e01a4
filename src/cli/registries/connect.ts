import type { RegistryClient, RegistryClientOptions, RetryEvent } from "../../distribution/mod.ts";
import { errnoOf, KasaneError } from "../../lib/mod.ts";
import type { Flag, ParsedFlags } from "../flags.ts";

/** How far a registry's certificate is trusted. */
export const tlsFlags: readonly Flag[] = [
  {
    name: "tls-verify",
    type: "boolean",
    help: "Verify certificates (default true; false also allows plain HTTP)",
  },
  {
    name: "cert-dir",
    type: "string",
    value: "DIR",
    help: "Directory of *.crt authorities to trust besides the system's",
  },
];

/** The flags of every command that talks to a registry. */
export const registryFlags: readonly Flag[] = [
  ...tlsFlags,
  { name: "authfile", type: "string", value: "FILE", help: "Credentials from this file only" },
  { name: "creds", type: "string", value: "USER:PASSWORD", help: "Credentials for this call" },
];

/** Docker's name for `--tls-verify=false`. */
export const insecureFlag: Flag = {
  name: "insecure",
  type: "boolean",
  help: "Accept any certificate, and plain HTTP",
};

/** `-a` means every tag: beside one it means nothing. */
export function tagWithAllTags(): KasaneError {
  return new KasaneError("usage", "a tag cannot be used with --all-tags/-a", {
    hint: "leave the tag out for every tag of the repository, or leave -a out",
    data: { exitCode: 1 },
  });
}

/** Shorter waits are nobody's business, ms. */
const longWaitMs = 1000;

/** Clients with this user's credentials; one for each host. `onWait` hears of a pause that somebody may wonder about. */
export async function registryClients(
  flags: ParsedFlags,
  options: { onWait?: (host: string, text: string) => void; isInsecure?: boolean } = {},
): Promise<(host: string) => RegistryClient> {
  const { createRegistryClient, loadCredentials } = await import("../../distribution/mod.ts");
  const typed = flags.string("creds");
  const credentials =
    typed === undefined
      ? loadCredentials({ env: process.env, authFile: flags.string("authfile") })
      : typedCredentials(typed);
  const connection = await connectionOptions(flags);
  const clients = new Map<string, RegistryClient>();
  return (host) => {
    let client = clients.get(host);
    if (!client) {
      client = createRegistryClient({
        host,
        credentials,
        ...connection,
        ...(options.isInsecure && { tlsVerify: false }),
        onRetry: (event) => {
          if (event.delayMs >= longWaitMs) options.onWait?.(host, waitText(event));
        },
      });
      clients.set(host, client);
    }
    return client;
  };
}

/** What the flags say of certificates. @throws KasaneError `not-found`, `io` */
export async function connectionOptions(
  flags: ParsedFlags,
): Promise<Pick<RegistryClientOptions, "tlsVerify" | "certificates">> {
  const tlsVerify = flags.boolean("insecure") ? false : flags.maybeBoolean("tls-verify");
  return {
    certificates: await readCertificates(flags.string("cert-dir")),
    ...(tlsVerify !== undefined && { tlsVerify }),
  };
}

function typedCredentials(text: string): NonNullable<RegistryClientOptions["credentials"]> {
  const colon = text.indexOf(":");
  if (colon < 1) {
    // What was typed is not shown: it may be a password.
    throw new KasaneError("usage", "--creds needs a user name and a password: USER:PASSWORD");
  }
  const credential = {
    kind: "password",
    username: text.slice(0, colon),
    password: text.slice(colon + 1),
  } as const;
  return { find: async () => credential };
}

function waitText({ delayMs, reason }: RetryEvent): string {
  return `in ${Math.round(delayMs / 1000)} s: ${reason.message}`;
}

async function readCertificates(directory: string | undefined): Promise<string[]> {
  if (directory === undefined) return [];
  const { readdirSync, readFileSync } = await import("node:fs");
  const { join } = await import("node:path");
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(".crt"));
    return names.map((name) => readFileSync(join(directory, name), "utf8"));
  } catch (error) {
    throw new KasaneError(
      errnoOf(error) === "ENOENT" ? "not-found" : "io",
      `cannot read the certificates in ${directory}: ${errnoOf(error) ?? "no files"}`,
      { hint: "check the path of --cert-dir", cause: error },
    );
  }
}
