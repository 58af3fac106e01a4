import { pages } from "./paging.ts";
import type { CallOptions } from "./registry-client.ts";
import { catalogScope } from "./scope.ts";
import type { Session } from "./session.ts";

/** Docker's `GET /v2/_catalog`. */
export function catalog(
  session: Session,
  options: CallOptions & { readonly pageSize?: number } = {},
): AsyncIterable<string> {
  return pages(session, {
    path: `/v2/_catalog${options.pageSize === undefined ? "" : `?n=${options.pageSize}`}`,
    field: "repositories",
    action: `cannot list the repositories of ${session.host}`,
    scopes: [catalogScope],
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
  });
}
