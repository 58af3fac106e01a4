import { collect, KasaneError } from "../lib/mod.ts";
import type { CallOptions } from "./registry-client.ts";
import type { Session } from "./session.ts";

const pageLimitBytes = 64 * 1024 * 1024;
const pageLimit = 100_000;

/** The strings of the list `field`, page after page as the `Link` headers lead (RFC 8288, `rel="next"`). */
export async function* pages(
  session: Session,
  request: {
    path: string;
    field: string;
    action: string;
    repository?: string;
    scopes: readonly string[];
  } & CallOptions,
): AsyncGenerator<string> {
  let target: string | URL = request.path;
  const seen = new Set<string>();
  for (let page = 0; page < pageLimit; page++) {
    const answer = await session.request({ method: "GET", ...request, target, accept: [200] });
    const bytes = await collect(answer.body(), pageLimitBytes, `${request.action}: the list`);
    yield* readPage(bytes, request);
    const next = nextLink(answer.headers.get("link"));
    if (next === undefined) return;
    const url = await session.resolve(next, answer, request.action);
    // A registry that links in a circle would keep us for ever.
    if (seen.has(url.href)) return;
    seen.add(url.href);
    target = url;
  }
}

function readPage(bytes: Uint8Array, request: { field: string; action: string }): string[] {
  try {
    const list = (JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown> | null)?.[
      request.field
    ];
    if (list === null || list === undefined) return [];
    if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  } catch {
    // Said below, together with lists of something else.
  }
  throw new KasaneError("protocol", `${request.action}: the answer is not a list of ${request.field}`);
}

/** The target of `rel="next"`. Some registries leave out the angle brackets. */
export function nextLink(header: string | null): string | undefined {
  for (const link of header?.match(/(?:<[^>]*>|[^,<>]+)(?:\s*;\s*[^,;]+)*/g) ?? []) {
    const [, bracketed, bare, params = ""] = /^\s*(?:<([^>]*)>|([^;\s]+))(.*)$/s.exec(link) ?? [];
    const target = bracketed ?? bare;
    if (target && /;\s*rel\s*=\s*"?next"?\s*(;|$)/i.test(params)) return target;
  }
  return undefined;
}
