import { isKasaneError, KasaneError } from "../lib/mod.ts";
import type { Answer } from "./answer.ts";
import type { Access } from "./auth.ts";
import type { Endpoint } from "./endpoint.ts";
import type { RequestBody } from "./request-body.ts";
import { responseError } from "./response-error.ts";
import { pause, type RetryPolicy, retryAfterOf, retryDelayMs } from "./retry.ts";

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
  /** Tries in all, where they are not to be those of the policy. */
  readonly attempts?: number | undefined;
  readonly headersTimeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A request that is made again after a pause. */
export interface RetryEvent {
  readonly delayMs: number;
  readonly reason: KasaneError;
}

/** What a registry said beside the content: its rate limits are in the headers. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: Headers;
}

/** Authenticated requests to one registry: what blobs, manifests, tags and uploads are made of. */
export class Session {
  readonly host: string;
  readonly retry: RetryPolicy;
  readonly #endpoint: Endpoint;
  readonly #onRetry: ((event: RetryEvent) => void) | undefined;
  readonly #onAnswer: ((seen: AnswerHead) => void) | undefined;
  readonly #headers: ((repository: string | undefined) => Readonly<Record<string, string>>) | undefined;

  constructor(options: {
    host: string;
    retry: RetryPolicy;
    endpoint: Endpoint;
    onRetry?: ((event: RetryEvent) => void) | undefined;
    onAnswer?: ((seen: AnswerHead) => void) | undefined;
    headers?: ((repository: string | undefined) => Readonly<Record<string, string>>) | undefined;
  }) {
    this.host = options.host;
    this.retry = options.retry;
    this.#endpoint = options.endpoint;
    this.#onRetry = options.onRetry;
    this.#onAnswer = options.onAnswer;
    this.#headers = options.headers;
  }

  /** Sends, authorises, tries again. The caller reads or discards the answer's body. @throws KasaneError */
  async request(request: SessionRequest): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#attempt(request);
      if (!(outcome instanceof KasaneError)) return outcome;
      const isPassing = outcome.data.passing === true && request.retry !== false;
      const patience = this.#patience(request, outcome);
      const delay = isPassing ? retryDelayMs(patience, tries, retryAfterOf(outcome)) : undefined;
      if (delay === undefined) throw outcome;
      await this.wait(delay, outcome, request.signal);
    }
  }

  /** A server that says nothing at all is asked once more only. */
  #patience(request: SessionRequest, failure: KasaneError): RetryPolicy {
    const attempts = request.attempts ?? this.retry.attempts;
    return { ...this.retry, attempts: failure.data.errno === "ESILENT" ? Math.min(2, attempts) : attempts };
  }

  /** Waits before another try, and tells whoever wants to know. @throws KasaneError `cancelled` */
  async wait(delayMs: number, reason: KasaneError, signal: AbortSignal | undefined): Promise<void> {
    this.#onRetry?.({ delayMs, reason });
    await pause(delayMs, signal);
  }

  /** A URL from a `Location` or `Link` header. @throws KasaneError `protocol` */
  async resolve(location: string, answer: Answer, action: string): Promise<URL> {
    const { transport } = await this.#endpoint.reach(action, undefined);
    return transport.resolve(location, answer.url.href, action);
  }

  /** An answer that is accepted, or why there is none; `data.passing` says that it may be different next time. */
  async #attempt(request: SessionRequest): Promise<Answer | KasaneError> {
    try {
      const answer = await this.#authorised(request);
      return request.accept.includes(answer.status) ? answer : await this.#explain(answer, request);
    } catch (error) {
      if (isKasaneError(error, "network") || isKasaneError(error, "rate-limited")) return error;
      throw await this.#withSourceFailure(error, request);
    }
  }

  async #authorised(request: SessionRequest): Promise<Answer> {
    const { origin, transport, authorizer } = await this.#endpoint.reach(request.action, request.signal);
    const url = typeof request.target === "string" ? new URL(origin + request.target) : request.target;
    const access: Access = request;
    // Only the registry itself is told who we are; its storage is not, and cannot ask.
    const isOwn = url.origin === origin;
    const headers = this.#headers && { ...this.#headers(request.repository), ...request.headers };
    let authorization = isOwn ? await authorizer.header(access) : undefined;
    for (let rounds = 0; ; rounds++) {
      const answer = await transport.exchange({
        ...request,
        ...(headers && { headers }),
        url,
        authorization,
      });
      if (answer.url.origin === origin) this.#onAnswer?.({ status: answer.status, headers: answer.headers });
      if (!asksForMore(answer) || answer.url.origin !== origin) return answer;
      const better = rounds < 2 ? await authorizer.answer(answer, authorization, access) : undefined;
      if (better === undefined) return answer;
      await answer.discard();
      authorization = better;
    }
  }

  async #explain(answer: Answer, request: SessionRequest): Promise<KasaneError> {
    const { authorizer } = await this.#endpoint.reach(request.action, request.signal);
    const error = await responseError(answer, {
      action: request.action,
      host: this.host,
      // Only where it matters for the hint: the source may be a program that asks the user.
      hasCredential:
        (answer.status === 401 || answer.status === 429) &&
        (await authorizer.credential(request.repository)) !== undefined,
    });
    return this.#withSourceFailure(error, request);
  }

  /** Where credentials are missing because their source failed, that is what there is to mend. */
  async #withSourceFailure<E>(error: E, request: SessionRequest): Promise<E | KasaneError> {
    if (!isKasaneError(error, "unauthorized") && !isKasaneError(error, "denied")) return error;
    const { authorizer } = await this.#endpoint.reach(request.action, request.signal);
    const failure = authorizer.sourceFailure;
    if (failure === undefined || error.cause === failure) return error;
    return new KasaneError(error.code, `${error.message}; ${failure.message}`, {
      cause: failure,
      data: error.data,
      ...(failure.hint === undefined ? {} : { hint: failure.hint }),
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
