import { isKasaneError, type KasaneError } from "../../lib/mod.ts";
import { RegistryFailure } from "../../registry/mod.ts";
import type { Upstream } from "./upstream.ts";

/**
 * What a client is told where the upstream failed and nothing is here. Never 401: that would ask the client for its own credentials,
 * and it is not the client who is not known there.
 */
export function upstreamFailure(error: unknown, upstream: Upstream, nowMs: number): unknown {
  if (!isKasaneError(error)) return error;
  const message = `upstream ${upstream.config.name}: ${error.message}`;
  const waitMs = (upstream.blockedUntilMs ?? nowMs + 1000) - nowMs;
  const headers = { "retry-after": String(Math.max(1, Math.ceil(waitMs / 1000))) };
  switch (error.code) {
    case "rate-limited":
      return new RegistryFailure("TOOMANYREQUESTS", { message, headers, cause: error });
    case "network":
    case "cancelled":
      return new RegistryFailure("UNAVAILABLE", { message, headers, cause: error });
    case "unauthorized":
      return new RegistryFailure("NAME_UNKNOWN", { message: noAccount(upstream, error), cause: error });
    case "denied":
      return new RegistryFailure("DENIED", { message, cause: error });
    case "protocol":
    case "unsupported":
    case "digest-mismatch":
    case "invalid-manifest":
    case "limit-exceeded":
    case "range-not-satisfiable":
      return new RegistryFailure("UNAVAILABLE", { status: statusOf(error), message, cause: error });
    default:
      return error;
  }
}

/** A bad gateway; a ring of mirrors keeps its own number, so that every mirror in it says so. */
function statusOf(error: KasaneError): number {
  return error.data.status === 508 ? 508 : 502;
}

/** Docker Hub says 401 for what does not exist as well. */
function noAccount({ config }: Upstream, error: KasaneError): string {
  const cause =
    config.username === undefined
      ? "the repository does not exist there, or needs credentials, and this mirror has none"
      : "the repository does not exist there, or the mirror's credentials are not accepted";
  return `upstream ${config.name}: ${cause} (${error.message})`;
}
