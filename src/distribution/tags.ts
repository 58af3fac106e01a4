import { pages } from "./paging.ts";
import type { CallOptions } from "./registry-client.ts";
import { repositoryScope } from "./scope.ts";
import type { Session } from "./session.ts";

/** end-8. */
export function listTags(
  session: Session,
  repository: string,
  options: CallOptions & { readonly pageSize?: number } = {},
): AsyncIterable<string> {
  return pages(session, {
    path: `/v2/${repository}/tags/list${options.pageSize === undefined ? "" : `?n=${options.pageSize}`}`,
    field: "tags",
    action: `cannot list the tags of ${session.host}/${repository}`,
    repository,
    scopes: [repositoryScope(repository, "pull")],
    ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
    ...(options.signal ? { signal: options.signal } : {}),
  });
}
