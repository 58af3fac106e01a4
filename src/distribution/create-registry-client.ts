import { KasaneError } from "../lib/mod.ts";
import type { CredentialSource } from "./credentials.ts";
import type { RegistryClient } from "./registry-client.ts";

export interface RegistryClientOptions {
  /** `docker.io`, `ghcr.io`, `localhost:5000`: as it stands in a parsed reference. */
  readonly host: string;
  /**
   * Absent: HTTPS with verified certificates; on loopback hosts HTTPS, else plain HTTP, as Docker's insecure registries.
   * True: verified HTTPS, on loopback too. False: any certificate, and plain HTTP where there is no HTTPS.
   */
  readonly tlsVerify?: boolean;
  /** PEM certificates of authorities to trust besides the machine's; the certs.d folders are read too. */
  readonly certificates?: readonly string[];
  /** Anonymous when absent: see loadCredentials(). */
  readonly credentials?: CredentialSource;
  readonly userAgent?: string;
  /** Replaces the network: an in-process registry's `Request → Response`. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** A client for one registry. Makes no request and opens no file before its first call. */
export function createRegistryClient(_options: RegistryClientOptions): RegistryClient {
  throw new KasaneError("internal", "not built yet");
}

/** The credentials of this user: Docker's config.json, containers' auth.json and their helper programs. */
export function loadCredentials(
  _options: { env?: Readonly<Record<string, string | undefined>> } = {},
): CredentialSource {
  throw new KasaneError("internal", "not built yet");
}
