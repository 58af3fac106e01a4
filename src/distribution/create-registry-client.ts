import { version } from "../../package.json" with { type: "json" };
import { deleteBlob, getBlob, headBlob } from "./blobs.ts";
import { catalog } from "./catalog.ts";
import { certificateFolders, readTrust } from "./certificates.ts";
import type { CredentialSource } from "./credentials.ts";
import { Endpoint } from "./endpoint.ts";
import { checkHost } from "./host.ts";
import { deleteManifest, getManifest, headManifest, putManifest } from "./manifests.ts";
import { ping } from "./ping.ts";
import { listReferrers } from "./referrers.ts";
import type { RegistryClient } from "./registry-client.ts";
import { defaultRetry, type RetryPolicy } from "./retry.ts";
import { searchIndex } from "./search.ts";
import { type AnswerHead, type RetryEvent, Session } from "./session.ts";
import { listTags } from "./tags.ts";
import { defaultTimeouts, type Timeouts } from "./transport.ts";
import { pushBlob } from "./uploads.ts";

export interface RegistryClientOptions {
  /** `docker.io`, `ghcr.io`, `localhost:5000`: as it stands in a parsed reference. */
  readonly host: string;
  /**
   * Absent: HTTPS with verified certificates; on loopback hosts HTTPS, else plain HTTP, as Docker's insecure registries.
   * True: verified HTTPS, on loopback too. False: any certificate, and plain HTTP where there is no HTTPS.
   */
  readonly tlsVerify?: boolean;
  /** The only way to reach it, where it is known; `http` also for credentials. Absent: found out as `tlsVerify` says. */
  readonly scheme?: "https" | "http";
  /** PEM certificates of authorities to trust besides the machine's; the certs.d folders are read too. */
  readonly certificates?: readonly string[];
  /** Anonymous when absent: see loadCredentials(). */
  readonly credentials?: CredentialSource;
  readonly userAgent?: string;
  readonly retry?: Partial<RetryPolicy>;
  readonly timeouts?: Partial<Timeouts>;
  /** Told of every request that is made again after a pause. */
  readonly onRetry?: (event: RetryEvent) => void;
  /** Told of every answer of the registry itself; not of storage that it redirects to. */
  readonly onAnswer?: (seen: AnswerHead) => void;
  /** Asks token servers for an identity token as well, which a password can be exchanged for, and is told of it. */
  readonly onIdentityToken?: (token: string) => void;
  /** Headers of a request beside the usual ones, by the repository it is about: a proxy's `Via`. */
  readonly headers?: (repository: string | undefined) => Readonly<Record<string, string>>;
  /** Replaces the network: an in-process registry's `Request → Response`. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** A client for one registry. Makes no request and opens no file before its first call. @throws KasaneError `invalid-reference` */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const host = checkHost(options.host);
  const answerer = options.fetch;
  const endpoint = new Endpoint({
    host,
    tlsVerify: options.tlsVerify,
    scheme: options.scheme,
    credentials: options.credentials,
    userAgent: options.userAgent ?? `kasane/${version}`,
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    onIdentityToken: options.onIdentityToken,
    send: answerer && ((url, init) => answerer(new Request(url.href, init))),
    readTrust: async () => {
      const trust = await readTrust(host, certificateFolders());
      return { ...trust, authorities: [...(options.certificates ?? []), ...trust.authorities] };
    },
  });
  const session = new Session({
    host,
    endpoint,
    retry: { ...defaultRetry, ...options.retry },
    onRetry: options.onRetry,
    onAnswer: options.onAnswer,
    headers: options.headers,
  });
  return {
    host,
    ping: (call) => ping(session, call),
    getManifest: (repository, reference, call) => getManifest(session, repository, reference, call),
    headManifest: (repository, reference, call) => headManifest(session, repository, reference, call),
    putManifest: (repository, reference, raw, call) => putManifest(session, repository, reference, raw, call),
    deleteManifest: (repository, reference, call) => deleteManifest(session, repository, reference, call),
    getBlob: (repository, descriptor, call) => getBlob(session, repository, descriptor, call),
    headBlob: (repository, digest, call) => headBlob(session, repository, digest, call),
    pushBlob: (repository, descriptor, open, call) => pushBlob(session, repository, descriptor, open, call),
    deleteBlob: (repository, digest, call) => deleteBlob(session, repository, digest, call),
    listReferrers: (repository, subject, call) => listReferrers(session, repository, subject, call),
    listTags: (repository, call) => listTags(session, repository, call),
    catalog: (call) => catalog(session, call),
    search: (term, call) => searchIndex(session, term, call),
  };
}
