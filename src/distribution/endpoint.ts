import { KasaneError } from "../lib/mod.ts";
import { Authorizer } from "./auth.ts";
import type { Trust } from "./certificates.ts";
import type { CredentialSource } from "./credentials.ts";
import { apiHost, isLoopbackHost, type Origin, originsOf } from "./host.ts";
import { networkSend } from "./network.ts";
import { unlessCancelled } from "./retry.ts";
import { type Send, type Timeouts, Transport } from "./transport.ts";

/** A registry that was found: where it is and how to talk to it. */
export interface Reached {
  /** `https://registry.example.com`. */
  readonly origin: string;
  readonly transport: Transport;
  readonly authorizer: Authorizer;
}

export interface EndpointOptions {
  readonly host: string;
  readonly tlsVerify: boolean | undefined;
  readonly scheme: "https" | "http" | undefined;
  readonly readTrust: () => Promise<Trust>;
  readonly credentials: CredentialSource | undefined;
  readonly userAgent: string;
  readonly timeouts: Timeouts;
  readonly send: Send | undefined;
  readonly onIdentityToken: ((token: string) => void) | undefined;
}

const probeTimeoutMs = 10_000;

/** Finds out once how a registry is reached: HTTPS, or plain HTTP where that is allowed. */
export class Endpoint {
  readonly #options: EndpointOptions;
  #reached: Promise<Reached> | undefined;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  reach(action: string, signal: AbortSignal | undefined): Promise<Reached> {
    if (this.#reached === undefined) {
      // Not under the signal of the first caller: it would end the search for all.
      const asked = this.#find(action);
      this.#reached = asked;
      // A registry that was down may be up the next time.
      asked.catch(() => {
        if (this.#reached === asked) this.#reached = undefined;
      });
    }
    return unlessCancelled(this.#reached, signal);
  }

  async #find(action: string): Promise<Reached> {
    const { host, tlsVerify, scheme, send } = this.#options;
    if (send) return this.#at(inProcessOrigin(host), send);
    const trust = await this.#options.readTrust();
    const privateTrust = trust.authorities.length > 0;
    const origins = originsOf(host, { tlsVerify, privateTrust, scheme });
    let failure: unknown;
    for (const origin of origins) {
      const reached = this.#at(
        origin,
        networkSend({ origin: origin.url, trust, verify: origin.verify, env: process.env }),
      );
      // Where there is no choice, the first request finds out for itself.
      if (origins.length === 1) return reached;
      try {
        await probe(reached, action);
        return reached;
      } catch (error) {
        // The failure of HTTPS says more, unless it is just that there is no TLS.
        if (failure === undefined || isNoTls(failure)) failure = error;
      }
    }
    throw failure;
  }

  #at(origin: Origin, send: Send): Reached {
    const { host, credentials, userAgent, timeouts, tlsVerify, scheme } = this.#options;
    const isPlain = origin.url.protocol === "http:";
    const allowDowngrade = isPlain || tlsVerify === false;
    const transport = new Transport({ send, timeouts, userAgent, allowDowngrade });
    const authorizer = new Authorizer({
      host,
      credentials,
      transport,
      allowPlain: tlsVerify === false || scheme === "http",
      onIdentityToken: this.#options.onIdentityToken,
    });
    return { origin: origin.url.origin, transport, authorizer };
  }
}

/** Any answer will do: who answers HTTP at all is who we talk to. */
async function probe(reached: Reached, action: string): Promise<void> {
  const answer = await reached.transport.exchange({
    method: "GET",
    url: new URL(`${reached.origin}/v2/`),
    headersTimeoutMs: probeTimeoutMs,
    action,
  });
  await answer.discard();
  if (answer.status === 401) reached.authorizer.learn(answer);
  if (answer.status === 400 && reached.origin.startsWith("http:")) {
    throw new KasaneError("network", `${action}: the server wants https`, { data: { passing: false } });
  }
}

function isNoTls(error: unknown): boolean {
  return error instanceof KasaneError && ["EPROTO", "ECONNREFUSED"].includes(String(error.data.errno));
}

function inProcessOrigin(host: string): Origin {
  const scheme = isLoopbackHost(host) ? "http" : "https";
  return { url: new URL(`${scheme}://${apiHost(host)}`), verify: true };
}
