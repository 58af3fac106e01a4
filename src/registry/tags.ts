import type { Exchange } from "./context.ts";
import { RegistryFailure } from "./errors.ts";
import { parsePage, readPage } from "./paging.ts";
import { replyJson } from "./reply.ts";

/** end-8: tags in byte order. */
export async function listTags(
  { request, query, meta, pullThrough }: Exchange,
  { repository }: { repository: string },
): Promise<Response> {
  const page = parsePage(query);
  const isMirror = pullThrough?.covers(repository) === true;
  if (!isMirror && !(await meta.repositories.exists(repository))) {
    throw new RegistryFailure("NAME_UNKNOWN", { detail: { name: repository } });
  }
  const { items, headers } = await readPage(page, {
    path: `/v2/${repository}/tags/list`,
    list: async (part) => {
      const [here, there] = await Promise.all([
        meta.repositories.listTags(repository, part),
        isMirror ? pullThrough.listTags(repository, part) : undefined,
      ]);
      return there === undefined ? here : mergeSorted(here, there).slice(0, part.limit);
    },
  });
  return replyJson(request, { name: repository, tags: items }, headers);
}

/** Both in byte order already: tags are ASCII, so code units are bytes. */
function mergeSorted(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort((x, y) => (x < y ? -1 : 1));
}
