import type { Peer } from "../../registry/mod.ts";
import type { AuditLog } from "./audit-log.ts";
import { requestIdOf } from "./request-notes.ts";

/** A request without credentials is no failed login: that is how clients find out where to log in. */
export async function recordFailedLogin(
  audit: AuditLog,
  { request, peer, isForm = false }: { request: Request; peer: Peer; isForm?: boolean },
): Promise<void> {
  const authorization = request.headers.get("authorization");
  if (authorization === null && !isForm) return;
  const [scheme = "", value = ""] = authorization?.split(" ", 2) ?? ["form"];
  const kind = scheme.toLowerCase();
  await audit.record({
    action: "login-failed",
    address: peer.address,
    requestId: requestIdOf(request),
    detail: {
      scheme: kind === "basic" || kind === "form" ? kind : "other",
      claimedUser: kind === "basic" ? userNameOf(value) : undefined,
    },
  });
}

/** Never the password, also where there is no colon: then nobody knows which of the two was sent. */
function userNameOf(basic: string): string | undefined {
  const text = Buffer.from(basic, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : text.slice(0, Math.min(colon, 128));
}
