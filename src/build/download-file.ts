import { KasaneError, messageOf } from "../lib/mod.ts";
import { downloadAuthorization } from "./git/git-access.ts";

export function isAddress(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/** Bytes a single ADD may download. */
const maxDownloadBytes = 64 * 1024 ** 3;
const maxRedirects = 10;

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** HTTP_AUTH_HEADER_host and HTTP_AUTH_TOKEN_host are for downloads. */
  readonly secrets?: ReadonlyMap<string, Uint8Array> | undefined;
}

/**
 * What an http(s) address gives.
 * @throws KasaneError `network`, `limit-exceeded`; what `signal` says
 */
export async function* downloadFile(address: string, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  const { signal } = options;
  const url = parseAddress(address);
  const shown = `${url.origin}${url.pathname}`;
  let sizeBytes = 0;
  try {
    const response = await followed(url, options);
    if (!response.ok || !response.body) {
      throw new KasaneError("network", `cannot download ${shown}: the server answered ${response.status}`, {
        hint:
          response.status === 401 || response.status === 403
            ? `give a token: --secret id=HTTP_AUTH_TOKEN_${url.hostname},env=VARIABLE`
            : "check the address",
      });
    }
    for await (const chunk of response.body) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxDownloadBytes) {
        throw new KasaneError("limit-exceeded", `${shown} is larger than ${maxDownloadBytes} bytes`);
      }
      yield chunk;
    }
  } catch (error) {
    if (signal.aborted || error instanceof KasaneError) throw error;
    throw new KasaneError("network", `cannot download ${shown}: ${messageOf(error)}`, { cause: error });
  }
}

/** Redirects are followed here, so that each host gets its own credentials and never those of another. */
async function followed(start: URL, { signal, secrets }: DownloadOptions): Promise<Response> {
  let url = start;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const authorization = downloadAuthorization(url.hostname, secrets) ?? authorizationIn(url);
    const plain = new URL(url);
    plain.username = "";
    plain.password = "";
    const response = await fetch(plain, {
      signal,
      redirect: "manual",
      headers: authorization === undefined ? {} : { authorization },
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    url = new URL(location, url);
    if (url.protocol === "https:" || (url.protocol === "http:" && start.protocol === "http:")) continue;
    throw new KasaneError(
      "network",
      `cannot download ${start.origin}${start.pathname}: it leads to ${url.protocol}`,
      {
        hint: "use the address that it leads to, if you trust it",
      },
    );
  }
  throw new KasaneError("network", `cannot download ${start.origin}${start.pathname}: too many redirects`, {
    hint: "check the address",
  });
}

function authorizationIn({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}`;
}

/** @throws KasaneError `invalid-dockerfile` */
export function parseAddress(address: string): URL {
  try {
    return new URL(address);
  } catch {
    throw new KasaneError("invalid-dockerfile", `${JSON.stringify(address)} is no valid address`);
  }
}
