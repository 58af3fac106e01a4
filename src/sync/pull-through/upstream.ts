import { readFileSync } from "node:fs";
import {
  type AnswerHead,
  type CallOptions,
  createRegistryClient,
  type RegistryClient,
} from "../../distribution/mod.ts";
import { isKasaneError, KasaneError, messageOf } from "../../lib/mod.ts";
import type { UpstreamConfig } from "../upstream-config.ts";
import { Circuit } from "./circuit.ts";
import type { Patience } from "./patience.ts";
import { type RateLimit, rateLimitOf } from "./rate-limit.ts";
import { upstreamAddress } from "./upstream-address.ts";
import { upstreamCredentials } from "./upstream-credentials.ts";
import type { UpstreamStatus } from "./upstream-status.ts";

/** What all upstreams of one server share. */
export interface UpstreamSurroundings {
  readonly now: () => number;
  readonly patience: Patience;
  readonly onWarning: (message: string) => void;
  /** `Via` for requests about a repository of the upstream's. */
  readonly via: (config: UpstreamConfig, remote: string) => string;
  /** Ends all requests. */
  readonly signal: AbortSignal;
  /** Replaces the network. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/** One registry that is mirrored here: asked as long as it can be, and counted. */
export class Upstream {
  readonly config: UpstreamConfig;
  readonly client: RegistryClient;
  readonly counts = { hits: 0, misses: 0, staleServed: 0, bytes: 0, downloads: 0, unkept: 0 };
  readonly #surroundings: UpstreamSurroundings;
  readonly #circuit: Circuit;
  #rateLimit: RateLimit | undefined;
  #lastError: { message: string; atMs: number } | undefined;
  #isReachable: boolean | undefined;

  /** @throws KasaneError `usage`, `io` for certificates that cannot be read */
  constructor(config: UpstreamConfig, surroundings: UpstreamSurroundings) {
    this.config = config;
    this.#surroundings = surroundings;
    this.#circuit = new Circuit(surroundings.patience.circuit, surroundings.now);
    const { host, scheme } = upstreamAddress(config);
    const credentials = upstreamCredentials(config);
    const verify = config.isInsecure ? false : scheme === "https" ? true : undefined;
    this.client = createRegistryClient({
      host,
      ...(scheme && { scheme }),
      ...(verify !== undefined && { tlsVerify: verify }),
      ...(credentials && { credentials }),
      ...(config.caPath !== undefined && { certificates: [readCertificates(config, config.caPath)] }),
      // A server that names a time is not waited for in here: the circuit keeps to it.
      retry: { ...surroundings.patience.retry, maxRetryAfterMs: 0 },
      timeouts: surroundings.patience.timeouts,
      onAnswer: (head) => this.#notice(head),
      headers: (remote): Record<string, string> =>
        remote === undefined ? {} : { via: surroundings.via(config, remote) },
      ...(surroundings.fetch && { fetch: surroundings.fetch }),
    });
  }

  /** True when it was not well the last time, and so should not keep anybody waiting who can be answered without it. */
  get isSuspect(): boolean {
    return this.#circuit.isSuspect;
  }

  get blockedUntilMs(): number | undefined {
    return this.#circuit.blockedUntilMs;
  }

  /**
   * Asks the upstream, unless it is to be left alone. With `deadlineMs` the whole call has to end within that time.
   * @throws KasaneError as RegistryClient does; `network` when time is up
   */
  async ask<T>(
    work: (call: CallOptions) => Promise<T>,
    options: { readonly deadlineMs?: number; readonly attempts: number },
  ): Promise<T> {
    const refusal = this.#circuit.refusal();
    if (refusal !== undefined) throw refusal;
    const deadline = options.deadlineMs === undefined ? undefined : AbortSignal.timeout(options.deadlineMs);
    const { signal } = this.#surroundings;
    try {
      const result = await work({
        signal: deadline ? AbortSignal.any([deadline, signal]) : signal,
        attempts: options.attempts,
      });
      this.#circuit.succeeded();
      this.#isReachable = true;
      return result;
    } catch (error) {
      if (signal.aborted) throw error;
      const reason = deadline?.aborted ? this.#silence(options.deadlineMs!) : error;
      this.noteFailure(reason);
      throw reason;
    }
  }

  /** Takes in the failure of something that ask() began. */
  noteFailure(error: unknown): void {
    const wasSuspect = this.isSuspect;
    this.#circuit.failed(error);
    if (isKasaneError(error, "not-found")) {
      this.#isReachable = true;
      return;
    }
    const message = messageOf(error);
    this.#lastError = { message, atMs: this.#surroundings.now() };
    this.#isReachable = !isKasaneError(error, "network") || error.data.status !== undefined;
    if (this.isSuspect && !wasSuspect) {
      this.#surroundings.onWarning(`upstream ${this.config.name} is left alone for a while: ${message}`);
    }
  }

  status(): UpstreamStatus {
    const blockedUntilMs = this.blockedUntilMs;
    return {
      name: this.config.name,
      host: this.client.host,
      ...this.counts,
      ...(this.#isReachable !== undefined && { isReachable: this.#isReachable }),
      ...(blockedUntilMs !== undefined && { blockedUntilMs }),
      ...(this.#rateLimit && { rateLimit: this.#rateLimit }),
      ...(this.#lastError && { lastError: this.#lastError }),
    };
  }

  #notice({ headers }: AnswerHead): void {
    this.#rateLimit = rateLimitOf(headers, this.#surroundings.now()) ?? this.#rateLimit;
  }

  #silence(deadlineMs: number): KasaneError {
    const { host } = this.client;
    return new KasaneError("network", `${host} did not answer within ${deadlineMs / 1000} s`, {
      data: { host, passing: true },
    });
  }
}

function readCertificates({ name }: UpstreamConfig, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new KasaneError("io", `cannot read the certificates of the upstream ${name}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
