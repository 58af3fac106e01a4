import type { TokenCall } from "../../access/mod.ts";
import { addressKey, clientKey, failureResponse, type Peer, RegistryFailure } from "../../registry/mod.ts";
import type { AuditLog } from "./audit-log.ts";
import { recordFailedLogin } from "./failed-login.ts";
import type { Family } from "./metric-set.ts";
import { type RateLimit, takeCounting } from "./rate-limit.ts";
import { noteCaller, requestIdOf } from "./request-notes.ts";

type Answer = (request: Request, peer: Peer) => Promise<Response> | undefined;

/** What watchGuard() is for the registry, for the token endpoint, which no guard stands before. */
export interface TokenWatch {
  /** For createAccess(). @throws RegistryFailure TOOMANYREQUESTS */
  beforeToken(call: TokenCall): void;
  /** Around the endpoint: whom it refuses is counted by address, and written down. */
  around(answer: Answer): Answer;
}

export function watchTokens(parts: {
  readonly rate?: RateLimit;
  readonly audit?: AuditLog;
  readonly limited: Family;
}): TokenWatch {
  const { rate, audit, limited } = parts;
  const take = takeCounting(rate, limited);
  const refused = (request: Request, peer: Peer, response: Response): Response => {
    if (audit !== undefined && response.status === 401)
      void recordFailedLogin(audit, { request, peer, isForm: request.method === "POST" });
    try {
      take(addressKey(peer.address));
      return response;
    } catch (error) {
      if (!(error instanceof RegistryFailure)) throw error;
      return failureResponse(error, request.method);
    }
  };
  return {
    beforeToken({ request, peer, caller, scope }) {
      take(clientKey(caller, peer));
      // What is given to nobody everybody has anyway.
      if (caller.name === "") return;
      noteCaller(request, caller);
      void audit?.record({
        action: "token-issued",
        caller,
        address: peer.address,
        requestId: requestIdOf(request),
        detail: { scope: scope || undefined },
      });
    },
    around(answer) {
      if (rate === undefined && audit === undefined) return answer;
      return (request, peer) =>
        answer(request, peer)?.then((response) =>
          response.status >= 400 && response.status !== 429 ? refused(request, peer, response) : response,
        );
    },
  };
}
