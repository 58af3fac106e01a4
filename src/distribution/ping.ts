import type { CallOptions } from "./registry-client.ts";
import type { Session } from "./session.ts";

/** end-1: a registry answers, and takes the credentials there are. */
export async function ping(session: Session, options: CallOptions = {}): Promise<void> {
  const answer = await session.request({
    method: "GET",
    target: "/v2/",
    action: `cannot reach the registry ${session.host}`,
    scopes: [],
    accept: [200],
    signal: options.signal,
  });
  await answer.discard();
}
