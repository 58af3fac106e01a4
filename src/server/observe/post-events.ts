import { STATUS_CODES } from "node:http";
import { messageOf } from "../../lib/mod.ts";

const redirectLimit = 3;

/** `code` and its text where there was an answer. `reason` is for people and has no secret in it. */
export type PostOutcome =
  | { readonly isTaken: true; readonly code: string }
  | { readonly isTaken: false; readonly code: string; readonly reason: string }
  | { readonly isTaken: false; readonly reason: string };

/**
 * Posts to a notification endpoint. 307 and 308 are followed with the body; to another origin without the configured headers,
 * which may be credentials. The other redirects would turn the events into a GET of something, so they count as refused.
 */
export async function postEvents(post: {
  url: string;
  headers: Readonly<Record<string, readonly string[]>>;
  body: string;
  mediaType: string;
  signal: AbortSignal;
}): Promise<PostOutcome> {
  const headers = new Headers({ "content-type": post.mediaType, "user-agent": "kasane" });
  for (const [name, values] of Object.entries(post.headers)) headers.set(name, values.join(", "));
  let url = post.url;
  try {
    for (let redirects = 0; ; redirects++) {
      const isHome = new URL(url).origin === new URL(post.url).origin;
      const response = await fetch(url, {
        method: "POST",
        headers: isHome ? headers : { "content-type": headers.get("content-type")! },
        body: post.body,
        redirect: "manual",
        signal: post.signal,
      });
      await response.body?.cancel();
      const { status } = response;
      // Not the endpoint's own words for it: this becomes a label.
      const code = `${status} ${STATUS_CODES[status] ?? ""}`.trim();
      const location = response.headers.get("location");
      if ((status === 307 || status === 308) && location !== null && redirects < redirectLimit) {
        url = new URL(location, url).href;
        continue;
      }
      if (status >= 200 && status < 300) return { isTaken: true, code };
      const reason = `it answered ${code}${location === null ? "" : ", a redirect: configure the address it leads to"}`;
      return { isTaken: false, code, reason };
    }
  } catch (error) {
    // Messages of fetch name the URL at times, and a URL may hold a password or a token.
    const reason = post.signal.aborted
      ? "no answer in time"
      : messageOf(error).replaceAll(/\bhttps?:\/\/\S+/g, "its address");
    return { isTaken: false, reason };
  }
}
