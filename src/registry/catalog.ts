import type { Exchange } from "./context.ts";
import { letOthersGo } from "./let-others-go.ts";
import { parsePage, readPage } from "./paging.ts";
import { replyJson } from "./reply.ts";

/** However short the page is: whoever may read nothing makes us look through everything. */
const batchSize = 1000;

/** Docker's `GET /v2/_catalog`: repositories in byte order, those that the caller may pull from. */
export async function listRepositories({ request, query, meta, session }: Exchange): Promise<Response> {
  const { items, headers } = await readPage(parsePage(query), {
    path: "/v2/_catalog",
    list: (part) => listReadable(part),
  });
  return replyJson(request, { repositories: items }, headers);

  async function listReadable({ after, limit }: { after?: string; limit: number }): Promise<string[]> {
    const readable: string[] = [];
    for (let last = after; ; ) {
      const batch = await meta.repositories.list({
        ...(last === undefined ? {} : { after: last }),
        limit: batchSize,
      });
      readable.push(...batch.filter((repository) => session.lists(repository)));
      last = batch.at(-1);
      if (batch.length < batchSize || readable.length >= limit || request.signal.aborted) {
        return readable.slice(0, limit);
      }
      await letOthersGo();
    }
  }
}
