import { KasaneError } from "../lib/mod.ts";
import { type Answer, HttpAnswer } from "./answer.ts";
import { Clock } from "./clock.ts";
import { OutgoingBody, type RequestBody } from "./request-body.ts";
import { throwIfCancelled } from "./retry.ts";

/** How bytes get to a server: the network, or an in-process registry. `init` has what Request takes. */
export type Send = (url: URL, init: RequestInit) => Promise<Response>;

export interface Timeouts {
  /** For the head of an answer, once the request has been sent whole. */
  readonly headersMs: number;
  /** For the next byte in either direction. */
  readonly stallMs: number;
}

export const defaultTimeouts: Timeouts = { headersMs: 60_000, stallMs: 60_000 };

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the first URL's origin only. */
  readonly authorization?: string | undefined;
  readonly body?: RequestBody;
  /** The body is a secret: a redirect to another origin is refused instead of followed. */
  readonly isSecret?: boolean;
  /** Replaces Timeouts.headersMs, for answers that take long by nature. */
  readonly headersTimeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** For messages: `cannot pull the manifest of …`. */
  readonly action: string;
}

const redirectLimit = 5;

/**
 * One HTTP exchange with timeouts and redirects. Redirects are followed here rather than by fetch, because `Authorization`
 * must not go along to another origin (storage behind a registry, or a trap), and because https must not become http.
 */
export class Transport {
  readonly #send: Send;
  readonly #timeouts: Timeouts;
  readonly #userAgent: string;
  readonly #allowDowngrade: boolean;

  constructor(options: { send: Send; timeouts: Timeouts; userAgent: string; allowDowngrade: boolean }) {
    this.#send = options.send;
    this.#timeouts = options.timeouts;
    this.#userAgent = options.userAgent;
    this.#allowDowngrade = options.allowDowngrade;
  }

  /** @throws KasaneError `network`, `protocol`, `cancelled`; whatever the body's source throws */
  async exchange(request: HttpRequest): Promise<Answer> {
    let { url, authorization } = request;
    for (let hops = 0; ; hops++) {
      const answer = await this.#once({ ...request, url, authorization });
      const next = redirectOf(answer, request.method);
      if (next === undefined) return answer;
      await answer.discard();
      if (hops >= redirectLimit) {
        throw new KasaneError(
          "protocol",
          `${request.action}: ${request.url.host} redirected more than ${redirectLimit} times`,
        );
      }
      url = this.resolve(next, url.href, request.action);
      if (url.origin === request.url.origin) continue;
      if (request.isSecret) {
        throw new KasaneError(
          "protocol",
          `${request.action}: ${request.url.host} redirected a secret to another server`,
        );
      }
      // Once gone it stays gone: another server does not choose which request of ours is an authorised one.
      authorization = undefined;
    }
  }

  /** A URL a server gave, relative or absolute, checked. @throws KasaneError `protocol` */
  resolve(location: string, from: string, action: string): URL {
    const base = new URL(from);
    if (!URL.canParse(location, from)) {
      throw new KasaneError("protocol", `${action}: ${base.host} sent a Location that is not a URL`);
    }
    const url = new URL(location, from);
    if (url.protocol !== "https:" && url.protocol !== "http:") {
      throw new KasaneError("protocol", `${action}: ${base.host} sent a Location with ${url.protocol}`);
    }
    url.username = "";
    url.password = "";
    if (url.protocol === "http:" && base.protocol === "https:" && !this.#allowDowngrade) {
      throw new KasaneError("protocol", `${action}: ${base.host} pointed from https to plain http`, {
        hint: "the registry behind a proxy must be told its public https address (X-Forwarded-Proto)",
        data: { host: base.host },
      });
    }
    return url;
  }

  async #once(request: HttpRequest): Promise<Answer> {
    throwIfCancelled(request.signal);
    const clock = new Clock(request.signal);
    const host = request.url.host;
    const headersMs = request.headersTimeoutMs ?? this.#timeouts.headersMs;
    const outgoing =
      request.body && new OutgoingBody(request.body, () => clock.arm(this.#timeouts.stallMs, headersMs));
    const headers: Record<string, string> = {
      "user-agent": this.#userAgent,
      // What is compressed is compressed by its media type; a transport that adds a layer would break digests and ranges.
      "accept-encoding": "identity",
      ...request.headers,
    };
    if (request.authorization !== undefined) headers.authorization = request.authorization;
    if (outgoing) headers["content-length"] = String(outgoing.sizeBytes);
    try {
      clock.arm(headersMs);
      const response = await this.#send(request.url, {
        method: request.method,
        headers,
        redirect: "manual",
        signal: clock.signal,
        ...(outgoing ? { body: await outgoing.open() } : {}),
      });
      clock.disarm();
      // A server may answer a body that broke off on our side; the cause is ours, not what the server makes of it.
      if (outgoing?.failure !== undefined) {
        clock.abort();
        throw outgoing.failure;
      }
      const encoding = response.headers.get("content-encoding");
      if (encoding !== null && encoding !== "identity") {
        clock.abort();
        throw new KasaneError(
          "protocol",
          `${request.action}: ${host} answered with content encoding ${encoding.slice(0, 40)}`,
        );
      }
      return new HttpAnswer({
        response,
        url: request.url,
        action: request.action,
        clock,
        stallMs: this.#timeouts.stallMs,
      });
    } catch (error) {
      clock.end();
      await outgoing?.close();
      if (outgoing?.failure !== undefined) throw outgoing.failure;
      throw clock.explain(error, request.action, host);
    }
  }
}

function redirectOf(answer: Answer, method: string): string | undefined {
  const location = answer.headers.get("location");
  if (location === null) return undefined;
  const isRead = method === "GET" || method === "HEAD";
  if (answer.status === 307 || answer.status === 308) return location;
  return isRead && [301, 302, 303].includes(answer.status) ? location : undefined;
}
