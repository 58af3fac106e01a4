/** Where a client reached this server: for URLs that it is told. */
export interface OriginOptions {
  /** `http.host`: as clients know the server, whatever they wrote. */
  readonly externalUrl?: string | undefined;
  /** True where TLS ends in front of what makes the Request, so that its URL does not say so. */
  readonly isTls?: boolean | undefined;
}

const host = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/**
 * `https://registry.example.com:5000`, without a slash. A proxy's `X-Forwarded-Proto` and `-Host` are believed: they only change what the
 * client that sent them is told.
 */
export function originOf(request: Request, options: OriginOptions): string {
  if (options.externalUrl !== undefined) return options.externalUrl.replace(/\/+$/, "");
  const { headers, url } = request;
  const forwarded = headers.get("x-forwarded-proto")?.toLowerCase();
  const isTls =
    forwarded === "https" || (forwarded !== "http" && (options.isTls || url.startsWith("https:")));
  const named = headers.get("x-forwarded-host") ?? headers.get("host") ?? new URL(url).host;
  return `${isTls ? "https" : "http"}://${host.test(named) ? named : "localhost"}`;
}
