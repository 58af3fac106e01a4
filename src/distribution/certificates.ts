import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { errnoOf, KasaneError, messageOf } from "../lib/mod.ts";

/** What to trust, and what to show, when talking TLS to one registry. All PEM. */
export interface Trust {
  /** Authorities besides the machine's. */
  readonly authorities: readonly string[];
  /** Client certificate. */
  readonly certificate?: string;
  readonly key?: string;
}

/** The folders in which users keep certificates per registry: Docker's, containers', and their rootless places. */
export function certificateFolders(home: string = homedir()): string[] {
  return [
    "/etc/docker/certs.d",
    "/etc/containers/certs.d",
    join(home, ".config/docker/certs.d"),
    join(home, ".config/containers/certs.d"),
  ];
}

/**
 * Reads `<folder>/<host:port>/`: every `*.crt` is an authority, a `*.cert` with the `*.key` of the same name a client
 * certificate. Missing folders are normal. @throws KasaneError `io` for a file that cannot be read.
 */
export async function readTrust(host: string, folders: readonly string[]): Promise<Trust> {
  const authorities: string[] = [];
  let client: { certificate: string; key: string } | undefined;
  for (const folder of folders) {
    const directory = join(folder, host);
    for (const name of await namesIn(directory)) {
      if (name.endsWith(".crt")) authorities.push(await readPem(join(directory, name)));
      if (name.endsWith(".cert") && !client) {
        client = {
          certificate: await readPem(join(directory, name)),
          key: await readPem(join(directory, `${name.slice(0, -".cert".length)}.key`)),
        };
      }
    }
  }
  return { authorities, ...client };
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return [];
    // A folder of another user (root's client keys) is not ours to use; the registry decides whether that matters.
    if (errnoOf(error) === "EACCES") return [];
    throw error;
  }
}

async function readPem(path: string): Promise<string> {
  try {
    return await Bun.file(path).text();
  } catch (error) {
    throw new KasaneError("io", `cannot read the certificate file ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

let machine: Promise<readonly string[]> | undefined;

/**
 * The authorities of this machine, as other container tools see them: those of the operating system, of SSL_CERT_FILE,
 * and the ones Bun brings. Read once.
 */
export function machineAuthorities(): Promise<readonly string[]> {
  machine ??= (async () => {
    const extra = process.env.SSL_CERT_FILE ? [await readPem(process.env.SSL_CERT_FILE)] : [];
    return [...new Set([...tls.getCACertificates("system"), ...tls.rootCertificates, ...extra])];
  })();
  return machine;
}
