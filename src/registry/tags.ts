import type { Exchange } from "./context.ts";
import { RegistryFailure } from "./errors.ts";
import { parsePage, readPage } from "./paging.ts";
import { replyJson } from "./reply.ts";

/** end-8: tags in byte order. */
export async function listTags(
  { request, query, meta }: Exchange,
  { repository }: { repository: string },
): Promise<Response> {
  const page = parsePage(query);
  if (!(await meta.repositories.exists(repository))) {
    throw new RegistryFailure("NAME_UNKNOWN", { detail: { name: repository } });
  }
  const { items, headers } = await readPage(page, {
    path: `/v2/${repository}/tags/list`,
    list: (part) => meta.repositories.listTags(repository, part),
  });
  return replyJson(request, { name: repository, tags: items }, headers);
}
