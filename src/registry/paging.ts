import { RegistryFailure } from "./errors.ts";

/** What a client may have in one page, whatever it asks for. */
export const pageLimit = 10_000;

export interface Page {
  readonly limit: number;
  readonly after?: string;
}

/** `n` and `last`. @throws RegistryFailure 400 for an `n` that is no number */
export function parsePage(query: URLSearchParams): Page {
  const n = query.get("n");
  const last = query.get("last");
  if (n !== null && !/^\d{1,9}$/.test(n)) {
    throw new RegistryFailure("UNSUPPORTED", { status: 400, message: "n is not a number of results" });
  }
  return {
    limit: n === null ? pageLimit : Math.min(Number(n), pageLimit),
    ...(last === null || last === "" ? {} : { after: last }),
  };
}

/**
 * One page of a list that is read by key, with the `Link` to the next one. Reads one item more than asked for, so that the last
 * page has no link to an empty one.
 */
export async function readPage(
  page: Page,
  options: { path: string; list: (page: { after?: string; limit: number }) => Promise<string[]> },
): Promise<{ items: string[]; headers: Record<string, string> }> {
  if (page.limit === 0) return { items: [], headers: {} };
  const found = await options.list({ ...page, limit: page.limit + 1 });
  const items = found.slice(0, page.limit);
  if (found.length <= page.limit) return { items, headers: {} };
  const next = new URLSearchParams({ n: String(page.limit), last: items.at(-1)! });
  return { items, headers: { link: `<${options.path}?${next}>; rel="next"` } };
}
