import { apiHeaders } from "./errors.ts";

/** A Response with the headers every answer of the API has. */
export function reply(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: ConstructorParameters<typeof Response>[0] = null,
): Response {
  return new Response(body, { status, headers: { ...apiHeaders, ...headers } });
}

/** JSON with an exact Content-Length; for HEAD without the body. */
export function replyJson(
  request: Request,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = new TextEncoder().encode(JSON.stringify(value));
  const all = { "content-type": "application/json", ...headers, "content-length": String(body.length) };
  return reply(200, all, request.method === "HEAD" ? null : body);
}

/** The blob can be read in the repository. */
export function blobCreated(repository: string, digest: string): Response {
  return reply(201, { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest });
}

/** RFC 7234, section 5.5: 299 is a warning that outlasts caches, `-` a server without a name. */
export function withWarning(headers: Headers, warning: string): Headers {
  const all = new Headers(headers);
  all.set("warning", `299 - "${warning.replaceAll(/[^\x20-\x7e]+/g, " ").replaceAll(/["\\]/g, "'")}"`);
  return all;
}
