import type { Exchange } from "./context.ts";
import { parsePage, readPage } from "./paging.ts";
import { replyJson } from "./reply.ts";

/** Docker's `GET /v2/_catalog`: repositories in byte order. */
export async function listRepositories({ request, query, meta }: Exchange): Promise<Response> {
  const { items, headers } = await readPage(parsePage(query), {
    path: "/v2/_catalog",
    list: (part) => meta.repositories.list(part),
  });
  return replyJson(request, { repositories: items }, headers);
}
