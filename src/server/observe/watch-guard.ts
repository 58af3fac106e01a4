import {
  addressKey,
  clientKey,
  type Guard,
  type Peer,
  RegistryFailure,
  type Session,
  unguarded,
} from "../../registry/mod.ts";
import type { AuditLog } from "./audit-log.ts";
import { recordFailedLogin } from "./failed-login.ts";
import type { Family } from "./metric-set.ts";
import { type RateLimit, takeCounting } from "./rate-limit.ts";
import { noteCaller, noteUpload } from "./request-notes.ts";
import { routeKindOf } from "./route-kind.ts";
import type { UploadLimit } from "./upload-limit.ts";

export interface WatchGuardParts {
  readonly rate?: RateLimit;
  readonly uploads?: UploadLimit;
  readonly audit?: AuditLog;
  /** Refused requests, by `reason`. */
  readonly limited: Family;
}

/**
 * Around a guard (or none): counts every request against its client's limits, and notes for the logs who the client is. Wrong
 * credentials count against the address they come from, and are written to the audit log.
 */
export function watchGuard(inner: Guard | undefined, parts: WatchGuardParts): Guard {
  const { rate, uploads, audit } = parts;
  const tooMany = parts.limited.cell({ reason: "uploads" });

  const take = takeCounting(rate, parts.limited);
  const admitted = (session: Session, request: Request, peer: Peer): Session => {
    if (session.caller.name !== "") noteCaller(request, session.caller);
    if (rate === undefined && uploads === undefined) return session;
    const client = clientKey(session.caller, peer);
    take(client);
    if (uploads !== undefined && isUploading(request)) {
      try {
        uploads.begin(client);
      } catch (error) {
        tooMany.value++;
        throw error;
      }
      noteUpload(request, client);
    }
    return session;
  };
  const refused = (error: unknown, request: Request, peer: Peer): never => {
    take(addressKey(peer.address));
    if (audit !== undefined && error instanceof RegistryFailure && error.code === "UNAUTHORIZED") {
      void recordFailedLogin(audit, { request, peer });
    }
    throw error;
  };
  if (inner === undefined) return { admit: (request, peer) => admitted(unguarded, request, peer) };
  return {
    admit(request, peer) {
      let session: Session | Promise<Session>;
      try {
        session = inner.admit(request, peer);
      } catch (error) {
        return refused(error, request, peer);
      }
      if (!(session instanceof Promise)) return admitted(session, request, peer);
      return session.then(
        (known) => admitted(known, request, peer),
        (error) => refused(error, request, peer),
      );
    },
  };
}

/** A request that brings bytes of a blob. */
function isUploading(request: Request): boolean {
  const { method } = request;
  if (method !== "PUT" && method !== "PATCH" && method !== "POST") return false;
  return routeKindOf(request.url).startsWith("blob_upload");
}
