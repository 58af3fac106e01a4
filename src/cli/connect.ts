import type { RegistryClient } from "../distribution/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import type { Flag, ParsedFlags } from "./flags.ts";

/** The flags of every command that talks to a registry. */
export const registryFlags: readonly Flag[] = [
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

/** `-a` means every tag: beside one it means nothing. */
export function tagWithAllTags(): KasaneError {
  return new KasaneError("usage", "a tag cannot be used with --all-tags/-a", {
    hint: "leave the tag out for every tag of the repository, or leave -a out",
    data: { exitCode: 1 },
  });
}

/** Clients with this user's credentials; one for each host. */
export async function registryClients(flags: ParsedFlags): Promise<(host: string) => RegistryClient> {
  const { createRegistryClient, loadCredentials } = await import("../distribution/mod.ts");
  const credentials = loadCredentials({ env: process.env });
  const tlsVerify = flags.maybeBoolean("tls-verify");
  const certificates = await readCertificates(flags.string("cert-dir"));
  const clients = new Map<string, RegistryClient>();
  return (host) => {
    let client = clients.get(host);
    if (!client) {
      client = createRegistryClient({
        host,
        credentials,
        certificates,
        ...(tlsVerify !== undefined && { tlsVerify }),
      });
      clients.set(host, client);
    }
    return client;
  };
}

async function readCertificates(directory: string | undefined): Promise<string[]> {
  if (directory === undefined) return [];
  const { readdirSync, readFileSync } = await import("node:fs");
  const { join } = await import("node:path");
  const names = readdirSync(directory).filter((name) => name.endsWith(".crt"));
  return names.map((name) => readFileSync(join(directory, name), "utf8"));
}
