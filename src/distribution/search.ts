import { collect, KasaneError } from "../lib/mod.ts";
import { isDockerHub } from "./host.ts";
import type { CallOptions } from "./registry-client.ts";
import type { Session } from "./session.ts";

/** An image as the index of a registry describes it. */
export interface FoundRepository {
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly isOfficial: boolean;
}

/** Docker Hub's index; its registry has another address. */
const hubIndex = "https://index.docker.io";
const answerLimitBytes = 16 * 1024 * 1024;

/**
 * Docker's `GET /v1/search`, most popular first as the index has it. undefined where a registry has no such thing, which is most of them.
 * @throws KasaneError `protocol` for an answer that is something else
 */
export async function searchIndex(
  session: Session,
  term: string,
  options: CallOptions & { readonly limit?: number } = {},
): Promise<FoundRepository[] | undefined> {
  const action = `cannot search ${session.host}`;
  const query = new URLSearchParams({ q: term, n: String(options.limit ?? 25) });
  const path = `/v1/search?${query}`;
  const answer = await session.request({
    method: "GET",
    target: isDockerHub(session.host) ? new URL(hubIndex + path) : path,
    action,
    scopes: [],
    headers: { accept: "application/json" },
    accept: [200, 400, 404, 405, 410, 501],
    signal: options.signal,
  });
  if (answer.status !== 200) {
    await answer.discard();
    return undefined;
  }
  const bytes = await collect(answer.body(), answerLimitBytes, `${action}: the list`);
  const results = resultsIn(bytes);
  if (results) return results.map(readRepository);
  // A web page for every path, as many registries behind a proxy have.
  if (!isDockerHub(session.host)) return undefined;
  throw new KasaneError("protocol", `${action}: the answer is not a list of images`);
}

function resultsIn(bytes: Uint8Array): Record<string, unknown>[] | undefined {
  try {
    const { results } = JSON.parse(new TextDecoder().decode(bytes)) as { results?: unknown };
    return Array.isArray(results) ? results.filter((each) => typeof each === "object" && each) : undefined;
  } catch {
    return undefined;
  }
}

function readRepository(result: Record<string, unknown>): FoundRepository {
  const { name, description, star_count, is_official } = result;
  return {
    name: String(name ?? ""),
    description: typeof description === "string" ? description : "",
    stars: typeof star_count === "number" ? star_count : 0,
    isOfficial: is_official === true,
  };
}
