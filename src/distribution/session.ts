import { isKasaneError, type KasaneError } from "../lib/mod.ts";
import type { Answer } from "./answer.ts";
import type { Access } from "./auth.ts";
import type { Endpoint } from "./endpoint.ts";
import { isPassingError } from "./network-error.ts";
import type { RequestBody } from "./request-body.ts";
import { responseError } from "./response-error.ts";
import { isPassingStatus, parseRetryAfter, pause, type RetryPolicy, retryDelayMs } from "./retry.ts";

export interface SessionRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** A path from `/v2/` on, or a whole URL that resolve() made. */
  readonly target: string | URL;
  /** The start of every message about it: `cannot push blob 1234… to a/b`. */
  readonly action: string;
  readonly repository?: string | undefined;
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** Statuses that are returned; any other is thrown. */
  readonly accept: readonly number[];
  /** False where a second try could do something else than the first: the caller sorts it out. */
  readonly retry?: boolean;
  readonly headersTimeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Authenticated requests to one registry: what blobs, manifests, tags and uploads are made of. */
export class Session {
  readonly host: string;
  readonly retry: RetryPolicy;
  readonly #endpoint: Endpoint;

  constructor(options: { host: string; retry: RetryPolicy; endpoint: Endpoint }) {
    this.host = options.host;
    this.retry = options.retry;
    this.#endpoint = options.endpoint;
  }

  /** Sends, authorises, tries again. The caller reads or discards the answer's body. @throws KasaneError */
  async request(request: SessionRequest): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#attempt(request);
      if (!(outcome instanceof Error) && request.accept.includes(outcome.status)) return outcome;
      const passing = outcome instanceof Error ? isPassingError(outcome) : isPassingStatus(outcome.status);
      const retryAfterMs =
        outcome instanceof Error ? undefined : parseRetryAfter(outcome.headers.get("retry-after"));
      const delay =
        passing && request.retry !== false ? retryDelayMs(this.retry, tries, retryAfterMs) : undefined;
      if (delay === undefined) {
        throw outcome instanceof Error ? outcome : await this.#explain(outcome, request);
      }
      if (!(outcome instanceof Error)) await outcome.discard();
      await pause(delay, request.signal);
    }
  }

  /** A URL from a `Location` or `Link` header. @throws KasaneError `protocol` */
  async resolve(location: string, answer: Answer, action: string): Promise<URL> {
    const { transport } = await this.#endpoint.reach(action, undefined);
    return transport.resolve(location, answer.url.href, action);
  }

  async #attempt(request: SessionRequest): Promise<Answer | KasaneError> {
    try {
      return await this.#authorised(request);
    } catch (error) {
      if (isKasaneError(error, "network")) return error;
      throw error;
    }
  }

  async #authorised(request: SessionRequest): Promise<Answer> {
    const { origin, transport, authorizer } = await this.#endpoint.reach(request.action, request.signal);
    const url = typeof request.target === "string" ? new URL(origin + request.target) : request.target;
    const access: Access = request;
    // Only the registry itself is told who we are; its storage is not, and cannot ask.
    const isOwn = url.origin === origin;
    let authorization = isOwn ? await authorizer.header(access) : undefined;
    for (let rounds = 0; ; rounds++) {
      const answer = await transport.exchange({ ...request, url, authorization });
      if (!asksForMore(answer) || answer.url.origin !== origin) return answer;
      const better = rounds < 2 ? await authorizer.answer(answer, authorization, access) : undefined;
      if (better === undefined) return answer;
      await answer.discard();
      authorization = better;
    }
  }

  async #explain(answer: Answer, request: SessionRequest): Promise<KasaneError> {
    const { authorizer } = await this.#endpoint.reach(request.action, request.signal);
    return responseError(answer, {
      action: request.action,
      host: this.host,
      hasCredential: (await authorizer.credential(request.repository)) !== undefined,
    });
  }
}

/** 401; and 403 from registries that mean "with a wider token". */
function asksForMore(answer: Answer): boolean {
  return (
    answer.status === 401 ||
    (answer.status === 403 && /insufficient_scope/.test(answer.headers.get("www-authenticate") ?? ""))
  );
}
